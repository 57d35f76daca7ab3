#include "dislike_stream.hpp"

#include "domain/feature.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sys/resource.h>

namespace demur::bench {

namespace {

constexpr std::array genres = {"Action",  "Adventure", "Animation", "Children", "Comedy",  "Crime",
                               "Drama",   "Fantasy",   "Film-Noir", "Horror",   "Musical", "Mystery",
                               "Romance", "Sci-Fi",    "Thriller",  "War",      "Western", "Documentary"};
constexpr timestamp first_moment = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr id first_id = id{63'158'400'000} << 12;
constexpr int id_step = 400;  // as many as 10,000 a second leave between two
constexpr std::int64_t movies = 10'000;
constexpr std::int64_t actors = 6'000;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

recorded_impact impact_of(const dislike& row, int which, std::string feature) {
  recorded_impact moved;
  moved.row.impact_id = row.dislike_id + 1 + which;
  moved.row.dislike_id = row.dislike_id;
  moved.row.impact_type = "genre_weight";
  moved.row.feature_affected = std::move(feature);
  moved.row.adjustment_magnitude = -0.15;
  moved.row.applied_at = row.created_at;
  moved.half_life_days = 30.0;
  return moved;
}

}  // namespace

case_entry dislike_stream::entry() {
  case_entry made;
  dislike& row = made.row;
  row.dislike_id = first_id + id_step * made_;
  row.created_at = first_moment + std::chrono::milliseconds(made_ / 10);
  char user[32];
  std::snprintf(user, sizeof user, "user-%06lld",
                static_cast<long long>(random_() % static_cast<std::uint64_t>(users_)));
  row.user_id = user;
  // Squared, so that some movies are disliked far more often than others.
  const double place = static_cast<double>(random_() % 1'000'000) / 1e6;
  const auto movie = static_cast<std::int64_t>(place * place * movies);
  row.movie_id = movie;
  row.movie_title = "The Movie Number " + std::to_string(movie);
  row.predicted_score = static_cast<double>(random_() % 1'000) / 1e3;
  row.reason =
      std::array{"wrong_genre", "wrong_genre", "not_interested", "not_interested", "poor_quality"}[random_() % 5];
  row.genres = {genres[static_cast<std::size_t>(movie) % 18], genres[static_cast<std::size_t>(movie * 7 + 3) % 18]};
  if (row.genres[0] == row.genres[1]) row.genres[1] = genres[static_cast<std::size_t>(movie + 1) % 18];
  for (int i = 0; i < 3; ++i) row.cast.push_back("Actor " + std::to_string((movie * 3 + i * i * 17) % actors));
  row.previous_dislike_id = row.dislike_id - id_step;
  made.example =
      training_example{row.dislike_id,      row.user_id, row.movie_id, row.movie_title, 0.0, row.predicted_score,
                       row.predicted_score, 0.8,         false};
  const int impacts = made_ % 5 < 3 ? 2 : 1;
  for (int i = 0; i < impacts; ++i)
    made.impacts.push_back(impact_of(row, i, feature_name("genre", row.genres[static_cast<std::size_t>(i)])));
  ++made_;
  return made;
}

std::vector<std::string> dislike_stream::features_of(const dislike& row) const {
  std::vector<std::string> names = {std::string(tally_feature), item_feature(row.movie_id, row.movie_title)};
  for (const std::string& genre : row.genres) names.push_back(feature_name("genre", genre));
  for (const std::string& actor : row.cast) names.push_back(feature_name("cast", actor));
  return names;
}

case_file dislike_stream::next(int size) {
  case_file batch;
  std::map<std::string, std::map<std::string, reason_state>> users;
  for (int i = 0; i < size; ++i) {
    batch.entries.push_back(entry());
    const dislike& row = batch.entries.back().row;
    for (std::string& feature : features_of(row))
      users[row.user_id][std::move(feature)] = {
          row.reason, 1, {-0.16251892949777494, row.created_at, 30.0}, row.dislike_id, {}};
  }
  for (auto& [user_id, states] : users) {
    user_state& user = batch.users.emplace_back(user_state{user_id, {}});
    for (auto& [feature, state] : states) user.features.push_back({feature, {state}});
  }
  return batch;
}

options read_options(int count, char** words) {
  options chosen;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = words[i], value = words[i + 1];
    if (name == "--dislikes")
      chosen.dislikes = std::stoll(value);
    else if (name == "--users")
      chosen.users = std::stoll(value);
    else if (name == "--batch")
      chosen.batch = std::stoi(value);
    else if (name == "--folder")
      chosen.folder = value;
    else {
      std::fprintf(stderr, "unknown option %s; there are --dislikes N --users N --batch N --folder DIR\n",
                   name.c_str());
      std::exit(2);
    }
  }
  return chosen;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

windows::windows(const options& chosen) : size_(std::max<std::int64_t>(1, chosen.dislikes / 10)) {}

void windows::add(int dislikes, double cpu, double wall) {
  if (all_.back().dislikes >= size_) all_.emplace_back();
  window& now = all_.back();
  now.dislikes += dislikes;
  now.cpu += cpu;
  now.wall += wall;
  now.slowest = std::max(now.slowest, wall);
}

void windows::print_summary(const char* name) const {
  std::vector<double> cpu, wall;
  double slowest = 0.0;
  for (const window& one : all_) {
    cpu.push_back(one.cpu / static_cast<double>(one.dislikes) * 1e6);
    wall.push_back(one.wall / static_cast<double>(one.dislikes) * 1e6);
    slowest = std::max(slowest, one.slowest);
  }
  std::printf("%-10s %8.1f us CPU a dislike (first window %.1f, last %.1f), %8.0f dislikes/s, slowest batch %.0f ms\n",
              name, median(cpu), cpu.front(), cpu.back(), 1e6 / median(wall), slowest * 1e3);
}

}  // namespace demur::bench
