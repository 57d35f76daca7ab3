#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <demur/types.hpp>

#include <boost/json/serialize.hpp>

#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(Examples:
  demur post --user ann --title "Saw" --genre Horror --reason wrong_genre --score 0.9
  demur post --user ann --movie-id 12 --reason already_watched
  demur post --user bob --title "Cats" --cast "Actor 1" --cast "Actor 2" \
             --reason poor_quality --text "could not sit through it"
  demur post --user ann --title "Saw" --key saw-1     twice: stored once
  demur post --user ann --title "Saw" --genre Horror --preview

The reasons are the server's plugins: not_interested (if none is given), wrong_genre,
poor_quality, already_watched, franchise_fatigue, cooldown, content_warning, and those
that were added. With a --key the server stores the dislike once, however often it is
sent. With --preview it stores nothing and says what it would do.)";

struct post_options {
  dislike_request dislike;
  std::string key;
  bool is_preview = false;
};

/// An adjustment in words: what kind, of what, by how much, from what to what.
void print_adjustments(std::ostream& out, const json::array& adjustments) {
  table rows({{"adjustment"}, {"feature"}, {"by", table::align::right}, {"weight", table::align::right}, {""}});
  for (const json::value& item : adjustments) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    const bool flag = text_of(row, "impact_type") == "filter";
    rows.row({shown(row, "impact_type"), shown(row, "feature_affected"), flag ? "" : shown(row, "adjustment_magnitude"),
              flag ? "" : shown(row, "weight_before"), flag ? "is hidden" : "-> " + shown(row, "weight_after")});
  }
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

void print_patterns(std::ostream& out, const json::array& patterns) {
  table rows({{"pattern"}, {"value"}, {"times", table::align::right}, {"severity"}});
  for (const json::value& item : patterns) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    rows.row(
        {shown(row, "pattern_type"), shown(row, "pattern_value"), shown(row, "frequency"), shown(row, "severity")});
  }
  if (rows.empty()) return;
  out << '\n';
  rows.print(out);
}

/// `wrong_genre 1.0.0`, and whether the dislike still waits for it.
std::string strategy_in_words(const json::object& receipt) {
  const bool is_pending = shown(receipt, "adjustment_pending") == "yes";
  return shown(receipt, "strategy") + " " + text_of(receipt, "strategy_version") +
         (is_pending ? "  (cannot be asked now; its adjustments come later)" : "");
}

void print_preview(std::ostream& out, const json::object& preview) {
  fact_list facts;
  facts.fact("nothing is stored", "this is what it would do");
  facts.fact("user", shown(preview, "user_id"));
  facts.fact("training example", preview.if_contains("weight") && !preview.at("weight").is_null()
                                     ? "yes, weight " + shown(preview, "weight")
                                     : "none: this reason is no complaint");
  facts.fact("strategy", strategy_in_words(preview));
  for (const auto& [reason, fits] : object_of(preview, "suggested_reasons"))
    facts.fact("the text fits", std::string(reason) + " by " + shown(fits));
  facts.fact("item hidden", shown(preview, "filtered"));
  facts.print(out);
  constexpr std::size_t longest = 2'000;
  if (const std::string words = text_of(preview, "explanation"); !words.empty())
    out << '\n' << fitted(words, longest) << '\n';
  print_adjustments(out, array_of(preview, "adjustments"));
  print_patterns(out, array_of(preview, "patterns"));
}

void print_receipt(std::ostream& out, const json::object& receipt, bool replayed) {
  fact_list facts;
  facts.fact("dislike",
             shown(receipt, "dislike_id") + (replayed ? "  (was there already, this is its first receipt)" : ""));
  facts.fact("user", shown(receipt, "user_id"));
  const bool example = receipt.if_contains("example_id") && !receipt.at("example_id").is_null();
  facts.fact("training example",
             example ? "yes, weight " + shown(receipt, "weight") : "none: this reason is no complaint");
  facts.fact("strategy", strategy_in_words(receipt));
  facts.fact("item hidden", shown(receipt, "filtered"));
  facts.fact("model version", shown(receipt, "model_version_id"));
  facts.fact("retraining",
             receipt.if_contains("retraining_triggered") && shown(receipt, "retraining_triggered") == "yes"
                 ? "became due with this one"
                 : "not due by this one");
  facts.print(out);
  print_adjustments(out, array_of(receipt, "adjustments"));
  print_patterns(out, array_of(receipt, "patterns"));
}

exit_code post(const post_options& chosen, command_context& context) {
  if (chosen.dislike.movie_title.empty() && !chosen.dislike.movie_id)
    throw failure(exit_code::usage, "which item? --title TITLE, or --movie-id N if the catalogue knows it");
  if (chosen.is_preview && !chosen.key.empty())
    throw failure(exit_code::usage, "--key does not go with --preview, which stores nothing that could be repeated");
  http_client client(context.url());
  http_request request{"POST", chosen.is_preview ? "/api/dislike/preview" : "/api/dislike", chosen.dislike.user_id,
                       chosen.key, json::serialize(dislike_json(chosen.dislike))};
  const http_answer answer = client.send(request);
  const json::value receipt = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (receipt.is_object() && chosen.is_preview) {
    print_preview(context.screen.out, receipt.get_object());
  } else if (receipt.is_object()) {
    print_receipt(context.screen.out, receipt.get_object(), answer.replayed);
  }
  return exit_code::ok;
}

}  // namespace

void add_post(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("post", "Say that a user did not want something, and print the receipt");
  const auto chosen = std::make_shared<post_options>();
  dislike_request& dislike = chosen->dislike;
  command->footer(footer);
  command->add_option("--user", dislike.user_id, "Who: 1 to 128 visible characters")->required();
  command->add_option("--title", dislike.movie_title, "The item's title");
  command->add_option("--movie-id", dislike.movie_id, "The item's id in the catalogue");
  command->add_option("--score", dislike.predicted_score, "What the recommender had predicted, 0.0 to 1.0");
  command->add_option("--reason", dislike.reason, "Why; default not_interested");
  command->add_option("--genre", dislike.genres, "A genre of the item; repeat for more")->allow_extra_args(false);
  command->add_option("--cast", dislike.cast, "Somebody who plays in it; repeat for more")->allow_extra_args(false);
  command->add_option("--franchise", dislike.franchise, "The series it belongs to");
  command->add_option("--text", dislike.feedback_text, "In the user's own words");
  command->add_option("--set", dislike.recommendation_set_id, "The recommendation set it was shown in");
  command->add_option("--key", chosen->key, "Idempotency key: sent again, it is stored once");
  command->add_flag("--preview", chosen->is_preview, "Only say what it would do");
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return post(*chosen, context); }; });
}

}  // namespace demur::cli
