#include "answers.hpp"
#include "commands.hpp"
#include "table.hpp"
#include "url.hpp"

#include <boost/json/array.hpp>

#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* recommend_footer = R"(What is shown is stored as a recommendation set: it counts as an impression.

Examples:
  demur recommend --user ann
  demur recommend --user ann --n 20 --genre Crime --genre Drama
  demur recommend --user ann --without-genre Horror --exploration 0)";

constexpr const char* explain_footer =
    R"(Two things move an item: the model's score of it, and the weights with which POST
/api/rerank multiplies the scores that callers bring. Both are shown, and what lifting
each dislike would give back.

Examples:
  demur explain --user ann --movie-id 1196)";

struct recommend_options {
  std::string user;
  std::int64_t n = 10;
  std::vector<std::string> genres;
  std::vector<std::string> without_genres;
  std::optional<double> exploration;
  std::optional<std::int64_t> model_version_id;
  std::optional<std::int64_t> experiment_id;
  bool without_feedback = false;
};

struct explain_options {
  std::string user;
  std::int64_t movie_id = 0;
};

std::string list_parameter(const char* name, const std::vector<std::string>& values) {
  std::string all;
  for (const std::string& value : values) all += (all.empty() ? "" : ",") + value;
  return all.empty() ? "" : "&" + std::string(name) + "=" + url_encoded(all);
}

exit_code recommend(const recommend_options& chosen, command_context& context) {
  std::string target = "/api/recommendations?n=" + std::to_string(chosen.n);
  target += list_parameter("genres", chosen.genres) + list_parameter("without_genres", chosen.without_genres);
  if (chosen.exploration) target += "&exploration=" + digits(*chosen.exploration, "%.9g");
  if (chosen.model_version_id) target += "&model_version_id=" + std::to_string(*chosen.model_version_id);
  if (chosen.experiment_id) target += "&experiment_id=" + std::to_string(*chosen.experiment_id);
  if (chosen.without_feedback) target += "&feedback=false";
  http_client client(context.url());
  const json::value answer = ask(client, {"GET", target, chosen.user});
  std::ostream& out = context.screen.out;
  if (context.json || !answer.is_object()) {
    out << pretty(answer) << '\n';
    return exit_code::ok;
  }
  const json::object& whole = answer.get_object();
  out << "for " << chosen.user << " by model " << shown(whole, "model_version_id") << ", set "
      << shown(whole, "recommendation_set_id");
  if (const std::string arm = text_of(whole, "arm"); !arm.empty()) out << ", arm " << arm;
  out << '\n';
  table rows({{"movie", table::align::right},
              {"title", table::align::left, 44},
              {"score", table::align::right},
              {"propensity", table::align::right},
              {"genres"}});
  for (const json::value& one : array_of(whole, "recommendations")) {
    if (!one.is_object()) continue;
    const json::object& row = one.get_object();
    const bool explored = shown(row, "explored") == "yes";
    rows.row({shown(row, "movie_id"), shown(row, "movie_title"), shown(row, "score"),
              shown(row, "propensity") + (explored ? " by chance" : ""), shown(row, "genres")});
  }
  if (rows.empty())
    out << "nothing is left to recommend\n";
  else
    rows.print(out);
  return exit_code::ok;
}

void print_model(const json::object& model, std::ostream& out) {
  out << "\nscore " << shown(model, "score") << ", the sum of\n";
  table parts({{""}, {"", table::align::right}});
  for (const json::value& one : array_of(model, "parts"))
    if (one.is_object()) parts.row({"  " + text_of(one.get_object(), "name"), shown(one.get_object(), "value")});
  parts.print(out);
  table dislikes({{"dislike", table::align::right},
                  {"of", table::align::left, 36},
                  {"reason"},
                  {"learned"},
                  {"takes", table::align::right},
                  {"score without", table::align::right}});
  for (const json::value& one : array_of(model, "dislikes")) {
    if (!one.is_object()) continue;
    const json::object& row = one.get_object();
    dislikes.row({shown(row, "dislike_id"), shown(row, "movie_title"), shown(row, "reason"), shown(row, "learned"),
                  shown(row, "effect"), shown(row, "score_without")});
  }
  if (dislikes.empty()) return;
  out << '\n';
  dislikes.print(out);
}

