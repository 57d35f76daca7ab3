#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(Examples:
  demur rerank --user ann candidates.json
  echo '[{"movie_title": "Saw II", "score": 0.9, "genres": ["Horror"]},
         {"movie_id": 12, "score": 0.8}]' | demur rerank --user ann -

FILE holds {"candidates": [...]} or the array alone, 1 to 1,000 candidates with
movie_id or movie_title, score (0.0 to 1.0) and, unless the catalogue knows the id,
genres, cast and franchise.)";

struct rerank_options {
  std::string user;
  std::string file;
};

std::string content_of(const std::string& file) {
  if (file == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream input(file, std::ios::binary);
  if (!input) throw failure(exit_code::usage, "cannot read " + file);
  return {std::istreambuf_iterator<char>(input), {}};
}

json::object read_candidates(const std::string& file) {
  boost::system::error_code error;
  json::value content = json::parse(content_of(file), error);
  const std::string name = file == "-" ? "standard input" : file;
  if (error) throw failure(exit_code::usage, name + " is not JSON: " + error.message());
  if (content.is_array()) return {{"candidates", std::move(content)}};
  if (content.is_object()) return std::move(content.get_object());
  throw failure(exit_code::usage, name + ": allowed is {\"candidates\": [...]} or an array of candidates");
}

std::string title_of(const json::object& row) {
  const std::string title = shown(row, "movie_title");
  return title == "-" ? "movie " + shown(row, "movie_id") : title;
}

void print_ranking(std::ostream& out, const json::object& answer) {
  table rows({{"", table::align::right},
              {"title", table::align::left, 44},
              {"score", table::align::right},
              {"adjusted", table::align::right},
              {"times", table::align::right},
              {"because of"}});
  std::int64_t place = 0;
  for (const json::value& item : array_of(answer, "candidates")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    std::string why;
    for (const auto& [family, factor] : object_of(row, "multipliers"))
      if (shown(factor) != "1") why += (why.empty() ? "" : ", ") + std::string(family) + " " + shown(factor);
    rows.row({std::to_string(++place), title_of(row), shown(row, "score"), shown(row, "adjusted_score"),
              shown(row, "multiplier"), why});
  }
  out << "for " << shown(answer, "user_id") << ", model version " << shown(answer, "model_version_id") << '\n';
  rows.print(out);

  table hidden({{"hidden", table::align::left, 44},
                {"because it was disliked as"},
                {"dislike", table::align::right},
                {"until (UTC)"}});
  for (const json::value& item : array_of(answer, "filtered")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    const std::string until = text_of(row, "until");
    hidden.row({title_of(row), shown(row, "reason"), shown(row, "dislike_id"),
                until.empty() ? "for ever" : short_time(until)});
  }
  if (hidden.empty()) return;
  out << '\n';
  hidden.print(out);
}

exit_code rerank(const rerank_options& chosen, command_context& context) {
  http_client client(context.url());
  const http_request request{"POST", "/api/rerank", chosen.user, "", json::serialize(read_candidates(chosen.file)),
                             true};
  const http_answer answer = client.send(request);
  const json::value body = expect_json(answer);
  if (context.json) {
    context.screen.out << answer.body << '\n';
  } else if (body.is_object()) {
    print_ranking(context.screen.out, body.get_object());
  }
  return exit_code::ok;
}

}  // namespace

void add_rerank(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("rerank", "Order candidates by what a user said no to");
  const auto chosen = std::make_shared<rerank_options>();
  command->footer(footer);
  command->add_option("--user", chosen->user, "For whom")->required();
  command->add_option("FILE", chosen->file, "The candidates as JSON; - reads standard input")->required();
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return rerank(*chosen, context); }; });
}

}  // namespace demur::cli
