#pragma once

#include "plugin/library.hpp"
#include "plugin/strategy.hpp"

#include <demur/error.hpp>
#include <demur/settings.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace demur::plugin {

/// The strategies that are loaded, one a reason.
class registry {
public:
  /// Loads every `*.so` of the folder, in the order of their names, each with its section of the settings. All or
  /// nothing: an error names the file, what was found and what was expected. An error, too: a folder that is not there
  /// or has no plugin, two plugins of one name or reason, a section that belongs to no plugin. `told` hears what plugins
  /// report, see strategy::listener.                                                                     [main thread]
  static result<registry> load(const settings::plugins_section& chosen, const strategy::listener& told = {});

  /// Null if no plugin answers to the reason. Valid as long as the registry.
  strategy* find(std::string_view reason);
  /// Sorted.
  std::vector<std::string> reasons() const;

private:
  std::map<std::string, std::unique_ptr<strategy>, std::less<>> by_reason_;
};

}  // namespace demur::plugin
