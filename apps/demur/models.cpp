#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* models_footer = R"(Examples:
  demur models
  demur models --json

Why a version was made: count (enough unused examples), mean_error (their predictions
were far off), feature (many different users against one feature), manual.)";

/// The rule, and the figure it went by.
std::string cause_text(const json::object& cause) {
  std::string rule = shown(cause, "rule");
  if (rule == "mean_error") return rule + " " + shown(cause, "mean_error");
  if (rule == "feature")
    return shown(cause, "feature") + ", " + shown(cause, "feature_dislikes") + " from " +
           shown(cause, "distinct_users") + " users";
  return rule;
}

exit_code models(command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"GET", "/api/models"});
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
    return exit_code::ok;
  }
  table rows({{"version", table::align::right},
              {"of", table::align::right},
              {"made (UTC)"},
              {"state"},
              {"trainer"},
              {"examples", table::align::right},
              {"because of"}});
  if (body.is_object()) {
    for (const json::value& item : array_of(body.get_object(), "models")) {
      if (!item.is_object()) continue;
      const json::object& row = item.get_object();
      rows.row({shown(row, "model_version_id"), shown(row, "parent_id"), short_time(text_of(row, "created_at")),
                shown(row, "state"), shown(row, "trainer"), grouped(integer_of(row, "claimed_examples")),
                cause_text(object_of(row, "cause"))});
    }
  }
  if (rows.empty()) {
    context.screen.out << "no model version yet: nothing was retrained\n";
  } else {
    rows.print(context.screen.out);
  }
  return exit_code::ok;
}

}  // namespace

void add_models(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("models", "The model versions, newest first");
  command->footer(models_footer);
  command->callback([&context] { context.chosen = [&context] { return models(context); }; });
}

}  // namespace demur::cli
