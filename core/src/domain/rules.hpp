#pragma once

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// What api.md allows in a value, each rule with the words that an error says it in. Shared by the JSON readers and by
/// `validate`.
namespace demur::rules {

/// A text's length in characters, and whether it may have lines. Control characters are in none.
struct text {
  std::size_t from;
  std::size_t to;
  bool lines;
  std::string_view allowed;
};
inline constexpr text rollback_reason{0, 500, true, "up to 500 characters, none of them a control character"};
inline constexpr text title{1, 300, false, "1 to 300 characters, none of them a control character"};
inline constexpr std::string_view allowed_without_id = "1 to 300 characters, where no movie_id is given";
inline constexpr text name{1, 100, false, "1 to 100 characters, none of them a control character"};
inline constexpr text comment{0, 2'000, true, "up to 2,000 characters, no control characters but line breaks and tabs"};
/// `value` must be valid UTF-8.
bool obeys(std::string_view value, const text& rule);

struct integers {
  std::int64_t from;
  std::int64_t to;
  std::string_view allowed;
};
inline constexpr std::int64_t max_id = (std::int64_t{1} << 53) - 1;
inline constexpr integers any_id{0, max_id, "an integer from 0 to 9007199254740991"};
inline constexpr integers given_id{1, max_id, "an integer from 1 to 9007199254740991"};
bool obeys(std::int64_t value, const integers& rule);

struct numbers {
  double from;
  double to;
  bool without_from;
  std::string_view allowed;
};
inline constexpr numbers score{0.0, 1.0, false, "a number from 0 to 1"};
inline constexpr numbers propensity{0.0, 1.0, true, "a number above 0 and up to 1"};
inline constexpr numbers stars{0.5, 5.0, false, "a number from 0.5 to 5 in steps of 0.5"};
/// NaN obeys none.
bool obeys(double value, const numbers& rule);
/// Steps of 0.5.
bool is_rating(double value);

/// Of a half-life, or another time that something holds or fades in.
inline constexpr double longest_days = 36'500.0;

inline constexpr std::string_view allowed_reason = "1 to 64 of the characters a-z, 0-9 and _";
bool is_reason(std::string_view value);

struct names {
  std::size_t most;
  std::string_view too_many;
  std::string_view allowed;
};
inline constexpr names features{32, "more than 32 names", "up to 32 different names"};
inline constexpr names directors{8, "more than 8 names", "up to 8 different names"};
/// Appends a name unless it is there already; false if it would be one too many.
bool add_name(std::vector<std::string>& names, std::string_view added, const rules::names& rule = features);

inline constexpr std::size_t max_context = 4'096;
inline constexpr std::string_view allowed_context = "an object of at most 4096 bytes";

inline constexpr std::string_view allowed_time =
    "an RFC 3339 time that is not in the future, like 2026-01-31T12:00:00Z";
/// Of a time that was given: a year that RFC 3339 can name, and not after now.
bool is_past(timestamp value, timestamp now);

inline constexpr std::size_t max_rows = 1'000;
inline constexpr std::string_view allowed_rows = "an array of 1 to 1,000 objects";
inline constexpr std::string_view default_reason = "not_interested";
inline constexpr std::string_view allowed_user = "1 to 128 visible ASCII characters";

/// `bad_value` of a field, with the sentence made of the parts. An empty field: the body as a whole.
error refusal(std::string field, std::string found, std::string_view allowed);
/// `bad_value`: a field that must be there is not.
error missing(std::string field, std::string_view allowed);
/// `no_identity`. `found` empty: nothing.
error no_identity(std::string field, std::string found);
/// `too_large`: one dislike.
error too_large(std::size_t found, std::size_t allowed);

/// 1 to 128 visible ASCII characters.
bool is_visible(std::string_view text);

}  // namespace demur::rules
