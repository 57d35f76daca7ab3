#include "measured.hpp"

#include "failure.hpp"
#include "table.hpp"

#include <fstream>

namespace demur::cli {

namespace json = boost::json;

bool is_sure(const paired_difference& by) { return by.low > 0.0 || by.high < 0.0; }

std::string change_text(const paired_difference& by) {
  return digits(100.0 * by.relative, "%+.1f %%") + (is_sure(by) ? "" : " ?");
}

json::object differences_json(const std::map<std::string, paired_difference>& by) {
  json::object object;
  for (const auto& [name, each] : by)
    object[name] =
        json::object{{"mean", each.mean}, {"low", each.low}, {"high", each.high}, {"relative", each.relative}};
  return object;
}

json::object figures_json(const std::map<std::string, double>& figures) {
  json::object object;
  for (const auto& [name, value] : figures) object[name] = value;
  return object;
}

void write_page(const std::string& path, const std::string& page) {
  std::ofstream file(path, std::ios::binary);
  file << page;
  if (!file.flush()) throw failure(exit_code::usage, "cannot write " + path);
}

}  // namespace demur::cli
