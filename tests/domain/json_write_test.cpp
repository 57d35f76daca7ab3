#include "domain/json_writer.hpp"
#include "domain/reading.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

std::string text_json(std::string_view text) {
  json_writer out;
  out.value(text);
  return out.take();
}

receipt small_receipt() {
  receipt made;
  made.dislike_id = 41;
  made.user_id = "ann";
  made.example_id = 41;
  made.weight = 0.8;
  made.adjustments.push_back({42, 41, 3, "genre_weight", "genre:Horror", -0.15, noon, 1.0, 0.85});
  made.filtered = true;
  made.patterns.push_back({43, "ann", "genre", "Horror", 3, severity::high, noon});
  made.retraining_triggered = true;
  made.model_version_id = 3;
  return made;
}

const std::string small_receipt_json =
    R"({"dislike_id":41,"user_id":"ann","example_id":41,"weight":0.8,"strategy":"","strategy_version":"",)"
    R"("adjustments":[{"impact_id":42,)"
    R"("impact_type":"genre_weight","feature_affected":"genre:Horror","adjustment_magnitude":-0.15,"weight_before":1,)"
    R"("weight_after":0.85}],"adjustment_pending":false,"filtered":true,"patterns":[{"pattern_id":43,"user_id":"ann","pattern_type":"genre",)"
    R"("pattern_value":"Horror","frequency":3,"severity":"high","identified_at":"2026-03-01T12:00:00.000Z"}],)"
    R"("retraining_triggered":true,"model_version_id":3})";

}  // namespace

BOOST_AUTO_TEST_SUITE(writing_values)

