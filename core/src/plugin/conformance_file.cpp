#include "domain/text.hpp"
#include "plugin/conformance_steps.hpp"
#include "plugin/guarded.hpp"

#include <algorithm>
#include <array>
#include <dlfcn.h>

namespace demur::plugin {

namespace {

constexpr std::string_view entry_symbol = "demur_plugin_entry";
constexpr std::string_view unknown_key = "surely_no_setting_of_yours";
constexpr const char* takes_settings = "that it takes the settings it was given";

/// `one, two and 3 more`.
std::string listed(const std::vector<std::string>& names, std::size_t most = 3) {
  std::string said;
  for (std::size_t i = 0; i < std::min(most, names.size()); ++i) said += (i == 0 ? "" : ", ") + names[i];
  return names.size() > most ? said + " and " + std::to_string(names.size() - most) + " more" : said;
}

/// The settings with a key that no plugin has.
std::string with_unknown_key(const std::string& config) {
  const std::size_t open = config.find('{');
  if (open == config.npos) return config;
  const bool is_empty = config.find_first_not_of(" \t\r\n", open + 1) == config.find('}');
  return config.substr(0, open + 1) + "\"" + std::string(unknown_key) + "\": 1" + (is_empty ? "" : ", ") +
         config.substr(open + 1);
}

/// A create() that must refuse, and say why.
std::optional<fault> check_refusal(const test_subject& subject, const std::string& config, const std::string& what) {
  trial_host host;
  const trial_instance made(subject.entry(), host, config);
  if (made.thrown()) return when("with " + what, *made.thrown());
  if (made.is_made()) return fault{"takes " + what, "a refusal, with a report: what is mistyped would go unnoticed"};
  if (made.refusal().empty())
    return fault{"refuses " + what + " without a word", "a report for the person who wrote the settings"};
  return std::nullopt;
}

/// Makes an instance and ends it.
std::optional<fault> check_life(const test_subject& subject) {
  trial_host host;
  trial_instance made(subject.entry(), host, subject.options.config);
  if (made.thrown()) return made.thrown();
  if (!made.is_made()) {
    const std::string why = made.refusal().empty() ? "without a word" : "(" + made.refusal() + ")";
    return fault{"refuses the settings " + excerpt(subject.options.config) + " " + why, takes_settings};
  }
  return made.end();
}

}  // namespace

finding check_file(test_subject& subject) {
  auto symbols = read_symbols(subject.options.file, subject.options.file);
  if (!symbols) return fail_for_good(subject, fault_of(symbols.problem()));
  subject.symbols = *std::move(symbols);
  return pass("needs " + (subject.symbols.needed.empty() ? "no library" : listed(subject.symbols.needed, 8)));
}

finding check_exports(test_subject& subject) {
  bool has_entry = false;
  std::vector<std::string> others;
  for (const exported_symbol& one : subject.symbols.exported) {
    if (one.name == entry_symbol)
      has_entry = true;
    else if (!one.is_library)
      others.push_back(one.in_words());
  }
  if (!has_entry) return fail_for_good(subject, {"exports no " + std::string(entry_symbol), "a plugin of Demur"});
  if (!others.empty())
    return fail({"also exports " + listed(others),
                 std::string(entry_symbol) + " alone (-fvisibility=hidden): others of the same name would be shared"});
  return pass("exports " + std::string(entry_symbol) + " alone");
}

/// A host's own libraries resolve what a plugin forgot to link against, until a host comes that does without them.
finding check_load(test_subject& subject) {
  void* const handle = ::dlopen(subject.options.file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* why = ::dlerror();
    return fail_for_good(subject, {"cannot be loaded (" + std::string(why ? why : "no cause was given") + ")",
                                   "that it needs nothing that is not there"});
  }
  constexpr std::array<const char*, 3> always_there = {"libc.so.6", "libm.so.6", "libstdc++.so.6"};
  const auto is_defined = [&](const std::string& name) {
    // Looks through the library and what it needs, and not through the program.
    if (::dlsym(handle, name.c_str())) return true;
    return std::ranges::any_of(always_there, [&](const char* library) {
      void* const there = ::dlopen(library, RTLD_LAZY | RTLD_NOLOAD);
      return there && ::dlsym(there, name.c_str());
    });
  };
  std::vector<std::string> undefined;
  std::ranges::copy_if(subject.symbols.undefined, std::back_inserter(undefined), std::not_fn(is_defined));
  if (undefined.empty()) return pass();
  return fail({"uses " + listed(undefined) + ", which none of the libraries defines that it needs",
               "that it names all that it needs when it is linked (-Wl,--no-undefined)"});
}

finding check_entry(test_subject& subject) {
  auto opened = open_library(subject.options.file);
  if (!opened) return fail_for_good(subject, fault_of(opened.problem()));
  subject.opened = *std::move(opened);
  const std::uint32_t minor = subject.entry().abi_minor;
  const auto abi = [](std::uint32_t number) { return std::to_string(DEMUR_ABI_MAJOR) + "." + std::to_string(number); };
  if (minor > DEMUR_ABI_MINOR)
    return note({"is built for plugin ABI " + abi(minor), abi(DEMUR_ABI_MINOR) + " or before, which this host has"});
  return pass(subject.opened->name + " " + subject.opened->version + ", plugin ABI " + abi(minor));
}

finding check_settings(test_subject& subject) {
  if (auto wrong = check_life(subject)) return fail_for_good(subject, *std::move(wrong));
  const std::string unknown = "the unknown setting `" + std::string(unknown_key) + "`";
  if (auto wrong = check_refusal(subject, with_unknown_key(subject.options.config), unknown))
    return fail(*std::move(wrong));
  if (auto wrong = check_refusal(subject, R"({"half": )", "settings that are no JSON")) return fail(*std::move(wrong));
  const std::size_t lives = subject.count(100, 10);
  for (std::size_t i = 2; i <= lives; ++i)
    if (auto wrong = check_life(subject))
      return fail(when("when it was created for the " + std::to_string(i) + "th time", *std::move(wrong)));
  return pass("was created and destroyed " + std::to_string(lives) + " times");
}

finding check_ids(test_subject& subject) {
  {
    trial_host host;
    const trial_instance made(subject.entry(), host, subject.options.config);
    for (const char* id : {"demur.surely_nothing/1", "demur.strategy", ""}) {
      const void* found = nullptr;
      if (auto wrong = guarded("get_interface", [&] { found = made.get_interface(id); }))
        return fail_for_good(subject, *std::move(wrong));
      if (found)
        return fail_for_good(subject, {"has an interface for the unknown id " + quoted_excerpt(id), "NULL for it"});
    }
  }
  const auto made = make_strategy(subject);
  if (!made) return fail_for_good(subject, fault_of(made.problem()));
  const strategy_info& info = (*made)->info();
  subject.reason = info.reason;
  std::string said = "answers to " + info.reason + " with " DEMUR_STRATEGY_1;
  if (info.explains) said += ", " DEMUR_PREVIEW_1;
  if (info.reads_text) said += ", " DEMUR_TEXT_1;
  return pass(std::move(said));
}

}  // namespace demur::plugin
