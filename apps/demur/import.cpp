#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "counts.hpp"
#include "movielens.hpp"
#include "progress.hpp"
#include "stop.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <ostream>
#include <span>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t rows_per_request = 1'000;

constexpr const char* import_footer = R"(Example:
  demur import movielens ml-latest-small)";

constexpr const char* movielens_footer = R"(Reads from DIR:
  movies.csv      the catalogue: movieId, title, genres
  ratings.csv     userId, movieId, rating, timestamp; stored with their own times
  cast.csv        if it is there: actor_1 to actor_3 become the cast, director the directors
  franchise.csv   if it is there: collection becomes the franchise, director the directors

movieId becomes movie_id, userId the user. Doing it twice is harmless: the catalogue is
replaced, and of two ratings of a user for one movie the latest counts; a rating that
changes nothing is counted as already there. What the server refuses is counted by
reason; lines that cannot be read are named and skipped.

Examples:
  demur import movielens ml-latest-small
  demur import movielens ml-latest-small --json > counts.json
  demur replay movielens ml-latest-small      then: its low ratings as dislikes)";

/// Sends rows to one endpoint and counts what becomes of them.
class uploader {
public:
  uploader(http_client& client, std::string target, row_counts& counts)
      : client_(client), target_(std::move(target)), counts_(counts) {}

  void upload(const std::string& user, std::span<const json::object> rows) {
    for (std::size_t at = 0; at < rows.size() && !stop_requested(); at += rows_per_request)
      upload_part(user, rows.subspan(at, std::min(rows_per_request, rows.size() - at)));
  }

private:
  void upload_part(const std::string& user, std::span<const json::object> rows) {
    const std::string body = json::serialize(json::array(rows.begin(), rows.end()));
    const http_answer answer = client_.send_patiently({"POST", target_, user, "", body, true});
    if (answer.ok()) return count_stored(answer, rows.size());
    const bool about_rows = answer.status == 422 || answer.status == 413 || answer.status == 400;
    if (!about_rows && answer.status != 503) throw failure(exit_code::refused, problem_text(answer));
    if (about_rows && rows.size() > 1) {
      // One bad row makes the server refuse all: halves, until it stands alone and the others are through.
      upload_part(user, rows.first(rows.size() / 2));
      upload_part(user, rows.subspan(rows.size() / 2));
      return;
    }
    counts_.sent += static_cast<std::int64_t>(rows.size());
    counts_.refuse(problem_line(answer), static_cast<std::int64_t>(rows.size()));
  }

  void count_stored(const http_answer& answer, std::size_t rows) {
    const auto sent = static_cast<std::int64_t>(rows);
    const json::value body = expect_json(answer);
    const bool told = body.is_object() && body.get_object().if_contains("stored");
    const std::int64_t stored = told ? std::min(sent, integer_of(body.get_object(), "stored")) : sent;
    counts_.sent += sent;
    counts_.stored += stored;
    counts_.already += sent - stored;
  }

  http_client& client_;
  std::string target_;
  row_counts& counts_;
};

void import_movies(http_client& client, const movielens_data& data, row_counts& counts, progress& bar) {
  std::vector<json::object> rows;
  rows.reserve(data.movies.size());
  for (const movie& row : data.movies) rows.push_back(movie_json(row));
  counts.found = static_cast<std::int64_t>(rows.size());
  uploader to(client, "/api/movies", counts);
  const std::span<const json::object> all(rows);
  for (std::size_t at = 0; at < all.size() && !stop_requested(); at += rows_per_request) {
    to.upload("", all.subspan(at, std::min(rows_per_request, all.size() - at)));
    bar.at(counts.sent);
  }
}

void import_ratings(http_client& client, const movielens_data& data, row_counts& counts, progress& bar,
                    std::int64_t before) {
  std::map<std::int64_t, std::vector<json::object>> by_user;
  for (const auto& line : data.ratings) {
    user_rating rating;
    rating.movie_id = line.movie;
    rating.rating = line.rating;
    rating.created_at = timestamp(std::chrono::seconds(line.seconds));
    by_user[line.user].push_back(rating_json(rating));
  }
  counts.found = static_cast<std::int64_t>(data.ratings.size());
  uploader to(client, "/api/ratings", counts);
  for (const auto& [user, rows] : by_user) {
    if (stop_requested()) return;
    to.upload(std::to_string(user), rows);
    bar.at(before + counts.sent);
  }
}

void print_counts(command_context& context, const movielens_data& data, const row_counts& movies,
                  const row_counts& ratings) {
  std::ostream& out = context.screen.out;
  if (context.json) {
    out << pretty(json::object{{"movies", counts_json(movies)},
                               {"ratings", counts_json(ratings)},
                               {"with_cast", data.with_cast},
                               {"with_franchise", data.with_franchise},
                               {"with_directors", data.with_directors},
                               {"lines_skipped", data.odd.size()}})
        << '\n';
    return;
  }
  constexpr auto right = table::align::right;
  table rows(
      {{""}, {"found", right}, {"sent", right}, {"stored", right}, {"already there", right}, {"refused", right}});
  const auto add = [&rows](const char* what, const row_counts& counts) {
    rows.row({what, grouped(counts.found), grouped(counts.sent), grouped(counts.stored), grouped(counts.already),
              grouped(counts.refused)});
  };
  add("movies", movies);
  add("ratings", ratings);
  rows.print(out);
  print_refusals(out, movies);
  print_refusals(out, ratings);
  out << "\nmovies with cast " << grouped(data.with_cast) << ", with franchise " << grouped(data.with_franchise)
      << ", with directors " << grouped(data.with_directors);
  for (const auto& name : data.absent) out << "; there is no " << name;
  out << '\n';
  if (!data.odd.empty()) out << "lines skipped " << grouped(static_cast<std::int64_t>(data.odd.size())) << '\n';
}

exit_code import_movielens(const std::string& folder, command_context& context) {
  http_client client(context.url());
  const movielens_data data = read_movielens(folder);
  print_odd_lines(context.screen, data.odd);
  catch_stop_signals();
  row_counts movies, ratings;
  const auto total = static_cast<std::int64_t>(data.movies.size() + data.ratings.size());
  progress bar(context.screen, "import", total);
  import_movies(client, data, movies, bar);
  import_ratings(client, data, ratings, bar, movies.sent);
  bar.end();
  print_counts(context, data, movies, ratings);
  if (stop_requested()) context.screen.err << "demur: stopped before the end\n";
  return stop_requested() || movies.refused + ratings.refused > 0 ? exit_code::refused : exit_code::ok;
}

}  // namespace

void add_import(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("import", "Bring a catalogue and ratings in");
  command->require_subcommand(1);
  command->footer(import_footer);
  auto* movielens = command->add_subcommand("movielens", "A MovieLens folder: movies, ratings, and side tables");
  const auto folder = std::make_shared<std::string>();
  movielens->footer(movielens_footer);
  movielens->add_option("DIR", *folder, "The folder")->required();
  movielens->callback(
      [folder, &context] { context.chosen = [folder, &context] { return import_movielens(*folder, context); }; });
}

}  // namespace demur::cli
