#include "domain/reading.hpp"
#include "domain/rules.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

BOOST_AUTO_TEST_SUITE(reading_a_dislike)

BOOST_AUTO_TEST_CASE(the_example_of_the_seed_is_read_whole) {
  const auto read = read_one(R"({"movie_id": 12345, "movie_title": "Movie Title", "recommendation_set_id": 456,
    "predicted_score": 0.75, "reason": "wrong_genre", "feedback_text": "Not my type of movie",
    "genres": ["Action", "Sci-Fi"], "cast": ["Actor 1", "Actor 2"]})");
  dislike_request expected;
  expected.user_id = "ann";
  expected.movie_id = 12345;
  expected.movie_title = "Movie Title";
  expected.recommendation_set_id = 456;
  expected.predicted_score = 0.75;
  expected.reason = "wrong_genre";
  expected.feedback_text = "Not my type of movie";
  expected.genres = {"Action", "Sci-Fi"};
  expected.cast = {"Actor 1", "Actor 2"};
  BOOST_TEST((read == expected));
}

BOOST_AUTO_TEST_CASE(a_title_alone_is_enough_and_means_not_interested) {
  const auto read = read_one(R"({"movie_title":"Heat"})");
  BOOST_TEST(read.movie_title == "Heat");
  BOOST_TEST(read.reason == "not_interested");
  BOOST_TEST(!read.movie_id.has_value());
  BOOST_TEST(!read.predicted_score.has_value());
  BOOST_TEST(!read.feedback_text.has_value());
  BOOST_TEST(!read.created_at.has_value());
  BOOST_TEST(read.context.empty());
}

BOOST_AUTO_TEST_CASE(an_id_alone_is_enough_for_now) {
  const auto read = read_one(R"({"movie_id":0})");
  BOOST_TEST(read.movie_id.value() == 0);
  BOOST_TEST(read.movie_title.empty());
}

BOOST_AUTO_TEST_CASE(null_says_the_same_as_leaving_out) {
  const auto read = read_one(R"({"movie_title": "Heat", "movie_id": null, "recommendation_set_id": null,
    "predicted_score": null, "reason": null, "feedback_text": null, "genres": null, "cast": null, "franchise": null,
    "context": null, "created_at": null})");
  BOOST_TEST((read == read_one(R"({"movie_title": "Heat"})")));
}

