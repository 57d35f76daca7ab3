#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(Examples:
  demur history --user ann
  demur history --user ann --limit 5
  demur history --user ann --all --json > ann.json)";

struct history_options {
  std::string user;
  std::int64_t limit = 50;
  bool all = false;
};

constexpr std::int64_t largest_page = 500;

void add_rows(table& rows, const json::array& dislikes) {
  for (const json::value& item : dislikes) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    std::string about = shown(row, "genres");
    for (const char* key : {"cast", "franchise"})
      if (const std::string more = shown(row, key); more != "-") about += (about == "-" ? " " : "; ") + more;
    rows.row({short_time(text_of(row, "created_at")), shown(row, "dislike_id"), shown(row, "movie_title"),
              shown(row, "reason"), shown(row, "predicted_score"), about});
  }
}

/// The wanted part of the history as one answer: the pages' dislikes together, `next_cursor` of the last page.
json::object read_history(http_client& client, const history_options& chosen) {
  json::object whole;
  json::array dislikes;
  std::string cursor;
  do {
    const std::int64_t missing = chosen.limit - static_cast<std::int64_t>(dislikes.size());
    const std::int64_t page = chosen.all ? largest_page : std::min(missing, largest_page);
    const std::string target = "/api/dislike-history?limit=" + std::to_string(page) + cursor;
    const json::value answer = ask(client, {"GET", target, chosen.user});
    if (!answer.is_object()) break;
    whole = answer.get_object();
    for (const json::value& row : array_of(whole, "dislikes")) dislikes.push_back(row);
    const std::string next = shown(whole, "next_cursor");
    cursor = next == "-" ? "" : "&cursor=" + url_encoded(next);
  } while (!cursor.empty() && (chosen.all || static_cast<std::int64_t>(dislikes.size()) < chosen.limit));
  whole["dislikes"] = std::move(dislikes);
  return whole;
}

exit_code history(const history_options& chosen, command_context& context) {
  http_client client(context.url());
  const json::object whole = read_history(client, chosen);
  std::ostream& out = context.screen.out;
  if (context.json) {
    out << pretty(whole) << '\n';
    return exit_code::ok;
  }
  const json::array& dislikes = array_of(whole, "dislikes");
  const std::int64_t total = integer_of(whole, "total");
  out << chosen.user << ": " << grouped(total) << (total == 1 ? " dislike" : " dislikes");
  if (static_cast<std::int64_t>(dislikes.size()) < total)
    out << ", the newest " << grouped(static_cast<std::int64_t>(dislikes.size())) << " (--all: every one)";
  out << '\n';
  table rows({{"when (UTC)"},
              {"dislike", table::align::right},
              {"title", table::align::left, 36},
              {"reason"},
              {"predicted", table::align::right},
              {"about", table::align::left, 56}});
  add_rows(rows, dislikes);
  if (!rows.empty()) rows.print(out);
  return exit_code::ok;
}

}  // namespace

void add_history(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("history", "A user's dislikes, newest first");
  const auto chosen = std::make_shared<history_options>();
  command->footer(footer);
  command->add_option("--user", chosen->user, "Whose")->required();
  command->add_option("--limit", chosen->limit, "At most so many")
      ->check(from_to(1, 1'000'000'000))
      ->capture_default_str();
  command->add_flag("--all", chosen->all, "All of them, page by page");
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return history(*chosen, context); }; });
}

}  // namespace demur::cli
