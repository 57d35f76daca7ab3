#include "domain/json_document.hpp"
#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

/// Objects in objects, `levels` deep.
std::string nested(std::size_t levels) { return times(levels, "{\"a\":") + "1" + times(levels, "}"); }

std::string different_keys(int count) {
  std::string object = "{";
  for (int key = 0; key < count; ++key) object += (key ? ",\"" : "\"") + std::to_string(key) + "\":1";
  return object + "}";
}

double seconds_of(const std::string& message) {
  const auto begin = std::chrono::steady_clock::now();
  static_cast<void>(read_live_request(message, sent_by("ann")));
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reading_hostile_text)

BOOST_AUTO_TEST_CASE(what_is_not_json_is_malformed_and_the_place_is_named) {
  struct malformed {
    std::string body;
    std::string detail;
    std::string found;
  };
  const std::vector<malformed> cases{
      {"", "Not readable as JSON: unexpected end at byte 0.", "the end"},
      {" \n", "Not readable as JSON: unexpected end at byte 2.", "the end"},
      {"{", "Not readable as JSON: unexpected end at byte 1.", "the end"},
      {R"({"movie_title":"A)", "Not readable as JSON: unexpected end at byte 17.", "the end"},
      {R"({"movie_title":"A"} x)", "Not readable as JSON: extra data at byte 20.", "x"},
      {R"({"movie_title":"A"}{})", "Not readable as JSON: extra data at byte 19.", "{}"},
      {R"({"movie_id":1,})", "Not readable as JSON: syntax error at byte 14.", "}"},
      {R"({movie_id:1})", "Not readable as JSON: syntax error at byte 1.", "movie_id:1}"},
      {R"({"predicted_score":NaN})", "Not readable as JSON: syntax error at byte 19.", "NaN}"},
      {R"({"predicted_score":Infinity})", "Not readable as JSON: syntax error at byte 19.", "Infinity}"},
      {R"({"predicted_score":.5})", "Not readable as JSON: syntax error at byte 19.", ".5}"},
      {R"({"movie_id":01})", "Not readable as JSON: syntax error at byte 13.", "1}"},
      {R"({"movie_id":+1})", "Not readable as JSON: syntax error at byte 12.", "+1}"},
      {R"({"movie_id":1 /* one */})", "Not readable as JSON: syntax error at byte 14.", "/* one */}"},
      {"{'movie_id':1}", "Not readable as JSON: syntax error at byte 1.", "'movie_id':1}"},
      {"{\"movie_title\":\"a\nb\"}", "Not readable as JSON: syntax error at byte 17.", "?b\"}"},
  };
  for (const auto& expected : cases) {
    const error met = refusal_of(expected.body);
    BOOST_TEST_CONTEXT(expected.body) {
      BOOST_TEST(http_status(met.code) == 400);
      BOOST_TEST(met.detail == expected.detail);
      BOOST_TEST(met.found == expected.found);
      BOOST_TEST(met.field.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(invalid_utf8_is_refused_wherever_it_stands) {
  for (const std::string bad : {"\x80", "\xFF", "\xC0\xAF", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                "\xF0\x9F\x98", "\xE2\x28\xA1"}) {
    for (const std::string& body : {"{\"movie_title\":\"" + bad + "\"}", "{\"movie_title\":\"\\n" + bad + "\"}",
                                    "{\"" + bad + "\":1}", "{\"movie_id\":1,\"context\":{\"a\":\"" + bad + "\"}}"})
      BOOST_TEST(http_status(refusal_of(body).code) == 400, body);
  }
}

BOOST_AUTO_TEST_CASE(lone_surrogates_are_refused) {
  for (const char* bad : {R"(\ud800)", R"(\udc00)", R"(\ud800\ud800)", R"(\ud800x)", R"(\ud800\n)", R"(\uD83D\u0041)"})
    BOOST_TEST(http_status(refusal_of(R"({"movie_title":")" + std::string(bad) + "\"}").code) == 400, bad);
}

BOOST_AUTO_TEST_CASE(eight_levels_are_read_and_nine_refused) {
  BOOST_TEST(read_one(R"({"movie_id":1,"context":)" + nested(7) + "}").context == nested(7));
  const error met = refusal_of(R"({"movie_id":1,"context":)" + nested(8) + "}");
  BOOST_TEST(http_status(met.code) == 400);
  BOOST_TEST(met.detail == "Not readable as JSON: nested deeper than 8 levels at byte 59.");
  BOOST_TEST(met.allowed == "at most 8 levels");
}

BOOST_AUTO_TEST_CASE(a_megabyte_of_brackets_is_refused_at_the_ninth) {
  const error met = refusal_of(std::string(1'024 * 1'024, '['));
  BOOST_TEST(http_status(met.code) == 400);
  BOOST_TEST(met.detail == "Not readable as JSON: nested deeper than 8 levels at byte 8.");
  BOOST_TEST(met.found == std::string(60, '[') + "...");
}

BOOST_AUTO_TEST_CASE(ten_thousand_equal_keys_are_refused) {
  const std::string body = "[{" + times(9'999, "\"movie_id\":1,") + "\"movie_id\":1}]";
  const auto read = read_dislikes(body, [] {
    read_context context = sent_by("ann");
    context.dislike_limit = 1'024 * 1'024;
    return context;
  }());
  BOOST_TEST_REQUIRE(read.has_value());
  check(problem_of(read->rows.front()), {body, "movie_id", "the same key twice", "every key once"});
}

BOOST_AUTO_TEST_CASE(the_time_for_many_keys_does_not_grow_with_their_square) {
  const std::string rest = R"(,"op":"dislike","dislike":{"movie_id":1}})";
  const double few = seconds_of(R"({"id":)" + different_keys(5'000) + rest) + 1e-3;
  const double many = seconds_of(R"({"id":)" + different_keys(80'000) + rest);
  BOOST_TEST(many < 100.0 * few);
  const std::string twice = different_keys(50'000).insert(1, R"("49999":0,)");
  const auto met = read_live_request(R"({"id":)" + twice + rest, sent_by("ann"));
  check(problem_of(met.dislike), {rest, "id.49999", "the same key twice", "every key once"});
}

BOOST_AUTO_TEST_CASE(numbers_of_a_thousand_digits_are_shown_short) {
  const std::string digits = times(1'000, "9");
  check(refusal_of("{\"movie_id\":" + digits + "}"),
        {digits, "movie_id", times(60, "9") + "...", "an integer from 0 to 9007199254740991"});
  check(refusal_of("{\"movie_id\":1,\"predicted_score\":" + digits + "}"),
        {digits, "predicted_score", times(60, "9") + "...", "a number from 0 to 1"});
  BOOST_TEST(http_status(refusal_of("{\"movie_id\":1,\"predicted_score\":1e" + digits + "}").code) == 400);
}

BOOST_AUTO_TEST_CASE(every_cut_of_a_good_body_is_refused) {
  const std::string body =
      R"({"movie_id":12,"movie_title":"\u00e9\ud83d\ude00","genres":["A","B"],"context":{"a":[1.5e3,true,null]}})";
  BOOST_TEST(read_dislikes(body, sent_by("ann")).has_value());
  for (std::size_t length = 0; length < body.size(); ++length)
    BOOST_TEST(http_status(refusal_of(body.substr(0, length)).code) == 400);
}

BOOST_AUTO_TEST_CASE(every_changed_byte_of_a_good_body_is_read_or_refused_without_harm) {
  const std::string body =
      R"({"movie_id":12,"movie_title":"\u00e9A","cast":["A","\t"],"context":{"a":[1.5e3,true,null]}})";
  for (std::size_t at = 0; at < body.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = body;
      changed[at] = static_cast<char>(byte);
      const auto read = read_dislikes(changed, sent_by("ann"));
      if (!read) BOOST_TEST(!read.problem().detail.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(raw_text_of_values_is_exactly_theirs) {
  json_document document;
  const std::string text = " [ 1.0 ,\"a\\\\\\\"\" , {\"k\" : [ ] , \"l\":{ }} ,\ttrue,false , null,-0e1 ]\n";
  BOOST_TEST_REQUIRE(!document.parse(text).has_value());
  std::vector<std::string> raw;
  const json_value root = document.root();
  for (json_value element = root.first(); element != root.next(); element = element.next())
    raw.emplace_back(element.raw());
  BOOST_TEST((raw == std::vector<std::string>{"1.0", "\"a\\\\\\\"\"", "{\"k\" : [ ] , \"l\":{ }}", "true", "false",
                                              "null", "-0e1"}));
  BOOST_TEST(root.raw() == text.substr(1, text.size() - 2));
  BOOST_TEST(root.first().next().text() == "a\\\"");
}

BOOST_AUTO_TEST_SUITE_END()
