#include "load_rows.hpp"

#include "failure.hpp"
#include "seeded.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

namespace demur::cli {

namespace {

constexpr id first_movie = 8'000'000;
constexpr std::size_t movies = 20'000;
constexpr std::size_t players = 4'000;
constexpr std::size_t franchises = 500;

constexpr std::array genres{"Action",  "Adventure", "Animation", "Comedy",   "Crime",  "Documentary",
                            "Drama",   "Family",    "Fantasy",   "History",  "Horror", "Music",
                            "Mystery", "Romance",   "Sci-Fi",    "Thriller", "War",    "Western"};

std::string reason_of(seeded& random) {
  const double share = random.unit();
  if (share < 0.40) return "not_interested";
  if (share < 0.70) return "wrong_genre";
  if (share < 0.90) return "poor_quality";
  return share < 0.95 ? "already_watched" : "franchise_fatigue";
}

/// What belongs to the item, the same in every dislike of it.
void describe_item(std::size_t number, dislike_request& dislike) {
  seeded random(number, 1);
  dislike.movie_id = first_movie + static_cast<id>(number);
  dislike.movie_title = "Load film " + std::to_string(number);
  for (const std::size_t genre : random.places(genres.size(), 1 + random.below(3)))
    dislike.genres.emplace_back(genres[genre]);
  const std::size_t played = random.below(4);
  for (std::size_t i = 0; i < played; ++i) {
    const std::string player = "Player " + std::to_string(random.below(players));
    // The server counts a name once; a repeated one would not come back as it was sent.
    if (std::find(dislike.cast.begin(), dislike.cast.end(), player) == dislike.cast.end())
      dislike.cast.push_back(player);
  }
  if (random.chance(0.25)) dislike.franchise = "Series " + std::to_string(random.below(franchises));
}

std::uint64_t number_at(std::string_view& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  text.remove_prefix(error == std::errc{} ? static_cast<std::size_t>(end - text.data()) : text.size());
  return value;
}

}  // namespace

std::string load_row::text() const {
  return std::to_string(seed) + ":" + std::to_string(users) + ":" + std::to_string(number);
}

std::optional<load_row> parse_load_row(std::string_view text) {
  load_row row;
  std::string_view rest = text;
  row.seed = number_at(rest);
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  row.users = number_at(rest);
  if (!rest.starts_with(':')) return std::nullopt;
  rest.remove_prefix(1);
  row.number = number_at(rest);
  if (row.users == 0 || row.text() != text) return std::nullopt;
  return row;
}

dislike_request load_dislike(const load_row& row, bool marked) {
  seeded random(row.seed, row.number);
  dislike_request dislike;
  dislike.user_id = "load-" + std::to_string(random.below(row.users));
  describe_item(random.below(movies), dislike);
  dislike.predicted_score = std::round(random.unit() * 1e3) / 1e3;
  dislike.reason = reason_of(random);
  if (random.chance(0.1)) dislike.feedback_text = "No, number " + std::to_string(row.number) + ", not for me.";
  if (marked) dislike.context = "{\"load\":\"" + row.text() + "\"}";
  return dislike;
}

journal_writer::journal_writer(const std::string& path) : path_(path), file_(path, std::ios::app) {
  if (!file_) throw failure(exit_code::usage, "cannot write the journal " + path);
}

void journal_writer::write(const journal_entry& entry) {
  file_ << entry.dislike_id << '\t' << (entry.key.empty() ? "-" : entry.key) << '\t' << entry.user_id << '\t'
        << entry.row.text() << '\n';
}

void journal_writer::flush() {
  // A journal that silently lacks lines would let a test pass that should not.
  if (!file_.flush()) throw failure(exit_code::usage, "the journal " + path_ + " cannot be written any more");
}

std::vector<journal_entry> read_journal(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw failure(exit_code::usage, "cannot read the journal " + path);
  std::vector<journal_entry> entries;
  std::int64_t number = 0;
  for (std::string line; std::getline(file, line) && !file.eof();) {
    ++number;
    std::istringstream fields(line);
    journal_entry entry;
    std::string row;
    fields >> entry.dislike_id >> entry.key >> entry.user_id >> row;
    const auto read = parse_load_row(row);
    if (!fields || !read)
      throw failure(exit_code::usage,
                    path + " line " + std::to_string(number) + ": no line of a journal of 'demur load'");
    entry.row = *read;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace demur::cli
