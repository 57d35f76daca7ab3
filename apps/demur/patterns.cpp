#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(Examples:
  demur patterns --user ann     what ann keeps saying no to
  demur patterns --all          what everybody does, and items whose data look wrong

A pattern is a genre, actor, franchise or reason that turns up among the dislikes
significantly more often than among what was recommended.)";

struct patterns_options {
  std::string user;
  bool all = false;
};

void print_patterns(std::ostream& out, const json::object& answer, const std::string& whose) {
  const json::object& trend = object_of(answer, "recent_trend");
  fact_list facts;
  facts.fact("whose", whose);
  facts.count("dislikes", integer_of(answer, "total_dislikes"));
  facts.count("of these recent", integer_of(trend, "total_dislikes"));
  facts.fact("their mean predicted score", shown(trend, "avg_predicted_score"));
  facts.print(out);

  table reasons({{"reason"}, {"dislikes", table::align::right}});
  for (const auto& [reason, count] : object_of(answer, "reason_distribution"))
    reasons.row({std::string(reason), count.is_int64() ? grouped(count.get_int64()) : shown(count)});
  if (!reasons.empty()) out << '\n';
  if (!reasons.empty()) reasons.print(out);

  table rows({{"pattern"}, {"value"}, {"times", table::align::right}, {"severity"}, {"since (UTC)"}});
  for (const json::value& item : array_of(answer, "patterns")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    rows.row({shown(row, "pattern_type"), shown(row, "pattern_value"), grouped(integer_of(row, "frequency")),
              shown(row, "severity"), short_time(text_of(row, "identified_at"))});
  }
  out << '\n';
  if (rows.empty()) {
    out << "no pattern yet\n";
  } else {
    rows.print(out);
  }
}

exit_code patterns(const patterns_options& chosen, command_context& context) {
  if (chosen.all == !chosen.user.empty())
    throw failure(exit_code::usage, "whose patterns? --user NAME, or --all for everybody's");
  http_client client(context.url());
  const std::string target = chosen.all ? "/api/dislike-patterns?scope=all" : "/api/dislike-patterns";
  const http_answer answer = client.send({"GET", target, chosen.user});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_patterns(context.screen.out, body.get_object(), chosen.all ? "everybody" : chosen.user);
  }
  return exit_code::ok;
}

}  // namespace

void add_patterns(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("patterns", "What one user, or everybody, keeps saying no to");
  const auto chosen = std::make_shared<patterns_options>();
  command->footer(footer);
  command->add_option("--user", chosen->user, "Whose");
  command->add_flag("--all", chosen->all, "Over all users");
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return patterns(*chosen, context); }; });
}

}  // namespace demur::cli
