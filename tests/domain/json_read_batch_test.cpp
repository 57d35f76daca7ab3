#include "domain/digest.hpp"
#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

BOOST_AUTO_TEST_SUITE(reading_a_batch)

BOOST_AUTO_TEST_CASE(a_bad_row_is_an_error_in_its_place) {
  const auto read =
      read_dislikes(R"( [{"movie_id":1}, {"movie_id":1,"predicted_score":2}, 7, {"movie_title":"B"}])", sent_by("ann"));
  BOOST_TEST_REQUIRE(read.has_value());
  BOOST_TEST(read->batch);
  BOOST_TEST_REQUIRE(read->rows.size() == 4U);
  BOOST_TEST(read->rows[0].value().movie_id.value() == 1);
  check(problem_of(read->rows[1]), {"", "predicted_score", "2", "a number from 0 to 1"});
  check(problem_of(read->rows[2]), {"", "", "7", "an object"});
  BOOST_TEST(read->rows[3].value().movie_title == "B");
  BOOST_TEST(read->rows[3].value().user_id == "ann");
}

BOOST_AUTO_TEST_CASE(one_row_in_an_array_is_a_batch_and_alone_it_is_none) {
  BOOST_TEST(read_dislikes(R"([{"movie_id":1}])", sent_by("ann"))->batch);
  BOOST_TEST(!read_dislikes(R"({"movie_id":1})", sent_by("ann"))->batch);
}

BOOST_AUTO_TEST_CASE(a_row_may_name_its_user) {
  const std::string body = R"([{"movie_id":1,"user_id":"bob"},{"movie_id":2},{"movie_id":3,"user_id":null}])";
  const auto known = read_dislikes(body, sent_by("ann"));
  BOOST_TEST(known->rows[0].value().user_id == "bob");
  BOOST_TEST(known->rows[1].value().user_id == "ann");
  BOOST_TEST(known->rows[2].value().user_id == "ann");
  const auto unknown = read_dislikes(body, sent_by(""));
  BOOST_TEST(unknown->rows[0].value().user_id == "bob");
  check(problem_of(unknown->rows[1]), {body, "X-User-ID", "nothing", "1 to 128 visible ASCII characters"},
        error_code::no_identity);
}

BOOST_AUTO_TEST_CASE(a_user_that_cannot_be_one_is_refused) {
  const std::string allowed = "1 to 128 visible ASCII characters";
  const auto read = read_dislikes(R"([{"movie_id":1,"user_id":""},{"movie_id":1,"user_id":"a b"},
      {"movie_id":1,"user_id":"\u00e9"},{"movie_id":1,"user_id":5}])",
                                  sent_by("ann"));
  check(problem_of(read->rows[0]), {"", "user_id", "\"\"", allowed}, error_code::no_identity);
  check(problem_of(read->rows[1]), {"", "user_id", "\"a b\"", allowed}, error_code::no_identity);
  check(problem_of(read->rows[2]), {"", "user_id", "\"\\u00e9\"", allowed}, error_code::no_identity);
  check(problem_of(read->rows[3]), {"", "user_id", "5", allowed});
}

