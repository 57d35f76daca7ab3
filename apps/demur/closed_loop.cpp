#include "closed_loop.hpp"

#include "closed_loop_report.hpp"
#include "measured.hpp"
#include "progress.hpp"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <optional>
#include <ostream>

namespace demur::cli {

namespace {

/// The plan's field is named as the option that sets it.
std::string option_of(std::string field) {
  if (field == "items") field = "movies";
  std::replace(field.begin(), field.end(), '_', '-');
  return "--" + field;
}

}  // namespace

exit_code run_closed_loop(command_context& context, const closed_loop_options& chosen) {
  std::optional<progress> bar;
  auto report = demur::run_closed_loop(chosen.plan, [&](std::int64_t over, std::int64_t all) {
    if (!bar) bar.emplace(context.screen, "days of all arms and worlds", all);
    bar->at(over);
  });
  if (bar) bar->end();
  if (!report) {
    const error& why = report.problem();
    throw failure(exit_code::usage,
                  option_of(why.field) + " is not allowed\n  found    " + why.found + "\n  allowed  " + why.allowed);
  }
  const looped done{chosen.plan, *std::move(report)};
  if (!chosen.page.empty()) write_page(chosen.page, report_page(done));
  if (context.json)
    context.screen.out << boost::json::serialize(report_json(done)) << '\n';
  else
    print_report(done, context.screen.out);
  return exit_code::ok;
}

}  // namespace demur::cli
