#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

dislike_request good() {
  dislike_request request;
  request.user_id = "ann";
  request.movie_id = 12;
  request.movie_title = "Heat";
  request.reason = "wrong_genre";
  request.genres = {"Action", "Drama"};
  return request;
}

struct bad_request {
  std::function<void(dislike_request&)> spoil;
  std::string field;
  std::string found;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(validating_a_request_that_was_no_json)

BOOST_AUTO_TEST_CASE(a_good_one_stays_as_it_is) { BOOST_TEST((validate(good(), noon).value() == good())); }

BOOST_AUTO_TEST_CASE(its_normal_form_is_that_of_the_reader) {
  dislike_request request = good();
  request.reason.clear();
  request.genres = {"Drama", "Action", "Drama"};
  request.cast = std::vector<std::string>(500, "A");
  request.context = "{\"a\": 1}";
  request.created_at = noon;
  const auto read = validate(request, noon);
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->reason == "not_interested");
  BOOST_TEST((read->genres == std::vector<std::string>{"Drama", "Action"}));
  BOOST_TEST((read->cast == std::vector<std::string>{"A"}));
  BOOST_TEST(read->context == "{\"a\": 1}");
}

BOOST_AUTO_TEST_CASE(the_rules_are_those_of_the_reader) {
  const std::string nine_levels = times(9, "{\"a\":") + "1" + times(9, "}");
  const std::vector<bad_request> cases{
      {[](auto& r) { r.movie_id = -1; }, "movie_id", "-1"},
      {[](auto& r) { r.movie_id = std::int64_t{1} << 53; }, "movie_id", "9007199254740992"},
      {[](auto& r) { r.recommendation_set_id = -2; }, "recommendation_set_id", "-2"},
      {[](auto& r) { r.movie_title = times(301, "a"); }, "movie_title",
       "\"" + times(60, "a") + "...\" (301 characters)"},
      {[](auto& r) { r.movie_title = "a\nb"; }, "movie_title", "\"a?b\""},
      {[](auto& r) { r.movie_title = "a\xFF"; }, "movie_title", "\"a?\""},
      {[](auto& r) { r.movie_title.clear(), r.movie_id.reset(); }, "movie_title", "nothing"},
      {[](auto& r) { r.predicted_score = 1.5; }, "predicted_score", "1.500000"},
      {[](auto& r) { r.predicted_score = std::numeric_limits<double>::quiet_NaN(); }, "predicted_score", "nan"},
      {[](auto& r) { r.reason = "Wrong"; }, "reason", "\"Wrong\""},
      {[](auto& r) { r.feedback_text = times(2'001, "b"); }, "feedback_text",
       "\"" + times(60, "b") + "...\" (2001 characters)"},
      {[](auto& r) {
         r.genres = {"A", ""};
       },
       "genres[1]", "\"\""},
      {[](auto& r) {
         for (int i = 0; i < 33; ++i) r.cast.push_back(std::to_string(i));
       },
       "cast", "more than 32 names"},
      {[](auto& r) { r.franchise = ""; }, "franchise", "\"\""},
      {[](auto& r) { r.context = "[1]"; }, "context", "\"[1]\""},
      {[](auto& r) { r.context = "{"; }, "context", "\"{\""},
      {[](auto& r) { r.context = "{\"a\":1,\"a\":1}"; }, "context", "\"{\"a\":1,\"a\":1}\""},
      {[&](auto& r) { r.context = nine_levels; }, "context", "\"" + nine_levels + "\""},
      {[](auto& r) { r.context = "{}" + times(4'095, " "); }, "context",
       "\"{}" + times(58, " ") + "...\" (4097 characters)"},
      {[](auto& r) { r.created_at = noon + std::chrono::milliseconds{1}; }, "created_at", "2026-03-01T12:00:00.001Z"},
      {[](auto& r) { r.created_at = timestamp::min(); }, "created_at", "0000-01-01T00:00:00.000Z"},
  };
  for (const auto& expected : cases) {
    dislike_request request = good();
    expected.spoil(request);
    const error met = problem_of(validate(request, noon));
    BOOST_TEST_CONTEXT(expected.field << " " << expected.found) {
      BOOST_TEST(http_status(met.code) == 422);
      BOOST_TEST(met.field == expected.field);
      BOOST_TEST(met.found == expected.found);
      BOOST_TEST(!met.allowed.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(without_a_user_there_is_no_identity) {
  dislike_request request = good();
  request.user_id.clear();
  check(problem_of(validate(request, noon)), {"", "user_id", "nothing", "1 to 128 visible ASCII characters"},
        error_code::no_identity);
}

BOOST_AUTO_TEST_CASE(a_user_is_named_by_1_to_128_visible_characters) {
  const std::string allowed = "1 to 128 visible ASCII characters";
  for (const std::string& good_id : {std::string("a"), std::string("!~"), std::string(128, 'x'), std::string("7")})
    BOOST_TEST(check_user_id(good_id).has_value());
  check(problem_of(check_user_id("")), {"", "X-User-ID", "nothing", allowed}, error_code::no_identity);
  check(problem_of(check_user_id("a b")), {"", "X-User-ID", "\"a b\"", allowed}, error_code::no_identity);
  check(problem_of(check_user_id("a\x7F")), {"", "X-User-ID", "\"a?\"", allowed}, error_code::no_identity);
  check(problem_of(check_user_id("\xC3\xA9")), {"", "X-User-ID", "\"\xC3\xA9\"", allowed}, error_code::no_identity);
  check(problem_of(check_user_id(std::string(129, 'x'))),
        {"", "X-User-ID", "\"" + std::string(60, 'x') + "...\" (129 characters)", allowed}, error_code::no_identity);
}

BOOST_AUTO_TEST_CASE(an_idempotency_key_is_1_to_128_visible_characters) {
  BOOST_TEST(check_idempotency_key(std::string(128, 'k')).has_value());
  const std::string allowed = "1 to 128 visible ASCII characters";
  check(problem_of(check_idempotency_key("")), {"", "Idempotency-Key", "empty", allowed});
  check(problem_of(check_idempotency_key("a\tb")), {"", "Idempotency-Key", "\"a?b\"", allowed});
}

BOOST_AUTO_TEST_SUITE_END()
