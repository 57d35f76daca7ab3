#pragma once

#include "domain/json_read.hpp"
#include "domain/json_write.hpp"

#include <demur/error.hpp>

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

/// What the tests of the readers share.
namespace demur::test {

inline const timestamp noon = parse_time("2026-03-01T12:00:00Z").value();

inline read_context sent_by(std::string user_id) {
  read_context context;
  context.user_id = std::move(user_id);
  context.now = noon;
  return context;
}

/// One dislike of `ann`; fails the test if it is refused.
inline dislike_request read_one(std::string_view body) {
  const auto read = read_dislikes(body, sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value(), (read ? std::string() : read.problem().detail));
  BOOST_TEST_REQUIRE(read->rows.size() == 1U);
  BOOST_TEST_REQUIRE(read->rows.front().has_value());
  return *read->rows.front();
}

template <class T>
error problem_of(const result<T>& read) {
  BOOST_TEST_REQUIRE(!read.has_value());
  return read.problem();
}

inline error refusal_of(std::string_view body) { return problem_of(read_dislikes(body, sent_by("ann"))); }

/// `count` times the same.
inline std::string times(std::size_t count, std::string_view text) {
  std::string all;
  all.reserve(count * text.size());
  for (std::size_t done = 0; done < count; ++done) all.append(text);
  return all;
}

/// What an error must say.
struct expected_error {
  std::string body;
  std::string field;
  std::string found;
  std::string allowed;
};

inline void check(const error& met, const expected_error& expected, error_code code = error_code::bad_value) {
  BOOST_TEST_CONTEXT(expected.body.substr(0, 200)) {
    BOOST_TEST(http_status(met.code) == http_status(code));
    BOOST_TEST(met.field == expected.field);
    BOOST_TEST(met.found == expected.found);
    BOOST_TEST(met.allowed == expected.allowed);
    BOOST_TEST(met.detail.find(expected.field) != std::string::npos);
    BOOST_TEST(met.detail.back() != ' ');
  }
}

}  // namespace demur::test
