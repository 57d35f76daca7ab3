#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace demur {
namespace {

std::string key(const std::string& name) { return "Idempotency-Key: " + name + "\r\n"; }

std::int64_t total_of(web::http_client& over, const std::string& user_id) {
  return get(over, "/api/dislike-history", user_id).json().at("total").as_int64();
}

const std::string good = R"({"movie_title":"Saw","genres":["Horror"],"user_id":"bob"})";
const std::string unknown_reason = R"({"movie_title":"Saw","reason":"boredom"})";
const std::string no_title = R"({"genres":["Horror"]})";

BOOST_AUTO_TEST_SUITE(batch_keys)

BOOST_AUTO_TEST_CASE(a_batch_with_a_key_is_answered_once_for_all_before_and_after_a_restart) {
  demurd_at_work demurd("batches");
  const std::string whole = "[" + good + "," + good + "]";
  const std::string partly = "[" + good + "," + unknown_reason + "," + no_title + "," + good + "]";
  web::http_answer first_whole, first_partly;
  {
    web::http_client over(demurd.port());
    first_whole = post(over, "/api/dislike", "sender", whole, key("whole"));
    first_partly = post(over, "/api/dislike", "sender", partly, key("partly"));
  }
  BOOST_TEST(first_whole.status == 200);
  BOOST_TEST(!first_whole.has("Idempotent-Replayed"));
  BOOST_TEST(first_partly.status == 200);
  const auto results = first_partly.json().at("results").as_array();
  BOOST_TEST_REQUIRE(results.size() == 4U);
  for (const std::size_t row : {0U, 3U}) BOOST_TEST(results[row].at("status").as_int64() == 201);
  for (const std::size_t row : {1U, 2U}) BOOST_TEST(results[row].at("status").as_int64() == 422);

  for (const bool restarted : {false, true}) {
    if (restarted) demurd.restart();
    web::http_client over(demurd.port());
    const auto again = post(over, "/api/dislike", "sender", whole, key("whole"));
    BOOST_TEST(again.status == 200);
    BOOST_TEST(again.body == first_whole.body);
    BOOST_TEST(again.has("Idempotent-Replayed: true"));
    const auto partly_again = post(over, "/api/dislike", "sender", partly, key("partly"));
    BOOST_TEST(partly_again.status == 200);
    BOOST_TEST(partly_again.body == first_partly.body);
    BOOST_TEST(partly_again.has("Idempotent-Replayed: true"));

    const auto other_body = post(over, "/api/dislike", "sender", "[" + good + "]", key("whole"));
    BOOST_TEST(other_body.status == 422);
    BOOST_TEST(other_body.json().at("field").as_string() == "Idempotency-Key");
    BOOST_TEST(total_of(over, "bob") == 4);
  }
}

BOOST_AUTO_TEST_CASE(a_batch_that_was_refused_as_a_whole_does_not_use_its_key_up) {
  demurd_at_work demurd("batches");
  web::http_client over(demurd.port());
  const auto refused = post(over, "/api/dislike", "sender", "[" + unknown_reason + "," + no_title + "]", key("first"));
  BOOST_TEST(refused.status == 200);
  const auto refusals = refused.json();
  for (const auto& row : refusals.at("results").as_array()) BOOST_TEST(row.at("status").as_int64() == 422);
  const auto corrected = post(over, "/api/dislike", "sender", "[" + good + "]", key("first"));
  BOOST_TEST(corrected.status == 200);
  BOOST_TEST(!corrected.has("Idempotent-Replayed"));
  BOOST_TEST(total_of(over, "bob") == 1);
}

BOOST_AUTO_TEST_CASE(a_key_is_its_senders_own) {
  demurd_at_work demurd("batches");
  web::http_client over(demurd.port());
  const std::string whole = "[" + good + "]";
  for (const char* sender : {"sender", "another"}) {
    const auto answer = post(over, "/api/dislike", sender, whole, key("same"));
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(!answer.has("Idempotent-Replayed"));
  }
  BOOST_TEST(total_of(over, "bob") == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
