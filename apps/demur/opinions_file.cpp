#include "opinions_file.hpp"

#include "failure.hpp"
#include "movielens.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <unordered_map>

namespace demur::cli {

namespace {

namespace fs = std::filesystem;

/// Numbers things as they come.
class numbering {
public:
  std::uint32_t of(const std::string& name) {
    return numbers_.try_emplace(name, static_cast<std::uint32_t>(numbers_.size())).first->second;
  }

private:
  std::unordered_map<std::string, std::uint32_t> numbers_;
};

/// Takes ratings in, keeps opinions.
class opinion_reader {
public:
  opinion_reader(read_opinions& into, double like_from, double dislike_through, const opinion_bounds& wanted)
      : into_(into) {
    into.bounds = {wanted.like_from.value_or(like_from), wanted.dislike_through.value_or(dislike_through)};
    if (*into.bounds.dislike_through >= *into.bounds.like_from)
      throw failure(exit_code::usage, "--dislike-through must be below --like-from");
  }

  void add(const std::string& user, id movie_id, double rating) {
    ++into_.ratings;
    const bool liked = rating >= *into_.bounds.like_from;
    if (!liked && rating > *into_.bounds.dislike_through) return;
    into_.data.opinions.push_back({users_.of(user), movie_id, liked});
  }

private:
  read_opinions& into_;
  numbering users_;
};

void add_features(evaluation_data& data, id movie_id, const char* family, const std::vector<std::string>& values) {
  auto& own = data.features[movie_id];
  for (const std::string& value : values) own.push_back(std::string(family) + ":" + value);
}

void read_movielens_folder(const std::string& folder, const opinion_bounds& wanted, read_opinions& into) {
  into.kind = "MovieLens folder";
  movielens_data found = read_movielens(folder);
  into.odd = std::move(found.odd);
  opinion_reader opinions(into, 4.0, 2.0, wanted);
  for (const auto& rating : found.ratings) opinions.add(std::to_string(rating.user), rating.movie, rating.rating);
  for (const movie& row : found.movies) {
    add_features(into.data, row.movie_id, "genre", row.genres);
    add_features(into.data, row.movie_id, "cast", row.cast);
    add_features(into.data, row.movie_id, "director", row.directors);
    if (row.franchise) add_features(into.data, row.movie_id, "franchise", {*row.franchise});
  }
}

std::vector<std::string> split(const std::string& line, std::string_view by) {
  std::vector<std::string> fields;
  std::size_t from = 0;
  for (std::size_t at = line.find(by); at != std::string::npos; at = line.find(by, from)) {
    fields.push_back(line.substr(from, at - from));
    from = at + by.size();
  }
  fields.push_back(line.substr(from));
  if (!fields.back().empty() && fields.back().back() == '\r') fields.back().pop_back();
  return fields;
}

/// Files without titles: what fields there are is known.
template <class Visit>
void each_line(const fs::path& file, std::string_view by, std::size_t fewest, read_opinions& into, Visit visit) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw failure(exit_code::usage, "cannot read " + file.string());
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const auto fields = split(line, by);
    std::string why;
    if (fields.size() < fewest)
      why = std::to_string(fields.size()) + " fields instead of " + std::to_string(fewest);
    else
      why = visit(fields);
    if (!why.empty()) into.odd.push_back({file.filename().string(), number, why});
  }
}

