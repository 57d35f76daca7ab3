#include "web/client.hpp"
#include "web/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace demur::web {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

BOOST_AUTO_TEST_SUITE(http_sessions)

BOOST_AUTO_TEST_CASE(a_connection_answers_again_and_again) {
  served fixture;
  http_client client(fixture.port());
  for (int count = 1; count <= 50; ++count) {
    const http_answer made = client.dislike("Saw");
    BOOST_TEST_REQUIRE(made.status == 201);
    BOOST_TEST(made.body == R"({"title":"Saw","number":)" + std::to_string(count) + "}");
    BOOST_TEST(made.has("Content-Type: application/json\r\n"));
    BOOST_TEST(made.has("\r\nDate: "));
  }
  BOOST_TEST(fixture.seen().submissions == 50);
}

BOOST_AUTO_TEST_CASE(every_question_has_its_answer) {
  served fixture;
  http_client client(fixture.port());
  BOOST_TEST(client.get("/healthz").body == R"({"status":"ok"})");
  BOOST_TEST(client.get("/readyz").body == R"({"status":"ready"})");
  BOOST_TEST(client.get("/api/feedback-metrics").json().contains("total_negative_examples"));
  BOOST_TEST(client.get("/api/models").json().contains("models"));
  BOOST_TEST(client.get("/api/dislike-patterns?scope=all").json().at("user_id").is_null());
  const auto history = client.get("/api/dislike-history?limit=7", "X-User-ID: bob\r\n").json();
  BOOST_TEST(history.at("user_id").as_string() == "bob");
  BOOST_TEST(history.at("total").as_int64() == 7);
  const auto post = [&](std::string_view path, std::string_view body) {
    client.send("POST " + std::string(path) + " HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\n" +
                "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    const http_answer made = client.answer();
    return std::to_string(made.status) + " " + made.body.substr(0, 40);
  };
  BOOST_TEST(post("/api/movies", R"([{"movie_id":1,"movie_title":"Saw"}])") == R"(200 {"stored":1})");
  BOOST_TEST(post("/api/ratings", R"([{"movie_id":1,"rating":4.0},{"movie_id":2,"liked":true}])") ==
             R"(200 {"stored":2})");
  BOOST_TEST(post("/api/recommendation-sets", R"({"items":[{"movie_id":1}]})") ==
             R"(201 {"recommendation_set_id":77})");
  BOOST_TEST(
      post("/api/rerank", R"({"candidates":[{"movie_id":1,"score":0.5}]})").starts_with(R"(200 {"user_id":"ann")"));
  BOOST_TEST(client.get("/api/recommendations", "X-User-ID: ann\r\n").json().at("recommendation_set_id").is_null());
  BOOST_TEST(client.get("/api/explain?movie_id=3", "X-User-ID: ann\r\n").json().at("movie_id").as_int64() == 3);
  BOOST_TEST(post("/api/retrain", "{}").starts_with("409 "));
  const auto version = client.get("/api/models/7?limit=2").json();
  BOOST_TEST(version.at("model_version_id").as_int64() == 7);
  BOOST_TEST(version.at("claimed_dislikes").as_array().size() == 2U);
  BOOST_TEST(post("/api/models/7/promote", "{}").starts_with(R"(200 {"model_version_id":7,)"));
  BOOST_TEST(post("/api/models/7/rollback", "{}") == R"(200 {"model_version_id":0})");
  BOOST_TEST(post("/api/models/7/rollback", R"({"reason":"No."})").starts_with("409 "));
  BOOST_TEST(client.get("/api/retrain").json().at("state").as_string() == "idle");
  client.send("DELETE /api/retrain HTTP/1.1\r\n\r\n");
  const http_answer cancelled = client.answer();
  BOOST_TEST(cancelled.status == 202);
  BOOST_TEST(cancelled.body == R"({"retrain_id":78})");
}

BOOST_AUTO_TEST_CASE(a_pipeline_elsewhere_is_heard_and_served_in_pages) {
  served fixture;
  http_client client(fixture.port());
  const auto post = [&](std::string_view path, std::string_view body) {
    client.send("POST " + std::string(path) + " HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + std::string(body));
    const http_answer made = client.answer();
    return std::to_string(made.status) + " " + made.body.substr(0, 40);
  };
  BOOST_TEST(post("/api/retrain/12/progress", R"({"epoch":1})") == R"(200 {"lease_s":11})");
  BOOST_TEST(post("/api/retrain/13/progress", "{}").starts_with("404 "));
  BOOST_TEST(post("/api/retrain/12/result", R"({"metrics":{}})") == R"(202 {"status":"accepted"})");
  const http_answer first = client.get("/api/retrain/12/training-set?file=movies");
  BOOST_TEST(first.body == "movies from 0\n");
  BOOST_TEST(first.has("Content-Type: text/csv; charset=utf-8\r\n"));
  BOOST_TEST(first.has("Link: </api/retrain/12/training-set?file=movies&cursor=7>; rel=\"next\"\r\n"));
  const http_answer last = client.get("/api/retrain/12/training-set?file=task&cursor=7");
  BOOST_TEST(last.body == "task from 7\n");
  BOOST_TEST(last.has("Content-Type: application/json\r\n"));
  BOOST_TEST(!last.has("Link:"));
}

BOOST_AUTO_TEST_CASE(an_experiment_is_answered_alone_and_a_list_of_them_as_a_list) {
  served fixture;
  http_client client(fixture.port());
  const std::string plan = R"({"name":"n","arms":[{"name":"a"},{"name":"b"}]})";
  client.send("POST /api/experiments HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(plan.size()) + "\r\n\r\n" + plan);
  const http_answer begun = client.answer();
  BOOST_TEST(begun.status == 201);
  BOOST_TEST(begun.json().at("name").as_string() == "n");
  BOOST_TEST(client.get("/api/experiments").json().at("experiments").as_array().size() == 1U);
  BOOST_TEST(client.get("/api/experiments/12").json().at("experiment_id").as_int64() == 12);
  client.send("POST /api/experiments/12/stop HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(client.answer().status == 200);
  const auto told = client.get("/api/experiments/12/assignment", "X-User-ID: ann\r\n").json();
  BOOST_TEST(told.at("user_id").as_string() == "ann");
  BOOST_TEST(told.at("arm").as_string() == "candidate");
  BOOST_TEST(client.get("/api/features/impact?reason=wrong_genre").json().at("reason").as_string() == "wrong_genre");
}

BOOST_AUTO_TEST_CASE(an_error_of_the_pipeline_becomes_its_status) {
  served fixture;
  http_client client(fixture.port());
  const http_answer refused = client.dislike("refuse");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.has("Retry-After: 7\r\n"));
  BOOST_TEST(refused.has("Content-Type: application/problem+json\r\n"));
  BOOST_TEST(client.dislike("bad row").status == 422);
  const http_answer replayed = client.dislike("replay");
  BOOST_TEST(replayed.status == 201);
  BOOST_TEST(replayed.has("Idempotent-Replayed: true\r\n"));
  BOOST_TEST(client.get("/api/dislike-history", "X-User-ID: fail\r\n").status == 503);
}

BOOST_AUTO_TEST_CASE(a_batch_has_a_result_per_row) {
  served fixture;
  http_client client(fixture.port());
  const std::string body = R"([{"movie_title":"A"},{"movie_title":7},{"movie_title":"C"}])";
  client.send("POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 200);
  const auto results = made.json().at("results").as_array();
  BOOST_TEST_REQUIRE(results.size() == 3U);
  BOOST_TEST(results[0].at("status").as_int64() == 201);
  BOOST_TEST(results[1].at("status").as_int64() == 422);
}

BOOST_AUTO_TEST_CASE(pipelined_requests_are_worked_on_at_once_and_answered_in_order) {
  served fixture;
  http_client client(fixture.port());
  const auto begun = clock::now();
  std::string requests;
  for (const int delay : {300, 200, 100, 250})
    requests += dislike_request_text("delay " + std::to_string(delay)) + "GET /healthz HTTP/1.1\r\n\r\n";
  client.send(requests);
  for (const int delay : {300, 200, 100, 250}) {
    BOOST_TEST(client.answer().json().at("title").as_string() == "delay " + std::to_string(delay));
    BOOST_TEST(client.answer().body == R"({"status":"ok"})");
  }
  // One after the other they would take 850 ms.
  BOOST_TEST((clock::now() - begun < 700ms));
}

BOOST_AUTO_TEST_CASE(reading_pauses_when_too_many_requests_are_open) {
  served fixture([](settings& chosen) { chosen.server.max_pipelined = 4; });
  http_client client(fixture.port());
  std::string requests;
  for (int count = 0; count < 20; ++count) requests += dislike_request_text("delay 50");
  client.send(requests);
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 4; }));
  int most = 0;
  for (int count = 0; count < 20; ++count) {
    most = std::max(most, fixture.seen().waiting.load());
    BOOST_TEST(client.answer().status == 201);
  }
  BOOST_TEST(most <= 4);
}

BOOST_AUTO_TEST_CASE(many_pipelined_requests_in_one_write_are_all_answered) {
  served fixture;
  http_client client(fixture.port());
  std::string requests;
  for (int count = 0; count < 2'000; ++count)
    requests += count % 3 == 0 ? "GET /healthz HTTP/1.1\r\n\r\n" : dislike_request_text(std::to_string(count));
  client.send(requests);
  for (int count = 0; count < 2'000; ++count) {
    const http_answer made = client.answer();
    if (count % 3 == 0)
      BOOST_TEST_REQUIRE(made.status == 200);
    else
      BOOST_TEST_REQUIRE(made.json().at("title").as_string() == std::to_string(count));
  }
}

BOOST_AUTO_TEST_CASE(a_request_may_come_byte_by_byte_and_in_chunks) {
  served fixture;
  http_client client(fixture.port());
  const std::string request =
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"movie_title\":\"\r\n5\r\nSaw\"}\r\n0\r\n\r\n";
  for (const char letter : request) client.send(std::string_view(&letter, 1));
  BOOST_TEST(client.answer().json().at("title").as_string() == "Saw");
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_told_so_and_closed) {
  served fixture;
  for (const std::string_view bytes :
       {"GARBAGE\r\n\r\n", "\x16\x03\x01", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\n\n"}) {
    http_client client(fixture.port());
    client.send(bytes);
    const http_answer made = client.answer();
    BOOST_TEST(made.status == 400);
    BOOST_TEST(made.has("Connection: close\r\n"));
    BOOST_TEST(made.has("application/problem+json"));
    client.end();
    BOOST_TEST(client.closed());
  }
  BOOST_TEST(http_client(fixture.port()).get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(requests_before_a_broken_one_are_answered) {
  served fixture;
  http_client client(fixture.port());
  client.send(dislike_request_text("delay 100") + "BROKEN\r\n\r\n" + dislike_request_text("after"));
  BOOST_TEST(client.answer().status == 201);
  BOOST_TEST(client.answer().status == 400);
  BOOST_TEST(client.closed());
  BOOST_TEST(fixture.seen().submissions == 1);
}

BOOST_AUTO_TEST_CASE(too_large_a_body_is_refused_and_the_client_sees_it) {
  served fixture;
  http_client client(fixture.port());
  const std::string head =
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: "
      "4000000\r\n\r\n";
  client.send(head);
  client.send(std::string(4'000'000, 'x'));
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 413);
  BOOST_TEST(made.has("Connection: close\r\n"));
  BOOST_TEST(fixture.seen().submissions == 0);
}

BOOST_AUTO_TEST_CASE(a_dislike_over_64_kib_is_refused_and_the_connection_goes_on) {
  served fixture;
  http_client client(fixture.port());
  const std::string body = R"({"movie_title":"Saw","feedback_text":")" + std::string(70'000, 'x') + R"("})";
  client.send("POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  BOOST_TEST(client.answer().status == 413);
  BOOST_TEST(client.dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_CASE(a_large_batch_goes_through) {
  served fixture;
  http_client client(fixture.port());
  std::string body = "[";
  for (int row = 0; row < 1'000; ++row)
    body += (row > 0 ? "," : "") + (R"({"movie_title":")" + std::string(280, 'x') + R"(","feedback_text":")") +
            std::string(600, 'y') + R"("})";
  body += "]";
  client.send("POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 200);
  BOOST_TEST(made.json().at("results").as_array().size() == 1'000U);
}

BOOST_AUTO_TEST_CASE(answers_that_become_ready_together_all_leave_however_many_bytes_they_are) {
  served fixture;
  http_client client(fixture.port());
  std::string requests;
  for (int batch = 0; batch < 8; ++batch) {
    std::string body = R"([{"movie_title":"delay )" + std::to_string(100 - batch) + R"("})";
    for (int row = 1; row < 1'000; ++row) body += R"(,{"movie_title":7})";
    body += "]";
    requests += "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  client.send(requests);
  for (int batch = 0; batch < 8; ++batch) BOOST_TEST_REQUIRE(client.answer().body.size() > 64U * 1024);
}

BOOST_AUTO_TEST_CASE(a_head_over_16_kib_is_refused) {
  served fixture;
  http_client client(fixture.port());
  client.send("GET /healthz HTTP/1.1\r\n");
  for (int line = 0; line < 200; ++line) client.send("X-Padding: " + std::string(100, 'x') + "\r\n");
  BOOST_TEST(client.answer().status == 413);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_continue_is_told_to_go_on) {
  served fixture;
  http_client client(fixture.port());
  const std::string body = R"({"movie_title":"Saw"})";
  client.send(
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  BOOST_TEST(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  BOOST_TEST(client.answer().status == 201);
}

BOOST_AUTO_TEST_CASE(a_client_that_waits_for_continue_is_refused_before_it_sends_the_body) {
  served fixture;
  http_client client(fixture.port());
  client.send(
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: text/plain\r\n"
      "Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n");
  BOOST_TEST(client.answer().status == 415);
  http_client large(fixture.port());
  large.send(
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 10000000\r\n\r\n");
  BOOST_TEST(large.answer().status == 413);
}

BOOST_AUTO_TEST_CASE(a_head_request_gets_the_head_alone) {
  served fixture;
  http_client client(fixture.port());
  client.send("HEAD /api/models HTTP/1.1\r\n\r\nHEAD /nowhere HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n");
  const http_answer head = client.answer(true);
  BOOST_TEST(head.status == 200);
  BOOST_TEST(head.has("Content-Length: 13\r\n"));
  BOOST_TEST(client.answer(true).status == 404);
  BOOST_TEST(client.answer().body == R"({"status":"ok"})");
}

BOOST_AUTO_TEST_CASE(options_name_what_is_allowed) {
  served fixture;
  http_client client(fixture.port());
  client.send("OPTIONS /api/dislike HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\n");
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 204);
  BOOST_TEST(made.has("Allow: POST, OPTIONS\r\n"));
  BOOST_TEST(!made.has("Content-Length"));
  BOOST_TEST(client.answer().status == 204);
}

BOOST_AUTO_TEST_CASE(who_asks_to_close_is_answered_and_closed) {
  served fixture;
  http_client client(fixture.port());
  client.send("GET /readyz HTTP/1.1\r\nConnection: close\r\n\r\n");
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 200);
  BOOST_TEST(made.has("Connection: close\r\n"));
  BOOST_TEST(client.closed());
  http_client old(fixture.port());
  old.send("GET /healthz HTTP/1.0\r\n\r\n");
  BOOST_TEST(old.answer().status == 200);
  BOOST_TEST(old.closed());
  http_client keeping(fixture.port());
  keeping.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  BOOST_TEST(keeping.answer().has("Connection: keep-alive\r\n"));
  BOOST_TEST(keeping.get("/healthz").status == 200);
}

BOOST_AUTO_TEST_CASE(who_sends_no_more_still_gets_the_answers) {
  served fixture;
  http_client client(fixture.port());
  client.send(dislike_request_text("delay 150") + dislike_request_text("Saw"));
  client.end();
  BOOST_TEST(client.answer().json().at("title").as_string() == "delay 150");
  BOOST_TEST(client.answer().status == 201);
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_away_harms_nobody) {
  served fixture;
  for (int count = 0; count < 20; ++count) {
    http_client client(fixture.port());
    client.send(dislike_request_text("delay 20") + dislike_request_text("delay 5") + "POST /api/dis");
  }
  BOOST_TEST(eventually([&] { return fixture.seen().submissions == 40 && fixture.seen().waiting == 0; }));
  BOOST_TEST(http_client(fixture.port()).dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_CASE(a_reader_that_stops_pauses_its_own_requests_only) {
  served fixture;
  // Answers of this many requests are far more than all buffers between us hold.
  raw_client stuck(fixture.port(), 4'096);
  std::string requests;
  for (int count = 0; count < 200; ++count) requests += "GET /nowhere-" + std::string(8'000, 'x') + " HTTP/1.1\r\n\r\n";
  stuck.send(requests);
  for (int count = 0; count < 20; ++count) BOOST_TEST(http_client(fixture.port()).dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