BOOST_AUTO_TEST_CASE(numbers_are_short_and_without_exponent_where_people_write_none) {
  const std::vector<std::pair<double, std::string>> cases{
      {0.0, "0"},
      {-0.0, "0"},
      {1.0, "1"},
      {-1.0, "-1"},
      {0.85, "0.85"},
      {0.1 + 0.2, "0.30000000000000004"},
      {0.123456789, "0.123456789"},
      {0.9999999999, "0.9999999999"},
      {12.000000001, "12.000000001"},
      {999'999.999999999, "999999.999999999"},
      {1'000'000.5, "1000000.5"},
      {1e-5, "0.00001"},
      {1.5e-5, "0.000015"},
      {100'000.0, "100000"},
      {123'456'789'012'345.0, "123456789012345"},
      {999'999'999'999'999.9, "999999999999999.9"},
      {1e15, "1e+15"},
      {9.9e-6, "9.9e-06"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {std::numeric_limits<double>::infinity(), "null"},
      {std::numeric_limits<double>::quiet_NaN(), "null"},
  };
  for (const auto& [value, text] : cases) BOOST_TEST(number_text(value) == text);
}

BOOST_AUTO_TEST_CASE(nine_decimals_are_rounded_and_what_is_out_of_their_range_is_written_as_it_is) {
  const auto written_as = [](double value) {
    json_writer out;
    return out.nine_decimals(value).take();
  };
  BOOST_TEST(written_as(0.0) == "0");
  BOOST_TEST(written_as(1.0) == "1");
  BOOST_TEST(written_as(0.78625000000000012) == "0.78625");
  BOOST_TEST(written_as(2.0 / 3.0) == "0.666666667");
  BOOST_TEST(written_as(1e-10) == "0");
  BOOST_TEST(written_as(999'999.9999999999) == "1000000");
  BOOST_TEST(written_as(1'000'000.25) == "1000000.25");
  BOOST_TEST(written_as(-0.1) == "-0.1");
  BOOST_TEST(written_as(std::numeric_limits<double>::quiet_NaN()) == "null");
}

BOOST_AUTO_TEST_CASE(a_writer_begins_anew_after_its_text_was_taken) {
  json_writer out(4);
  BOOST_TEST(out.open_array().value("a long text").value(1).close_array().take() == R"(["a long text",1])");
  BOOST_TEST(out.open_array().value(2).value("a long text again").close_array().take() == R"([2,"a long text again"])");
}

BOOST_AUTO_TEST_CASE(text_is_escaped_where_it_must_be_and_nowhere_else) {
  BOOST_TEST(text_json("") == "\"\"");
  BOOST_TEST(text_json("a \"b\" \\ /") == R"("a \"b\" \\ /")");
  BOOST_TEST(text_json("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  BOOST_TEST(text_json(std::string("\0\x01\x1F", 3)) == R"("\u0000\u0001\u001f")");
  BOOST_TEST(text_json("\x7F\xC3\xA9\xF0\x9F\x98\x80") == "\"\x7F\xC3\xA9\xF0\x9F\x98\x80\"");
  for (std::size_t at = 0; at < 20; ++at) {
    std::string text(20, 'x');
    text[at] = '"';
    BOOST_TEST(text_json(text) == "\"" + text.substr(0, at) + "\\\"" + text.substr(at + 1) + "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_utf8_is_written_as_the_replacement_character) {
  BOOST_TEST(text_json("a\xFF"
                       "b") ==
             "\"a\xEF\xBF\xBD"
             "b\"");
  BOOST_TEST(text_json("12345678\xE2\x82") == "\"12345678\xEF\xBF\xBD\xEF\xBF\xBD\"");
  BOOST_TEST(text_json("\xED\xA0\x80") == "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(writing_answers)

BOOST_AUTO_TEST_CASE(a_receipt_has_its_fields_in_order) {
  BOOST_TEST(to_json(small_receipt()) == small_receipt_json);
  BOOST_TEST(to_json(receipt{}) ==
             R"({"dislike_id":0,"user_id":"","example_id":null,"weight":null,"strategy":"",)"
             R"("strategy_version":"","adjustments":[],"adjustment_pending":false,"filtered":false,)"
             R"("patterns":[],"retraining_triggered":false,"model_version_id":0})");
}

BOOST_AUTO_TEST_CASE(an_adjustment_event_is_a_part_of_the_receipt) {
  BOOST_TEST(
      adjustment_json(small_receipt()) ==
      R"({"dislike_id":41,"user_id":"ann","adjustments":[{"impact_id":42,"impact_type":"genre_weight",)"
      R"("feature_affected":"genre:Horror","adjustment_magnitude":-0.15,"weight_before":1,"weight_after":0.85}]})");
}

BOOST_AUTO_TEST_CASE(a_batch_has_a_status_and_a_receipt_or_a_problem_for_each_row) {
  const error refused{error_code::bad_value, "A sentence.", "reason", "\"x\"", "y"};
  BOOST_TEST(batch_json({small_receipt(), refused}) == R"({"results":[{"status":201,"receipt":)" + small_receipt_json +
                                                           R"(},{"status":422,"problem":)" + problem_json(refused) +
                                                           "}]}");
  BOOST_TEST(batch_json({}) == R"({"results":[]})");
}

BOOST_AUTO_TEST_CASE(a_problem_says_what_it_knows_and_leaves_out_what_it_does_not) {
  BOOST_TEST(problem_json({error_code::bad_value, "A sentence.", "genres[3]", "\"x\"", "y"}) ==
             R"({"type":"/problems/bad_value","title":"A value is not allowed","status":422,"detail":"A sentence.",)"
             R"("field":"genres[3]","found":"\"x\"","allowed":"y"})");
  BOOST_TEST(problem_json({error_code::internal, {}, {}, {}, {}}) ==
             R"({"type":"/problems/internal","title":"The server failed","status":500})");
}

BOOST_AUTO_TEST_CASE(every_error_has_its_status) {
  const std::vector<std::pair<error_code, int>> all{
      {error_code::malformed, 400},  {error_code::no_identity, 401}, {error_code::not_found, 404},
      {error_code::bad_method, 405}, {error_code::conflict, 409},    {error_code::too_large, 413},
      {error_code::bad_media, 415},  {error_code::bad_value, 422},   {error_code::overloaded, 503},
      {error_code::too_many, 429},   {error_code::unavailable, 503}, {error_code::internal, 500}};
  for (const auto& [code, status] : all) BOOST_TEST(http_status(code) == status);
}

BOOST_AUTO_TEST_CASE(a_pattern_over_all_users_has_no_user) {
  BOOST_TEST(to_json(pattern{7, "", "catalogue_defect", "movie:12", 5, severity::none, noon}) ==
             R"({"pattern_id":7,"user_id":null,"pattern_type":"catalogue_defect","pattern_value":"movie:12",)"
             R"("frequency":5,"severity":"none","identified_at":"2026-03-01T12:00:00.000Z"})");
}

BOOST_AUTO_TEST_CASE(a_dislike_keeps_its_context_byte_for_byte_and_unknown_values_are_null) {
  dislike full;
  full.dislike_id = 9;
  full.user_id = "ann";
  full.movie_id = 12;
  full.movie_title = "Heat";
  full.recommendation_set_id = 4;
  full.predicted_score = 0.75;
  full.reason = "wrong_genre";
  full.feedback_text = "a\nb";
  full.created_at = noon;
  full.genres = {"A", "B"};
  full.cast = {"C"};
  full.franchise = "D";
  full.context = "{ \"k\" : 1.0 }";
  full.previous_dislike_id = 8;
  const std::string full_json =
      R"({"dislike_id":9,"user_id":"ann","movie_id":12,"movie_title":"Heat","recommendation_set_id":4,)"
      R"("predicted_score":0.75,"reason":"wrong_genre","feedback_text":"a\nb","created_at":"2026-03-01T12:00:00.000Z",)"
      R"("genres":["A","B"],"cast":["C"],"franchise":"D","adjustment_pending":false,"context":{ "k" : 1.0 }})";
  BOOST_TEST(to_json(full) == full_json);
  const std::string bare_json =
      R"({"dislike_id":0,"user_id":"","movie_id":null,"movie_title":null,"recommendation_set_id":null,)"
      R"("predicted_score":null,"reason":"","feedback_text":null,"created_at":"1970-01-01T00:00:00.000Z",)"
      R"("genres":[],"cast":[],"franchise":null,"adjustment_pending":false,"context":null})";
  BOOST_TEST(to_json(dislike{}) == bare_json);
  BOOST_TEST(to_json(history_page{"ann", 2, {full, dislike{}}, 9}) ==
             R"({"user_id":"ann","total":2,"dislikes":[)" + full_json + "," + bare_json + R"(],"next_cursor":9})");
  BOOST_TEST(to_json(history_page{"ann", 0, {}, std::nullopt}) ==
             R"({"user_id":"ann","total":0,"dislikes":[],"next_cursor":null})");
}

BOOST_AUTO_TEST_SUITE_END()
