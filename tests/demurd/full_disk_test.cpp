#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>
#include <sys/resource.h>
#include <thread>

namespace demur {
namespace {

using std::chrono::steady_clock;

/// No file of this process grows beyond so many bytes: to it, the disk is full.
void limit_files(const program& of, rlim_t bytes) {
  rlimit limit{};
  BOOST_REQUIRE(prlimit(of.id(), RLIMIT_FSIZE, nullptr, &limit) == 0);
  limit.rlim_cur = bytes;
  BOOST_REQUIRE(prlimit(of.id(), RLIMIT_FSIZE, &limit, nullptr) == 0);
}

/// The answer once it is none of a pipeline that is being started again, as a patient client gets it.
template <class Ask>
web::http_answer patiently(const Ask& ask) {
  const auto end = steady_clock::now() + std::chrono::seconds(15);
  web::http_answer answer = ask();
  while (answer.status == 503 && steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    answer = ask();
  }
  return answer;
}

std::string body_of(web::http_client& over, const std::string& target, const std::string& user_id = {}) {
  const auto answer = patiently([&] { return get(over, target, user_id); });
  BOOST_TEST(answer.status == 200, answer.body);
  return answer.body;
}

std::string dislike_of(const std::string& title) {
  return R"({"movie_title":")" + title + R"(","predicted_score":0.9,"genres":["Horror"]})";
}

BOOST_AUTO_TEST_SUITE(full_disk)

BOOST_AUTO_TEST_CASE(a_full_disk_is_a_503_that_stores_nothing_and_service_resumes_when_it_has_room_again) {
  demurd_at_work demurd("full");
  web::http_client over(demurd.port());
  BOOST_TEST(post(over, "/api/dislike", "ann", dislike_of("Saw")).status == 201);
  const auto history = body_of(over, "/api/dislike-history", "ann");
  const auto metrics = stored_part(body_of(over, "/api/feedback-metrics"));
  const auto patterns = body_of(over, "/api/dislike-patterns?scope=all");

  limit_files(demurd.process(), 4'096);
  for (int times = 0; times < 3; ++times) {
    body_of(over, "/readyz");
    const auto refused = post(over, "/api/dislike", "ann", dislike_of("Hostel"), "Idempotency-Key: again\r\n");
    BOOST_TEST(refused.status == 503, refused.body);
    BOOST_TEST(refused.has("Content-Type: application/problem+json"));
    BOOST_TEST(refused.has("Retry-After: "));
    body_of(over, "/readyz");
    BOOST_TEST(body_of(over, "/api/dislike-history", "ann") == history);
    BOOST_TEST(stored_part(body_of(over, "/api/feedback-metrics")) == metrics);
    BOOST_TEST(body_of(over, "/api/dislike-patterns?scope=all") == patterns);
  }

  limit_files(demurd.process(), RLIM_INFINITY);
  const auto stored =
      patiently([&] { return post(over, "/api/dislike", "ann", dislike_of("Hostel"), "Idempotency-Key: again\r\n"); });
  BOOST_TEST(stored.status == 201, stored.body);
  BOOST_TEST(!stored.has("Idempotent-Replayed"));
  BOOST_TEST(get(over, "/api/dislike-history", "ann").json().at("total").as_int64() == 2);
  // The figures are those of two dislikes, not of four that failed.
  BOOST_TEST(get(over, "/api/feedback-metrics").json().at("total_dislikes").as_int64() == 2);
  demurd.end();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