void print_weights(const json::object& whole, std::ostream& out) {
  out << "\nmultiplier " << shown(whole, "multiplier") << '\n';
  table rows({{"feature"},
              {"weight", table::align::right},
              {"dislike", table::align::right},
              {"strategy"},
              {"factor", table::align::right},
              {"faded at"},
              {"multiplier without", table::align::right}});
  for (const json::value& one : array_of(whole, "features")) {
    if (!one.is_object()) continue;
    const json::object& feature = one.get_object();
    rows.row({text_of(feature, "feature"), shown(feature, "weight")});
    for (const json::value& each : array_of(feature, "adjustments")) {
      if (!each.is_object()) continue;
      const json::object& moved = each.get_object();
      rows.row({"", "", shown(moved, "dislike_id"), shown(moved, "strategy") + " " + shown(moved, "strategy_version"),
                shown(moved, "factor"), shown(moved, "faded_at"), shown(moved, "multiplier_without")});
    }
  }
  if (!rows.empty()) rows.print(out);
}

exit_code explain(const explain_options& chosen, command_context& context) {
  http_client client(context.url());
  const json::value answer =
      ask(client, {"GET", "/api/explain?movie_id=" + std::to_string(chosen.movie_id), chosen.user});
  std::ostream& out = context.screen.out;
  if (context.json || !answer.is_object()) {
    out << pretty(answer) << '\n';
    return exit_code::ok;
  }
  const json::object& whole = answer.get_object();
  out << shown(whole, "movie_title") << " (" << chosen.movie_id << ") for " << chosen.user << " by model "
      << shown(whole, "model_version_id") << '\n';
  const json::object& hidden = object_of(whole, "hidden");
  if (!hidden.empty())
    out << "hidden by dislike " << shown(hidden, "dislike_id") << " (" << shown(hidden, "reason") << "), until "
        << (shown(hidden, "until") == "-" ? "ever" : shown(hidden, "until")) << '\n';
  const json::object& model = object_of(whole, "model");
  if (model.empty())
    out << "no score: no model that ranks serves, or it does not know the movie\n";
  else
    print_model(model, out);
  print_weights(whole, out);
  if (shown(whole, "complete") == "no") out << "\nonly the newest 100 dislikes were looked at\n";
  return exit_code::ok;
}

}  // namespace

void add_recommend(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("recommend", "What the model recommends to a user");
  const auto chosen = std::make_shared<recommend_options>();
  command->footer(recommend_footer);
  command->add_option("--user", chosen->user, "Whom")->required();
  command->add_option("--n", chosen->n, "How many")->check(from_to(1, 100))->capture_default_str();
  command->add_option("--genre", chosen->genres, "A movie has one of these");
  command->add_option("--without-genre", chosen->without_genres, "And none of these");
  command->add_option("--exploration", chosen->exploration, "Share of the places that chance gets")
      ->check(from_to(0.0, 0.5));
  auto* version = command->add_option("--model", chosen->model_version_id, "Another version than the live one");
  command->add_option("--experiment", chosen->experiment_id, "That of the user's arm")->excludes(version);
  command->add_flag("--without-feedback", chosen->without_feedback, "As if the user had disliked nothing");
  command->callback(
      [chosen, &context] { context.chosen = [chosen, &context] { return recommend(*chosen, context); }; });
}

void add_explain(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("explain", "Why an item stands where it stands for a user");
  const auto chosen = std::make_shared<explain_options>();
  command->footer(explain_footer);
  command->add_option("--user", chosen->user, "For whom")->required();
  command->add_option("--movie-id", chosen->movie_id, "Which item")->required();
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return explain(*chosen, context); }; });
}

}  // namespace demur::cli