BOOST_AUTO_TEST_CASE(repeated_names_count_once) {
  const auto read =
      read_one(R"({"movie_title":"A","genres":["Drama","Action","Drama","Dr\u0061ma"],"cast":["B","B"]})");
  BOOST_TEST((read.genres == std::vector<std::string>{"Drama", "Action"}));
  BOOST_TEST((read.cast == std::vector<std::string>{"B"}));
  BOOST_TEST(read_one(R"({"movie_title":"A","genres":[)" + times(4'999, "\"x\",") + "\"x\"]}").genres.size() == 1U);
}

BOOST_AUTO_TEST_CASE(escapes_become_the_characters_they_stand_for) {
  const auto read = read_one(R"({"movie_\u0074itle":"\"\\\/ \u00e9\u20ac\ud83d\ude00","feedback_text":"a\n\tb\r\n"})");
  BOOST_TEST(read.movie_title == "\"\\/ \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  BOOST_TEST(read.feedback_text.value() == "a\n\tb\r\n");
}

BOOST_AUTO_TEST_CASE(a_context_is_kept_byte_for_byte) {
  const std::string context = "{ \"b\":\t1.50e1,\n  \"a\": [\"\\u00e9\", {} ,null] }";
  BOOST_TEST(read_one(R"({"movie_title":"A" , "context" : )" + context + " }").context == context);
  BOOST_TEST(read_one(R"({"con\u0074ext":)" + context + R"(,"movie_title":"A"})").context == context);
  BOOST_TEST(read_one(R"({"context":{},"movie_title":"A"})").context == "{}");
}

BOOST_AUTO_TEST_CASE(limits_are_counted_in_characters) {
  const std::string title = times(300, "\xC3\xA9");
  BOOST_TEST(read_one(R"({"movie_title":")" + title + "\"}").movie_title == title);
  const std::string text = times(2'000, "\xF0\x9F\x98\x80");
  BOOST_TEST(read_one(R"({"movie_id":1,"feedback_text":")" + text + "\"}").feedback_text.value() == text);
  const std::string padding = times(rules::max_context - 8, "x");
  BOOST_TEST(read_one(R"({"movie_id":1,"context":{"a":")" + padding + "\"}}").context.size() == rules::max_context);
}

BOOST_AUTO_TEST_CASE(numbers_are_read_exactly) {
  const auto score = [](const std::string& text) {
    return read_one(R"({"movie_id":1,"predicted_score":)" + text + "}").predicted_score.value();
  };
  BOOST_TEST(score("0.1") == 0.1);
  BOOST_TEST(score("0.30000000000000004") == 0.30000000000000004);
  BOOST_TEST(score("0.9999999999999999") == 0.9999999999999999);
  BOOST_TEST(score("7.2057594037927933e-1") == 0.72057594037927933);
  BOOST_TEST(score("1") == 1.0);
  BOOST_TEST(score("1E0") == 1.0);
  BOOST_TEST(score("0") == 0.0);
  BOOST_TEST(!std::signbit(score("-0.0")));
  BOOST_TEST(score("1e-400") == 0.0);
  BOOST_TEST(score("0." + times(1'000, "3")) == 1.0 / 3.0);
  BOOST_TEST(score("0." + times(1'000, "0") + "1") == 0.0);
  BOOST_TEST(read_one(R"({"movie_id":9007199254740991})").movie_id.value() == 9'007'199'254'740'991);
  BOOST_TEST(read_one(R"({"movie_id":-0})").movie_id.value() == 0);
}

BOOST_AUTO_TEST_CASE(a_time_of_any_offset_becomes_utc) {
  const auto read = read_one(R"({"movie_id":1,"created_at":"2026-03-01T13:30:00.25+02:00"})");
  BOOST_TEST(format_time(read.created_at.value()) == "2026-03-01T11:30:00.250Z");
  BOOST_TEST((read_one(R"({"movie_id":1,"created_at":"2026-03-01T12:00:00Z"})").created_at == noon));
}

BOOST_AUTO_TEST_CASE(a_wrong_type_names_field_found_and_allowed) {
  const std::string any_id = "an integer from 0 to 9007199254740991";
  const std::string title = "1 to 300 characters, none of them a control character";
  const std::string name = "1 to 100 characters, none of them a control character";
  const std::string reason = "1 to 64 of the characters a-z, 0-9 and _";
  const std::string whole = "an object, or an array of 1 to 1,000 objects";
  const std::vector<expected_error> cases{
      {"42", "", "42", whole},
      {R"("text")", "", "\"text\"", whole},
      {"null", "", "null", whole},
      {R"({"movie_title": 5})", "movie_title", "5", title},
      {R"({"movie_title": ["A"]})", "movie_title", "[\"A\"]", title},
      {R"({"movie_id": "12"})", "movie_id", "\"12\"", any_id},
      {R"({"movie_id": true})", "movie_id", "true", any_id},
      {R"({"movie_id": 5.0})", "movie_id", "5.0", any_id},
      {R"({"movie_id": 1E2})", "movie_id", "1E2", any_id},
      {R"({"movie_id": [1]})", "movie_id", "[1]", any_id},
      {R"({"movie_id":1,"reason": 7})", "reason", "7", reason},
      {R"({"movie_id":1,"genres": "Drama"})", "genres", "\"Drama\"", "an array of names"},
      {R"({"movie_id":1,"genres": {"a": 1}})", "genres", "{\"a\": 1}", "an array of names"},
      {R"({"movie_id":1,"genres": ["Drama", 1]})", "genres[1]", "1", name},
      {R"({"movie_id":1,"cast": ["A", "B", null]})", "cast[2]", "null", name},
      {R"({"movie_id":1,"franchise": ["Saw"]})", "franchise", "[\"Saw\"]", name},
      {R"({"movie_id":1,"context": "{}"})", "context", "\"{}\"", "an object of at most 4096 bytes"},
      {R"({"movie_id":1,"context": [1]})", "context", "[1]", "an object of at most 4096 bytes"},
      {R"({"movie_id":1,"feedback_text": false})", "feedback_text", "false",
       "up to 2,000 characters, no control characters but line breaks and tabs"},
      {R"({"movie_id":1,"predicted_score": "0.5"})", "predicted_score", "\"0.5\"", "a number from 0 to 1"},
      {R"({"movie_id":1,"created_at": 1700000000})", "created_at", "1700000000", std::string(rules::allowed_time)},
  };
  for (const auto& expected : cases) check(refusal_of(expected.body), expected);
}

BOOST_AUTO_TEST_CASE(a_value_out_of_range_names_field_found_and_allowed) {
  const std::string any_id = "an integer from 0 to 9007199254740991";
  const std::string score = "a number from 0 to 1";
  const std::string reason = "1 to 64 of the characters a-z, 0-9 and _";
  const std::string time(rules::allowed_time);
  const std::vector<expected_error> cases{
      {R"({"movie_id": -1})", "movie_id", "-1", any_id},
      {R"({"movie_id": 9007199254740992})", "movie_id", "9007199254740992", any_id},
      {R"({"movie_id": 18446744073709551616})", "movie_id", "18446744073709551616", any_id},
      {R"({"movie_id": 1, "recommendation_set_id": -7})", "recommendation_set_id", "-7", any_id},
      {R"({"movie_id":1,"predicted_score": 1.0000000000000002})", "predicted_score", "1.0000000000000002", score},
      {R"({"movie_id":1,"predicted_score": -0.1})", "predicted_score", "-0.1", score},
      {R"({"movie_id":1,"predicted_score": 1e400})", "predicted_score", "1e400", score},
      {R"({"movie_id":1,"predicted_score": -1e400})", "predicted_score", "-1e400", score},
      {R"({"movie_id":1,"reason": ""})", "reason", "\"\"", reason},
      {R"({"movie_id":1,"reason": "Wrong Genre"})", "reason", "\"Wrong Genre\"", reason},
      {R"({"movie_id":1,"reason": ")" + times(65, "a") + "\"}", "reason", "\"" + times(59, "a") + "... (65 characters)",
       reason},
      {R"({"movie_id":1,"created_at": "2026-03-01T12:00:00.001Z"})", "created_at", "\"2026-03-01T12:00:00.001Z\"",
       time},
      {R"({"movie_id":1,"created_at": "yesterday"})", "created_at", "\"yesterday\"", time},
      {R"({"movie_id":1,"created_at": "2026-02-29T12:00:00Z"})", "created_at", "\"2026-02-29T12:00:00Z\"", time},
      {R"({})", "movie_title", "nothing", "1 to 300 characters, where no movie_id is given"},
      {R"({"movie_title": null})", "movie_title", "nothing", "1 to 300 characters, where no movie_id is given"},
  };
  for (const auto& expected : cases) check(refusal_of(expected.body), expected);
}

BOOST_AUTO_TEST_CASE(a_text_that_is_too_long_or_holds_control_characters_is_refused) {
  const std::string title = "1 to 300 characters, none of them a control character";
  const std::string name = "1 to 100 characters, none of them a control character";
  const std::string comment = "up to 2,000 characters, no control characters but line breaks and tabs";
  std::string names = R"({"movie_id":1,"cast":[)";
  for (int count = 0; count < 33; ++count) names += (count ? ",\"" : "\"") + std::to_string(count) + "\"";
  const std::string wide = R"({"a":")" + times(rules::max_context - 7, "x") + "\"}";
  const std::vector<expected_error> cases{
      {R"({"movie_title":""})", "movie_title", "\"\"", title},
      {R"({"movie_title":")" + times(301, "a") + "\"}", "movie_title", "\"" + times(59, "a") + "... (301 characters)",
       title},
      {R"({"movie_title":")" + times(301, "\xC3\xA9") + "\"}", "movie_title",
       "\"" + times(59, "\xC3\xA9") + "... (301 characters)", title},
      {R"({"movie_title":"a\nb"})", "movie_title", R"("a\nb")", title},
      {R"({"movie_title":"a\u0000b"})", "movie_title", R"("a\u0000b")", title},
      {"{\"movie_title\":\"a\x7F"
       "b\"}",
       "movie_title", "\"a?b\"", title},
      {R"({"movie_id":1,"genres":["A",""]})", "genres[1]", "\"\"", name},
      {R"({"movie_id":1,"genres":["A","B","\t"]})", "genres[2]", R"("\t")", name},
      {R"({"movie_id":1,"franchise":""})", "franchise", "\"\"", name},
      {R"({"movie_id":1,"franchise":"\u001f"})", "franchise", R"("\u001f")", name},
      {R"({"movie_id":1,"feedback_text":"\u0000"})", "feedback_text", R"("\u0000")", comment},
      {R"({"movie_id":1,"feedback_text":")" + times(2'001, "b") + "\"}", "feedback_text",
       "\"" + times(59, "b") + "... (2001 characters)", comment},
      {names + "]}", "cast", "more than 32 names", "up to 32 different names"},
      {R"({"movie_id":1,"context":)" + wide + "}", "context", wide.substr(0, 60) + "...",
       "an object of at most 4096 bytes"},
  };
  for (const auto& expected : cases) check(refusal_of(expected.body), expected);
}

BOOST_AUTO_TEST_CASE(an_unknown_key_is_refused_and_the_nearest_known_one_named) {
  const std::string all =
      "movie_id, movie_title, recommendation_set_id, predicted_score, reason, feedback_text, genres, "
      "cast, franchise, context, created_at";
  const std::vector<expected_error> cases{
      {R"({"movie_title":"A","genre":["B"]})", "genre", "\"genre\"", "genres"},
      {R"({"movie_title":"A","predicted_scroe":0.5})", "predicted_scroe", "\"predicted_scroe\"", "predicted_score"},
      {R"({"title":"A"})", "title", "\"title\"", all},
      {R"({"":1})", "", "\"\"", all},
      {R"({"movie_title":"A","user_id":"bob"})", "user_id", "\"user_id\"", "the user in the header X-User-ID"},
      {R"({"movie_title":"A","x\u0000":1})", "x?", R"("x\u0000")", all},
  };
  for (const auto& expected : cases) check(refusal_of(expected.body), expected);
  BOOST_TEST(refusal_of(R"({"genre":[]})").detail == "There is no field genre; did you mean genres?");
}

BOOST_AUTO_TEST_CASE(a_key_that_is_there_twice_is_refused) {
  const std::vector<expected_error> cases{
      {R"({"movie_title":"A","movie_title":"B"})", "movie_title", "the same key twice", "every key once"},
      {R"({"movie_id":1,"reason":null,"re\u0061son":null})", "reason", "the same key twice", "every key once"},
      {R"({"movie_id":1,"context":{"a":1,"b":2,"a":3}})", "context.a", "the same key twice", "every key once"},
      {R"({"movie_id":1,"context":{"a":[{"b":2,"\u0062":3}]}})", "context.b", "the same key twice", "every key once"},
  };
  for (const auto& expected : cases) check(refusal_of(expected.body), expected);
}

BOOST_AUTO_TEST_CASE(without_a_user_there_is_no_identity_whatever_the_body_says) {
  for (const char* body : {R"({"movie_title":"A"})", R"({"movie_title":"A","user_id":"bob"})", "rubbish"})
    check(problem_of(read_dislikes(body, sent_by(""))),
          {body, "X-User-ID", "nothing", "1 to 128 visible ASCII characters"}, error_code::no_identity);
}

BOOST_AUTO_TEST_CASE(a_dislike_over_its_limit_is_too_large) {
  const std::string body = R"({"movie_title":"A"})";
  read_context context = sent_by("ann");
  context.dislike_limit = body.size();
  BOOST_TEST(read_dislikes(body, context).has_value());
  check(problem_of(read_dislikes(body + " ", context)), {body, "", "20 bytes", "at most 19 bytes"},
        error_code::too_large);
  const std::string wide = R"({"movie_title":")" + times(64 * 1'024, "a") + "\"}";
  BOOST_TEST(http_status(refusal_of(wide).code) == 413);
}

BOOST_AUTO_TEST_SUITE_END()