BOOST_AUTO_TEST_CASE(a_batch_holds_one_to_a_thousand_rows) {
  const std::string allowed = "an array of 1 to 1,000 objects";
  check(refusal_of("[]"), {"[]", "", "an array of 0", allowed});
  check(refusal_of("[" + times(1'000, "{\"movie_id\":1},") + "{}]"), {"", "", "an array of 1001", allowed});
  const auto most = read_dislikes("[" + times(999, "{\"movie_id\":1},") + "{\"movie_id\":2}]", sent_by("ann"));
  BOOST_TEST_REQUIRE(most.has_value());
  BOOST_TEST(most->rows.size() == 1'000U);
  BOOST_TEST(most->rows.back().value().movie_id.value() == 2);
}

BOOST_AUTO_TEST_CASE(a_row_over_the_limit_of_one_dislike_is_refused_alone) {
  read_context context = sent_by("ann");
  context.dislike_limit = 30;
  const auto read = read_dislikes(R"([{"movie_id":1},{"movie_title":"0123456789abcdef"}])", context);
  BOOST_TEST(read->rows[0].has_value());
  check(problem_of(read->rows[1]), {"", "", "34 bytes", "at most 30 bytes"}, error_code::too_large);
}

BOOST_AUTO_TEST_CASE(a_row_that_is_not_json_refuses_the_whole) {
  BOOST_TEST(http_status(refusal_of(R"([{"movie_id":1},{"movie_id":}])").code) == 400);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(reading_a_live_message)

BOOST_AUTO_TEST_CASE(the_id_is_kept_as_its_text) {
  for (const char* id : {"7", "\"a\\u0041\"", "null", "[1, {\"a\":2}]", "1.50"}) {
    const std::string message = R"({"op":"dislike","id":)" + std::string(id) + R"(,"dislike":{"movie_id":3}})";
    const auto read = read_live_request(message, sent_by("ann"));
    BOOST_TEST(read.id == id);
    BOOST_TEST(read.dislike.value().movie_id.value() == 3);
    BOOST_TEST(read.dislike.value().user_id == "ann");
  }
  BOOST_TEST(read_live_request(R"({"op":"dislike","dislike":{"movie_id":3}})", sent_by("ann")).id == "null");
}

BOOST_AUTO_TEST_CASE(a_refused_message_keeps_its_id) {
  const auto read = read_live_request(R"({"dislike":{"movie_id":-3},"op":"dislike","id":4})", sent_by("ann"));
  BOOST_TEST(read.id == "4");
  check(problem_of(read.dislike), {"", "dislike.movie_id", "-3", "an integer from 0 to 9007199254740991"});
  BOOST_TEST(read_live_request("{\"id\":4", sent_by("ann")).id == "null");
  BOOST_TEST(http_status(problem_of(read_live_request("{\"id\":4", sent_by("ann")).dislike).code) == 400);
}

BOOST_AUTO_TEST_CASE(what_a_message_must_have_is_named) {
  const std::vector<expected_error> cases{
      {R"([1])", "", "[1]", "an object"},
      {R"({"dislike":{"movie_id":3}})", "op", "nothing", "\"dislike\""},
      {R"({"op":"like","dislike":{"movie_id":3}})", "op", "\"like\"", "\"dislike\""},
      {R"({"op":"dislike"})", "dislike", "nothing", "an object"},
      {R"({"op":"dislike","dislike":null})", "dislike", "null", "an object"},
      {R"({"op":"dislike","dislikes":{}})", "dislikes", "\"dislikes\"", "dislike"},
      {R"({"op":"dislike","dislike":{"movie_id":3,"genres":["A",7]}})", "dislike.genres[1]", "7",
       "1 to 100 characters, none of them a control character"},
      {R"({"op":"dislike","dislike":{"movie_id":3,"user_id":"bob"}})", "dislike.user_id", "\"user_id\"",
       "the user in the header X-User-ID"},
      {R"({"op":"dislike","id":{"a":1,"a":2},"dislike":{"movie_id":3}})", "id.a", "the same key twice",
       "every key once"},
      {R"({"op":"dislike","user_id":"bob","dislike":{"movie_id":3}})", "user_id", "\"bob\"",
       "the user of the connection, or none"},
  };
  for (const auto& expected : cases)
    check(problem_of(read_live_request(expected.body, sent_by("ann")).dislike), expected);
}

BOOST_AUTO_TEST_CASE(the_user_is_that_of_the_connection_or_where_it_has_none_of_the_message) {
  const std::string named = R"({"op":"dislike","user_id":"ann","dislike":{"movie_id":3}})";
  const std::string nameless = R"({"op":"dislike","dislike":{"movie_id":3}})";
  BOOST_TEST(read_live_request(named, sent_by("")).dislike.value().user_id == "ann");
  BOOST_TEST(read_live_request(named, sent_by("ann")).dislike.value().user_id == "ann");
  check(problem_of(read_live_request(nameless, sent_by("")).dislike),
        {nameless, "user_id", "nothing", "1 to 128 visible ASCII characters"}, error_code::no_identity);
}

BOOST_AUTO_TEST_CASE(a_key_comes_with_the_digest_of_the_dislike_alone) {
  const auto keyed = [](const std::string& rest) {
    return read_live_request(R"({"op":"dislike","dislike":{"movie_id":3})" + rest, sent_by("ann"));
  };
  const auto first = keyed(R"(,"id":1,"idempotency_key":"k"})");
  BOOST_TEST(first.idempotency_key == "k");
  BOOST_TEST(first.body_digest == digest(R"({"movie_id":3})"));
  BOOST_TEST(keyed(R"(,"id":2,"idempotency_key":"k"})").body_digest == first.body_digest);
  BOOST_TEST(keyed("}").idempotency_key == "");
  BOOST_TEST(keyed(R"(,"idempotency_key":null})").idempotency_key == "");
  for (const char* bad : {R"("")", R"("a b")", "7"}) {
    const auto refused = keyed(R"(,"idempotency_key":)" + std::string(bad) + "}");
    BOOST_TEST(problem_of(refused.dislike).field == "idempotency_key");
  }
}

BOOST_AUTO_TEST_CASE(a_dislike_over_its_limit_is_too_large_here_too) {
  read_context context = sent_by("ann");
  context.dislike_limit = 10;
  const auto read = read_live_request(R"({"op":"dislike","id":1,"dislike":{"movie_id":3}})", context);
  check(problem_of(read.dislike), {"", "", "14 bytes", "at most 10 bytes"}, error_code::too_large);
  BOOST_TEST(read.id == "1");
}

BOOST_AUTO_TEST_SUITE_END()
