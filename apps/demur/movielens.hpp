#pragma once

#include "csv.hpp"

#include <demur/types.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace demur::cli {

/// One line of ratings.csv.
struct movielens_rating {
  std::int64_t user = 0;
  std::int64_t movie = 0;
  double rating = 0.0;
  std::int64_t seconds = 0;  ///< since 1970
};

/// A folder with a MovieLens data set, read whole.
struct movielens_data {
  std::vector<movie> movies;  ///< in the file's order; with cast, franchise and directors where those tables are there
  std::vector<movielens_rating> ratings;  ///< by time, then user, then movie: one order for every run
  std::int64_t with_cast = 0;
  std::int64_t with_franchise = 0;
  std::int64_t with_directors = 0;
  std::vector<odd_line> odd;
  std::vector<std::string> absent;  ///< side tables that are not there

  /// Place in `movies` by movieId.
  std::map<std::int64_t, std::size_t> index() const;
};

/// Reads movies.csv and ratings.csv and, where they lie beside them, cast.csv and franchise.csv. Throws `failure` (usage)
/// if one of the first two is missing or has other columns.
movielens_data read_movielens(const std::string& folder);

/// `Action|Comedy` -> {Action, Comedy}; `(no genres listed)` -> {}
std::vector<std::string> split_names(std::string_view text);

}  // namespace demur::cli
