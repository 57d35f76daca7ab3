#include "web/client.hpp"
#include "web/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace demur::web {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

BOOST_AUTO_TEST_SUITE(limits_of_the_front)

BOOST_AUTO_TEST_CASE(a_head_that_drips_is_cut_off) {
  served fixture([](settings& chosen) { chosen.server.header_timeout = 200ms; });
  http_client client(fixture.port());
  const auto begun = clock::now();
  client.send("GET /healthz HTTP/1.1\r\n");
  std::thread dripping([&] {
    for (int count = 0; count < 40 && client.send("X: y\r\n"); ++count) std::this_thread::sleep_for(20ms);
  });
  dripping.join();
  BOOST_TEST(client.answer().status == 408);
  BOOST_TEST(client.closed());
  BOOST_TEST((clock::now() - begun < 4s));
}

BOOST_AUTO_TEST_CASE(a_body_that_does_not_come_is_cut_off) {
  served fixture([](settings& chosen) { chosen.server.idle_timeout = 200ms; });
  http_client client(fixture.port());
  client.send(
      "POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{");
  BOOST_TEST(client.answer().status == 408);
  BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_without_a_word) {
  served fixture([](settings& chosen) { chosen.server.idle_timeout = 150ms; });
  http_client client(fixture.port());
  BOOST_TEST(client.get("/healthz").status == 200);
  BOOST_TEST(client.read(1, 3s).empty());
  BOOST_TEST(client.closed(1ms));
}

BOOST_AUTO_TEST_CASE(who_waits_for_the_server_is_not_idle) {
  served fixture([](settings& chosen) { chosen.server.idle_timeout = 100ms; });
  http_client client(fixture.port());
  BOOST_TEST(client.dislike("delay 600").status == 201);
}

BOOST_AUTO_TEST_CASE(an_answer_that_does_not_come_is_a_503) {
  served fixture([](settings& chosen) { chosen.server.request_timeout = 150ms; });
  http_client client(fixture.port());
  client.send(dislike_request_text("silence") + dislike_request_text("Saw"));
  const http_answer made = client.answer();
  BOOST_TEST(made.status == 503);
  BOOST_TEST(made.has("Retry-After: "));
  BOOST_TEST(made.body.find("150 ms") != std::string::npos);
  BOOST_TEST(client.answer().status == 201);
}

BOOST_AUTO_TEST_CASE(an_answer_that_comes_too_late_is_nobodys) {
  served fixture([](settings& chosen) { chosen.server.request_timeout = 100ms; });
  http_client client(fixture.port());
  BOOST_TEST(client.dislike("delay 400").status == 503);
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 0; }));
  BOOST_TEST(client.dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_CASE(a_pipeline_that_dies_answers_unavailable) {
  served fixture;
  http_client client(fixture.port());
  client.send(dislike_request_text("silence") + dislike_request_text("die"));
  BOOST_TEST(client.answer().status == 503);
  BOOST_TEST(client.answer().status == 503);
  BOOST_TEST(client.dislike("Saw").status == 503);
  BOOST_TEST(client.get("/readyz").status == 503);
  BOOST_TEST(client.get("/healthz").status == 200);
  BOOST_TEST(client.get("/api/models").status == 200);
}

BOOST_AUTO_TEST_CASE(queries_that_die_leave_the_dislikes_alone) {
  served fixture;
  http_client client(fixture.port());
  client.get("/api/dislike-history", "X-User-ID: die\r\n");
  BOOST_TEST(eventually([&] { return client.get("/api/models").status == 503; }));
  BOOST_TEST(client.get("/readyz").status == 503);
  BOOST_TEST(client.dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_CASE(connections_over_the_bound_are_told_and_closed) {
  served fixture([](settings& chosen) { chosen.server.max_connections = 2; });
  auto first = std::make_unique<http_client>(fixture.port());
  http_client second(fixture.port());
  BOOST_TEST(first->get("/healthz").status == 200);
  BOOST_TEST(second.get("/healthz").status == 200);
  http_client third(fixture.port());
  const http_answer refused = third.answer();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.has("Retry-After: 1\r\n"));
  BOOST_TEST(refused.has("Connection: close\r\n"));
  third.end();
  BOOST_TEST(third.closed());
  first.reset();
  BOOST_TEST(eventually([&] { return http_client(fixture.port()).get("/healthz").status == 200; }));
}

BOOST_AUTO_TEST_CASE(rows_over_the_bound_in_flight_are_refused) {
  served fixture([](settings& chosen) { chosen.server.max_in_flight = 3; });
  http_client holding(fixture.port());
  holding.send(dislike_request_text("delay 400") + dislike_request_text("delay 400") +
               dislike_request_text("delay 400"));
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 3; }));
  http_client client(fixture.port());
  const http_answer refused = client.dislike("Saw");
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.has("Retry-After: "));
  BOOST_TEST(client.get("/api/models").status == 200);
  BOOST_TEST(client.get("/readyz").status == 200);
  for (int count = 0; count < 3; ++count) BOOST_TEST(holding.answer().status == 201);
  BOOST_TEST(client.dislike("Saw").status == 201);
  BOOST_TEST(fixture.seen().submissions == 4);
}