template <class Number>
std::optional<Number> number_in(const std::string& text) {
  Number value{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

void read_rating_lines(const fs::path& file, std::string_view by, opinion_reader& opinions, read_opinions& into) {
  each_line(file, by, 3, into, [&](const std::vector<std::string>& fields) -> std::string {
    const auto movie_id = number_in<id>(fields[1]);
    const auto rating = number_in<double>(fields[2]);
    if (!movie_id || !rating) return "movie \"" + fields[1] + "\", rating \"" + fields[2] + "\" are no numbers";
    opinions.add(fields[0], *movie_id, *rating);
    return "";
  });
}

void read_one_million(const fs::path& folder, const opinion_bounds& wanted, read_opinions& into) {
  into.kind = "MovieLens 1M folder";
  opinion_reader opinions(into, 4.0, 2.0, wanted);
  read_rating_lines(folder / "ratings.dat", "::", opinions, into);
  if (!fs::is_regular_file(folder / "movies.dat")) return;
  each_line(folder / "movies.dat", "::", 3, into, [&](const std::vector<std::string>& fields) -> std::string {
    const auto movie_id = number_in<id>(fields[0]);
    if (!movie_id) return "movie \"" + fields[0] + "\" is no number";
    add_features(into.data, *movie_id, "genre", split_names(fields[2]));
    return "";
  });
}

/// u.item: 5 fields, then a 0 or 1 for each of these.
constexpr std::array genres_of_100k = {"unknown",   "Action",   "Adventure",   "Animation", "Children's",
                                       "Comedy",    "Crime",    "Documentary", "Drama",     "Fantasy",
                                       "Film-Noir", "Horror",   "Musical",     "Mystery",   "Romance",
                                       "Sci-Fi",    "Thriller", "War",         "Western"};

void read_hundred_thousand(const fs::path& folder, const opinion_bounds& wanted, read_opinions& into) {
  into.kind = "MovieLens 100K folder";
  opinion_reader opinions(into, 4.0, 2.0, wanted);
  read_rating_lines(folder / "u.data", "\t", opinions, into);
  if (!fs::is_regular_file(folder / "u.item")) return;
  constexpr std::size_t first = 5;
  each_line(folder / "u.item", "|", first + genres_of_100k.size(), into,
            [&](const std::vector<std::string>& fields) -> std::string {
              const auto movie_id = number_in<id>(fields[0]);
              if (!movie_id) return "movie \"" + fields[0] + "\" is no number";
              std::vector<std::string> genres;
              for (std::size_t k = 0; k < genres_of_100k.size(); ++k)
                if (fields[first + k] == "1") genres.emplace_back(genres_of_100k[k]);
              add_features(into.data, *movie_id, "genre", genres);
              return "";
            });
}

std::optional<double> value_in(const std::string& text) {
  if (text == "true" || text == "True") return 1.0;
  if (text == "false" || text == "False") return 0.0;
  return number_in<double>(text);
}

void read_csv(const std::string& path, const opinion_bounds& wanted, read_opinions& into) {
  into.kind = "CSV file";
  csv_reader reader(path, into.odd);
  const std::size_t user = reader.column_of({"user_id", "userId", "user"});
  const std::size_t item =
      reader.column_of({"movie_id", "movieId", "item_id", "itemId", "item", "movie", "uri", "video_id"});
  const std::size_t rating = reader.column_of({"rating", "sentiment", "liked"});
  const bool thumbs = !reader.find_column("rating");
  const bool signed_thumbs = thumbs && reader.find_column("sentiment").has_value();
  opinion_reader opinions(into, thumbs ? 1.0 : 4.0, signed_thumbs ? -1.0 : thumbs ? 0.0 : 2.0, wanted);
  numbering items;
  std::vector<std::string> fields;
  while (reader.next(fields)) {
    const auto value = value_in(fields[rating]);
    if (value)
      opinions.add(fields[user], items.of(fields[item]), *value);
    else
      reader.note("rating \"" + fields[rating] + "\" is no number");
  }
}

}  // namespace

read_opinions read_opinions_from(const std::string& path, const opinion_bounds& wanted) {
  read_opinions found;
  const fs::path place(path);
  if (fs::is_regular_file(place / "ratings.csv") && fs::is_regular_file(place / "movies.csv"))
    read_movielens_folder(path, wanted, found);
  else if (fs::is_regular_file(place / "ratings.dat"))
    read_one_million(place, wanted, found);
  else if (fs::is_regular_file(place / "u.data"))
    read_hundred_thousand(place, wanted, found);
  else if (fs::is_regular_file(place))
    read_csv(path, wanted, found);
  else
    throw failure(exit_code::usage, "there is no data set at " + path + "\n" + std::string(opinions_help()));
  return found;
}

std::string_view opinions_help() {
  return R"(Reads DATA, which is one of:
  a MovieLens folder       ratings.csv and movies.csv; cast.csv and franchise.csv if they are there
  a MovieLens 1M folder    ratings.dat; movies.dat if it is there
  a MovieLens 100K folder  u.data; u.item if it is there
  a CSV file with titles   user_id, movie_id (or item_id) and rating, sentiment (-1, 0, 1) or
                           liked (0, 1); ids may be any text
Ratings from 4.0 are likes, up to 2.0 dislikes, what is between is dropped.)";
}

}  // namespace demur::cli
