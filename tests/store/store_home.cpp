#include "store_home.hpp"

#include "domain/feature.hpp"

#include <bit>
#include <chrono>
#include <cstdint>
#include <map>
#include <unistd.h>
#include <utility>

namespace demur::store {

namespace {

constexpr timestamp new_year = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr timestamp first_id = std::chrono::sys_days{std::chrono::year{2024} / 1 / 1};

std::uint64_t bits(double value) { return std::bit_cast<std::uint64_t>(value); }

void check_bits(const std::optional<double>& found, const std::optional<double>& put) {
  BOOST_REQUIRE_EQUAL(found.has_value(), put.has_value());
  if (put) BOOST_TEST(bits(*found) == bits(*put));
}

std::filesystem::path fresh_folder() {
  static int made = 0;
  auto folder =
      std::filesystem::current_path() / ("store-" + std::to_string(::getpid()) + "-" + std::to_string(made++));
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

}  // namespace

const std::vector<std::string>& urls() {
  static const std::vector<std::string> all = {"sqlite3://demur.db"};
  return all;
}

home::home(std::string url) {
  chosen.store.url = std::move(url);
  chosen.data_folder = fresh_folder().string();
}

home::~home() {
  close();
  std::error_code ignored;
  std::filesystem::remove_all(chosen.data_folder, ignored);
}

writer& home::write() {
  if (!writer_) writer_ = must(writer::open(chosen));
  return *writer_;
}

reader& home::read() {
  write();
  if (!reader_) reader_ = must(reader::open(chosen, recent));
  return *reader_;
}

void home::commit(case_file batch) {
  must(write().commit(batch));
  recent->add(std::move(batch.users), batch.entries.empty() ? 0 : batch.entries.back().row.dislike_id);
}

void home::merge() {
  write();
  must(must(weights_writer::open(chosen))->merge(recent->take()));
  recent->merged();
}

void home::close() {
  reader_.reset();
  writer_.reset();
}

std::filesystem::path home::file() const { return std::filesystem::path(chosen.data_folder) / "demur.db"; }
std::filesystem::path home::weights_file() const {
  return std::filesystem::path(chosen.data_folder) / "demur.weights.db";
}

timestamp at(std::int64_t ms) { return new_year + std::chrono::milliseconds(ms); }
id id_at(std::int64_t ms) { return (at(ms) - first_id).count() << 12; }

case_entry plain(std::int64_t ms, const std::string& user_id, id previous) {
  case_entry entry;
  entry.row.dislike_id = id_at(ms);
  entry.row.user_id = user_id;
  entry.row.movie_title = "Untitled";
  entry.row.reason = "not_interested";
  entry.row.created_at = at(ms);
  entry.row.previous_dislike_id = previous;
  entry.example = training_example{};
  entry.example->example_id = entry.row.dislike_id;
  entry.example->user_id = user_id;
  entry.example->movie_title = entry.row.movie_title;
  return entry;
}

case_entry full(std::int64_t ms, const std::string& user_id, id previous) {
  case_entry entry = plain(ms, user_id, previous);
  dislike& row = entry.row;
  row.movie_id = 603;
  row.movie_title = "Amélie \xE2\x80\x94 \xF0\x9F\x8E\xAC 'quoted' \"twice\"; -- %";
  row.recommendation_set_id = id_at(1) + 7;
  row.predicted_score = 0.1 + 0.2;
  row.reason = "wrong_genre";
  row.feedback_text = "first line\nsecond\tline \xCC\x81 \xEF\xBB\xBF";
  row.genres = {"Sci-Fi", "Film-Noir", "Fant\xC3\xA1stico"};
  row.cast = {"Actor 1", "O'Neil, Ed", "\xE5\xBC\xA0\xE5\xAD\x90\xE6\x80\xA1"};
  row.franchise = "Saw";
  row.context = R"({"page": "home", "slot": 3})";
  entry.example->movie_id = row.movie_id;
  entry.example->movie_title = row.movie_title;
  entry.example->predicted_rating = row.predicted_score;
  entry.example->error = row.predicted_score;
  entry.example->weight = 0.8 / 3.0;
  for (int i = 0; i < 2; ++i) {
    recorded_impact moved;
    moved.row = {row.dislike_id + 1 + i,           row.dislike_id,  i,         i ? "filter" : "genre_weight",
                 i ? "movie:603" : "genre:Sci-Fi", i ? 0.0 : -0.15, at(ms + i)};
    moved.half_life_days = i ? 0.0 : 30.5;
    entry.impacts.push_back(moved);
  }
  return entry;
}

reason_state counted(const std::string& reason, std::int64_t dislikes, double sum, id last) {
  return {reason, dislikes, {sum, at(dislikes), 30.0}, last};
}

case_file batch_of(std::vector<case_entry> entries) {
  std::map<std::string, std::map<std::string, reason_state>> tallies;
  for (const case_entry& entry : entries) {
    reason_state& state = tallies[entry.row.user_id][entry.row.reason];
    state.reason = entry.row.reason;
    state.last_dislike_id = entry.row.dislike_id;
    ++state.dislikes;
  }
  case_file batch;
  batch.entries = std::move(entries);
  for (auto& [user_id, by_reason] : tallies) {
    feature_state tally{std::string(tally_feature), {}};
    for (auto& [reason, state] : by_reason) tally.by_reason.push_back(state);
    batch.users.push_back({user_id, {std::move(tally)}});
  }
  return batch;
}

std::vector<case_entry> entries_of(reader& from, id after, id through) {
  std::vector<case_entry> found;
  must(from.each_entry(after, through, [&](const case_entry& entry) { found.push_back(entry); }));
  return found;
}

void check_same(const case_entry& found, const case_entry& put) {
  BOOST_CHECK(found.row == put.row);
  check_bits(found.row.predicted_score, put.row.predicted_score);
  BOOST_CHECK(found.example == put.example);
  BOOST_REQUIRE_EQUAL(found.impacts.size(), put.impacts.size());
  for (std::size_t i = 0; i < put.impacts.size(); ++i) {
    BOOST_CHECK(found.impacts[i].row == put.impacts[i].row);
    check_bits(found.impacts[i].half_life_days, put.impacts[i].half_life_days);
  }
}

}  // namespace demur::store
