#include "movielens.hpp"

#include "failure.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <tuple>

namespace demur::cli {

namespace {

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The id in a field, or a note that there is none.
std::optional<std::int64_t> id_in(csv_reader& reader, const std::string& field, const char* title) {
  const auto value = number<std::int64_t>(field);
  if (value && *value >= 0) return value;
  reader.note(std::string(title) + " \"" + field + "\" is no number");
  return std::nullopt;
}

void read_movies(const std::string& path, movielens_data& data) {
  csv_reader reader(path, data.odd);
  const std::size_t id = reader.column("movieId"), title = reader.column("title"), genres = reader.column("genres");
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    const auto movie_id = id_in(reader, fields[id], "movieId");
    if (!movie_id) continue;
    movie row;
    row.movie_id = *movie_id;
    row.movie_title = fields[title];
    row.genres = split_names(fields[genres]);
    data.movies.push_back(std::move(row));
  }
}

void read_ratings(const std::string& path, movielens_data& data) {
  csv_reader reader(path, data.odd);
  const std::size_t user = reader.column("userId"), movie = reader.column("movieId");
  const std::size_t rating = reader.column("rating"), time = reader.column("timestamp");
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    const auto user_id = id_in(reader, fields[user], "userId");
    const auto movie_id = user_id ? id_in(reader, fields[movie], "movieId") : std::nullopt;
    const auto seconds = movie_id ? id_in(reader, fields[time], "timestamp") : std::nullopt;
    if (!seconds) continue;
    const auto stars = number<double>(fields[rating]);
    if (stars && *stars >= 0.5 && *stars <= 5.0) {
      data.ratings.push_back({*user_id, *movie_id, *stars, *seconds});
    } else {
      reader.note("rating \"" + fields[rating] + "\" is not from 0.5 to 5.0");
    }
  }
  std::sort(data.ratings.begin(), data.ratings.end(), [](const auto& a, const auto& b) {
    return std::tie(a.seconds, a.user, a.movie) < std::tie(b.seconds, b.user, b.movie);
  });
}

/// Of the two side tables the one that is read last counts. At most as many as a catalogue row takes.
void take_directors(movie& row, const std::string& field) {
  constexpr std::size_t most = 8;
  if (field.empty()) return;
  row.directors = split_names(field);
  if (row.directors.size() > most) row.directors.resize(most);
}

void read_cast(const std::string& path, movielens_data& data, const std::map<std::int64_t, std::size_t>& index) {
  csv_reader reader(path, data.odd);
  const std::size_t id = reader.column("movieId");
  const auto director = reader.find_column("director");
  const std::size_t actors[] = {reader.column("actor_1"), reader.column("actor_2"), reader.column("actor_3")};
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    const auto movie_id = id_in(reader, fields[id], "movieId");
    const auto found = movie_id ? index.find(*movie_id) : index.end();
    if (found == index.end()) continue;
    auto& cast = data.movies[found->second].cast;
    for (const std::size_t actor : actors)
      if (!fields[actor].empty() && std::find(cast.begin(), cast.end(), fields[actor]) == cast.end())
        cast.push_back(fields[actor]);
    if (!cast.empty()) ++data.with_cast;
    if (director) take_directors(data.movies[found->second], fields[*director]);
  }
}

void read_franchises(const std::string& path, movielens_data& data, const std::map<std::int64_t, std::size_t>& index) {
  csv_reader reader(path, data.odd);
  const std::size_t id = reader.column("movieId"), collection = reader.column("collection");
  const auto director = reader.find_column("director");
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    const auto movie_id = id_in(reader, fields[id], "movieId");
    const auto found = movie_id ? index.find(*movie_id) : index.end();
    if (found == index.end()) continue;
    if (director) take_directors(data.movies[found->second], fields[*director]);
    if (fields[collection].empty()) continue;
    data.movies[found->second].franchise = fields[collection];
    ++data.with_franchise;
  }
}

}  // namespace

std::map<std::int64_t, std::size_t> movielens_data::index() const {
  std::map<std::int64_t, std::size_t> places;
  for (std::size_t i = 0; i < movies.size(); ++i) places.emplace(movies[i].movie_id, i);
  return places;
}

movielens_data read_movielens(const std::string& folder) {
  const std::filesystem::path root(folder);
  movielens_data data;
  for (const char* needed : {"movies.csv", "ratings.csv"}) {
    if (!std::filesystem::is_regular_file(root / needed))
      throw failure(exit_code::usage,
                    "there is no " + (root / needed).string() +
                        "\n  DIR is a MovieLens folder as GroupLens packs it: movies.csv, ratings.csv");
  }
  read_movies((root / "movies.csv").string(), data);
  read_ratings((root / "ratings.csv").string(), data);
  const auto index = data.index();
  const auto side_table = [&](const char* name, auto read) {
    if (std::filesystem::is_regular_file(root / name)) {
      read((root / name).string(), data, index);
    } else {
      data.absent.emplace_back(name);
    }
  };
  side_table("cast.csv", read_cast);
  side_table("franchise.csv", read_franchises);
  data.with_directors = std::ranges::count_if(data.movies, [](const movie& row) { return !row.directors.empty(); });
  return data;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  if (text == "(no genres listed)") return names;
  while (!text.empty()) {
    const std::size_t bar = std::min(text.find('|'), text.size());
    if (bar > 0) names.emplace_back(text.substr(0, bar));
    text.remove_prefix(std::min(bar + 1, text.size()));
  }
  return names;
}

}  // namespace demur::cli
