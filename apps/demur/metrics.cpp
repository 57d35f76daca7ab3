#include "answers.hpp"
#include "commands.hpp"
#include "metrics_view.hpp"

#include <ostream>

namespace demur::cli {

namespace {

constexpr const char* footer = R"(Examples:
  demur metrics
  demur metrics --json | jq .total_dislikes

Prediction error: what had been predicted (0 to 1) of what was then disliked; it should
fall as the recommender learns. 'demur watch' shows the same figures live.)";

exit_code metrics(command_context& context) {
  http_client client(context.url());
  const http_answer answer = client.send({"GET", "/api/feedback-metrics"});
  const boost::json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_metrics(context.screen.out, body.get_object(), false);
  }
  return exit_code::ok;
}

}  // namespace

void add_metrics(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("metrics", "The figures of the whole system");
  command->footer(footer);
  command->callback([&context] { context.chosen = [&context] { return metrics(context); }; });
}

}  // namespace demur::cli