BOOST_AUTO_TEST_CASE(questions_over_the_bound_in_flight_are_refused_and_dislikes_are_not) {
  served fixture([](settings& chosen) { chosen.server.max_in_flight = 2; });
  http_client client(fixture.port());
  // Sent at once, so that the third comes while the first two are being worked on.
  const std::string slow = "GET /api/dislike-history HTTP/1.1\r\nHost: test\r\nX-User-ID: slow\r\n\r\n";
  client.send(slow + slow + slow + dislike_request_text("Saw") + "GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n");
  BOOST_TEST(client.answer().status == 200);
  BOOST_TEST(client.answer().status == 200);
  const http_answer refused = client.answer();
  BOOST_TEST(refused.status == 503);
  BOOST_TEST(refused.has("Retry-After: "));
  BOOST_TEST(refused.json().at("allowed").as_string() == "2 at a time");
  BOOST_TEST(client.answer().status == 201);
  BOOST_TEST(client.answer().status == 200);
  BOOST_TEST(client.get("/api/dislike-history", "X-User-ID: slow\r\n").status == 200);
}

BOOST_AUTO_TEST_CASE(a_batch_counts_by_its_rows_and_alone_is_never_too_much) {
  served fixture([](settings& chosen) { chosen.server.max_in_flight = 3; });
  http_client client(fixture.port());
  const std::string body =
      R"([{"movie_title":"delay 300"},{"movie_title":"B"},{"movie_title":"C"},{"movie_title":"D"}])";
  client.send("POST /api/dislike HTTP/1.1\r\nX-User-ID: ann\r\nContent-Type: application/json\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body + dislike_request_text("Saw"));
  BOOST_TEST(client.answer().status == 200);
  BOOST_TEST(client.answer().status == 503);
  BOOST_TEST(client.dislike("Saw").status == 201);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(draining_the_front)

BOOST_AUTO_TEST_CASE(what_was_accepted_is_answered_and_then_all_is_closed) {
  served fixture;
  http_client idle(fixture.port());
  BOOST_TEST(idle.get("/healthz").status == 200);
  http_client busy(fixture.port());
  busy.send(dislike_request_text("delay 300") + dislike_request_text("delay 200") + "POST /api/disl");
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 2; }));
  auto stopped = std::async(std::launch::async, [&] { return fixture.front().stop(); });
  BOOST_TEST(idle.closed());
  const http_answer first = busy.answer();
  BOOST_TEST(first.json().at("title").as_string() == "delay 300");
  BOOST_TEST(!first.has("Connection: close\r\n"));
  const http_answer last = busy.answer();
  BOOST_TEST(last.json().at("title").as_string() == "delay 200");
  BOOST_TEST(last.has("Connection: close\r\n"));
  BOOST_TEST(busy.closed());
  BOOST_TEST(stopped.get());
  BOOST_CHECK_THROW(http_client(fixture.port()), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(a_live_client_gets_its_answers_and_a_farewell) {
  served fixture;
  ws_client client(fixture.port());
  client.next("snapshot");
  client.send_dislike("1", "delay 200");
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 1; }));
  auto stopped = std::async(std::launch::async, [&] { return fixture.front().stop(); });
  BOOST_TEST(client.next("receipt").at("id").as_int64() == 1);
  ws_frame last = client.frame();
  BOOST_TEST(last.close_code() == 1001);
  client.send_frame(8, last.payload);
  BOOST_TEST(client.closed());
  BOOST_TEST(stopped.get());
}

BOOST_AUTO_TEST_CASE(what_is_never_answered_bounds_the_stop) {
  served fixture([](settings& chosen) { chosen.server.drain_timeout = 200ms; });
  http_client client(fixture.port());
  client.send(dislike_request_text("silence"));
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 1; }));
  const auto begun = clock::now();
  BOOST_TEST(!fixture.front().stop());
  BOOST_TEST((clock::now() - begun < 3s));
  BOOST_TEST(client.closed());
  BOOST_TEST(!fixture.front().stop());
}

BOOST_AUTO_TEST_CASE(an_address_that_cannot_be_bound_is_named) {
  served fixture;
  const auto attempt = [](const std::string& listen) {
    try {
      served other([&](settings& chosen) { chosen.server.listen = listen; });
      return std::string();
    } catch (const std::runtime_error& failed) {
      return std::string(failed.what());
    }
  };
  BOOST_TEST(attempt("127.0.0.1:" + std::to_string(fixture.port())).find("in use") != std::string::npos);
  BOOST_TEST(attempt("127.0.0.1").find("in a port") != std::string::npos);
  BOOST_TEST(!attempt("192.0.2.1:80").empty());
  BOOST_TEST(!attempt("127.0.0.1:http").empty());
  BOOST_TEST(!attempt("127.0.0.1:99999").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
