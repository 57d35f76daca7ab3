#pragma once

#include <demur/types.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace demur::cli {

/// Requests as JSON, from the value types of the house. Fields without content are left out.

/// with_user: the row names its user itself, as rows of a batch and messages of a socket may.
boost::json::object dislike_json(const dislike_request& dislike, bool with_user = false);
boost::json::object movie_json(const movie& row);
boost::json::object rating_json(const user_rating& rating);
boost::json::array names_json(const std::vector<std::string>& names);

/// RFC 3339 UTC with milliseconds.
std::string time_text(timestamp value);

/// `2026-11-22T23:34:32.000Z` -> `2026-11-22 23:34:32`, for tables.
std::string short_time(std::string_view rfc3339);

}  // namespace demur::cli
