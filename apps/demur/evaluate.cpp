#include "commands.hpp"
#include "evaluation_report.hpp"
#include "measured.hpp"
#include "opinions_file.hpp"

#include <boost/json/serialize.hpp>

#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

struct evaluate_options {
  std::string data;
  opinion_bounds bounds;
  evaluation_plan plan;
  std::string page;
  std::vector<std::string> arms;
};

constexpr const char* arms_help =
    R"(Arms: popularity (the floor), ease (an item-item model, an oracle for small data), likes_only,
dislikes (the same model, which learns from dislikes too), overlay (the whole model: with
the opinions alone, the items' appeal and the person's features), likes_overlay (the whole
model, from likes alone).)";

constexpr const char* footer_end = R"(
Each user's likes and dislikes are split by a seed, a fifth of each is held out, the arms are
trained on the rest and asked to rank everything else. The same seeds give the same figures.
No server is needed.

Examples:
  demur evaluate ml-latest-small
  demur evaluate ml-latest-small --seeds 3 --page report.html
  demur evaluate ratings.csv --like-from 8 --dislike-through 4 --arms likes_only overlay --json)";

std::string in_one(const std::vector<odd_line>& odd) {
  return std::to_string(odd.size()) + " lines could not be read; the first: " + odd.front().file + " line " +
         std::to_string(odd.front().line) + ": " + odd.front().why;
}

exit_code evaluate_data(command_context& context, const evaluate_options& chosen) {
  read_opinions read = read_opinions_from(chosen.data, chosen.bounds);
  if (!read.odd.empty()) context.screen.err << in_one(read.odd) << '\n';
  const auto tell = [&](const std::string& what) {
    if (context.screen.err_is_tty) context.screen.err << "\r\033[K" << what << std::flush;
  };
  auto report = evaluate(read.data, chosen.plan, tell);
  tell("");
  if (!report) {
    const error& why = report.problem();
    throw failure(exit_code::usage, why.detail + (why.found.empty() ? "" : "\n  found    " + why.found) +
                                        (why.allowed.empty() ? "" : "\n  allowed  " + why.allowed));
  }
  const evaluated done{chosen.data, read.kind, read.bounds, chosen.plan, *std::move(report)};
  if (!chosen.page.empty()) write_page(chosen.page, report_page(done));
  if (context.json)
    context.screen.out << boost::json::serialize(report_json(done)) << '\n';
  else
    print_report(done, context.screen.out);
  return exit_code::ok;
}

}  // namespace

void add_evaluate(CLI::App& app, command_context& context) {
  auto chosen = std::make_shared<evaluate_options>();
  CLI::App* command = app.add_subcommand("evaluate", "Measure on your data what learning from dislikes does");
  command->footer(std::string(opinions_help()) + "\n\n" + arms_help + footer_end);
  command->add_option("data", chosen->data, "The data set")->required()->type_name("DATA");
  command->add_option("--arms", chosen->arms, "What to compare; default: popularity likes_only dislikes overlay")
      ->type_name("ARM...");
  command->add_option("--seeds", chosen->plan.seeds, "Splits")->check(from_to(1, 1'000))->capture_default_str();
  command->add_option("--factors", chosen->plan.factors, "Factors of the model")
      ->check(from_to(1, 1'024))
      ->capture_default_str();
  command->add_option("--epochs", chosen->plan.epochs, "Epochs of training")
      ->check(from_to(1, 1'000))
      ->capture_default_str();
  command->add_option("--alpha0", chosen->plan.alpha0, "Weight of what nobody said")->capture_default_str();
  command->add_option("--lambda", chosen->plan.lambda, "Regularisation")->capture_default_str();
  command->add_option("--threads", chosen->plan.threads, "Threads; 0: all cores")->capture_default_str();
  command->add_option("--like-from", chosen->bounds.like_from, "Ratings from here on are likes");
  command->add_option("--dislike-through", chosen->bounds.dislike_through, "Ratings up to here are dislikes");
  command->add_option("--page", chosen->page, "Also write a report with plots to this HTML file")->type_name("FILE");
  command->callback([&context, chosen] {
    context.chosen = [&context, chosen] {
      if (!chosen->arms.empty()) chosen->plan.arms = chosen->arms;
      return evaluate_data(context, *chosen);
    };
  });
}

}  // namespace demur::cli
