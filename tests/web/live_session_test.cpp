#include "web/client.hpp"
#include "web/fakes.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace demur::web {
namespace {

using namespace std::chrono_literals;

std::int64_t seq_of(const boost::json::object& message) { return message.empty() ? -1 : message.at("seq").as_int64(); }
std::string type_of(const boost::json::object& message) {
  return message.empty() ? "" : std::string(message.at("type").as_string());
}

/// Of this process, in MiB.
[[maybe_unused]] long resident_mib() {
  std::ifstream in("/proc/self/statm");
  long total = 0;
  long pages = 0;
  in >> total >> pages;
  return pages * 4096 / (1024 * 1024);
}

BOOST_AUTO_TEST_SUITE(live_sessions)

BOOST_AUTO_TEST_CASE(a_client_sees_a_snapshot_and_then_every_event_in_order) {
  served fixture;
  ws_client client(fixture.port());
  BOOST_TEST(client.upgraded().status == 101);
  BOOST_TEST(client.upgraded().has("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
  const auto snapshot = client.next();
  BOOST_TEST(type_of(snapshot) == "snapshot");
  BOOST_TEST(serialize(snapshot.at("data")) == R"({"stream":"s1","metrics":{"total_dislikes":0}})");
  std::int64_t last = seq_of(snapshot);
  for (int round = 0; round < 20; ++round) fixture.emit(25, round % 2 == 0 ? "dislike" : "adjustment");
  for (int count = 0; count < 500; ++count) {
    const auto event = client.next();
    BOOST_TEST_REQUIRE(seq_of(event) == last + 1);
    BOOST_TEST(event.at("data").at("n").as_int64() == last + 1);
    ++last;
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_comes_later_begins_where_the_stream_is) {
  served fixture;
  ws_client early(fixture.port());
  early.next("snapshot");
  fixture.emit(10);
  fixture.emit_metrics(10);
  BOOST_TEST(type_of(early.next("metrics")) == "metrics");
  ws_client late(fixture.port());
  const auto snapshot = late.next();
  BOOST_TEST(seq_of(snapshot) == 10);
  BOOST_TEST(serialize(snapshot.at("data").at("metrics")) == R"({"total_dislikes":10})");
  fixture.emit(1);
  BOOST_TEST(seq_of(late.next()) == 11);
}

BOOST_AUTO_TEST_CASE(nobody_listens_when_no_client_is_there) {
  served fixture;
  BOOST_TEST(fixture.seen().listeners == 0);
  {
    ws_client client(fixture.port());
    client.next("snapshot");
    BOOST_TEST(fixture.seen().listeners == 1);
  }
  BOOST_TEST(eventually([&] { return fixture.seen().listeners == 0; }));
  ws_client again(fixture.port());
  BOOST_TEST(type_of(again.next()) == "snapshot");
}

BOOST_AUTO_TEST_CASE(a_filter_lets_through_what_was_chosen) {
  served fixture;
  ws_client client(fixture.port(), "/api/live?topics=dislike,model&user=ann&reason=wrong_genre");
  BOOST_TEST(type_of(client.next()) == "snapshot");
  fixture.emit(1, "dislike", "bob");
  fixture.emit(1, "adjustment");
  fixture.emit(1, "dislike", "ann", "poor_quality");
  fixture.emit(1);
  fixture.emit_metrics(4);
  fixture.emit(1, "model", "", "");
  const auto first = client.next();
  BOOST_TEST(seq_of(first) == 4);
  const auto second = client.next();
  BOOST_TEST(seq_of(second) == 5);
  BOOST_TEST(type_of(second) == "model");
}

BOOST_AUTO_TEST_CASE(metrics_are_coalesced_to_the_newest) {
  served fixture([](settings& chosen) { chosen.live.metrics_interval = 200ms; });
  ws_client client(fixture.port());
  client.next("snapshot");
  const auto begun = std::chrono::steady_clock::now();
  fixture.emit_metrics(1);
  std::vector<std::int64_t> totals{client.next("metrics").at("data").at("total_dislikes").as_int64()};
  for (int total = 2; total <= 100; ++total) fixture.emit_metrics(total);
  while (totals.back() != 100) totals.push_back(client.next("metrics").at("data").at("total_dislikes").as_int64());
  BOOST_TEST(totals.size() <= 3U);
  BOOST_TEST((std::chrono::steady_clock::now() - begun >= 200ms));
}

BOOST_AUTO_TEST_CASE(a_restarted_pipeline_is_told_by_a_fresh_snapshot) {
  served fixture;
  ws_client client(fixture.port());
  client.next("snapshot");
  fixture.emit(3);
  fixture.begin_stream("s2");
  fixture.emit(1);
  const auto snapshot = client.next("snapshot");
  BOOST_TEST(snapshot.at("data").at("stream").as_string() == "s2");
  BOOST_TEST(seq_of(snapshot) == 0);
  BOOST_TEST(seq_of(client.next()) == 1);
}

BOOST_AUTO_TEST_CASE(a_client_that_stops_reading_costs_bounded_memory_and_is_told_its_gap) {
  served fixture([](settings& chosen) { chosen.live.queue = 100; });
  ws_client slow(fixture.port(), "/api/live", 4'096);
  ws_client quick(fixture.port());
  slow.next("snapshot");
  quick.next("snapshot");
  [[maybe_unused]] const long before = resident_mib();
  constexpr std::int64_t rounds = 400;
  for (std::int64_t round = 1; round <= rounds; ++round) {
    fixture.emit(100);
    while (seq_of(quick.next("dislike")) < round * 100) {
    }
  }
#ifndef __SANITIZE_ADDRESS__  // it keeps what was freed
  BOOST_TEST(resident_mib() - before < 16);
#endif
  fixture.emit_metrics(5);
  std::int64_t last = 0;
  std::int64_t missed = 0;
  bool measured = false;
  while (last < rounds * 100) {
    const auto message = slow.next();
    BOOST_TEST_REQUIRE(!message.empty());
    measured = measured || type_of(message) == "metrics";
    if (type_of(message) == "metrics") continue;
    if (type_of(message) == "gap") {
      const auto& data = message.at("data").as_object();
      BOOST_TEST(data.at("from").as_int64() == last + 1);
      BOOST_TEST(data.at("missed").as_int64() == data.at("to").as_int64() - last);
      missed += data.at("missed").as_int64();
      last = data.at("to").as_int64();
    } else {
      BOOST_TEST_REQUIRE(seq_of(message) == ++last);
    }
  }
  BOOST_TEST(missed > 0);
  BOOST_TEST((measured || !slow.next("metrics").empty()));
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_front_that_cannot_keep_up_is_bounded_and_told_as_a_gap) {
  served fixture([](settings& chosen) { chosen.live.backlog = 50; });
  ws_client client(fixture.port());
  client.next("snapshot");
  const int before = fixture.seen().updates;
  {
    const auto held = fixture.hold_clock();
    for (int commit = 0; commit < 100; ++commit) {
      fixture.emit(10);
      fixture.emit_metrics(commit);
    }
    BOOST_TEST_REQUIRE(eventually([&] { return fixture.seen().updates == before + 200; }));
  }
  std::int64_t last = 0;
  std::int64_t missed = 0;
  std::int64_t total = 0;
  int seen = 0;
  while (last < 1'000 || total < 99) {
    const auto message = client.next();
    BOOST_TEST_REQUIRE(!message.empty());
    const auto& data = message.at("data").as_object();
    if (type_of(message) == "metrics") {
      total = data.at("total_dislikes").as_int64();
    } else if (type_of(message) == "gap") {
      BOOST_TEST(data.at("from").as_int64() == last + 1);
      missed += data.at("missed").as_int64();
      last = data.at("to").as_int64();
    } else {
      BOOST_TEST_REQUIRE(seq_of(message) == ++last);
      ++seen;
    }
  }
  // One round may have been on its way already.
  BOOST_TEST(seen <= 100);
  BOOST_TEST(missed == 1'000 - seen);
}

BOOST_AUTO_TEST_CASE(a_commit_larger_than_a_clients_queue_is_no_gap_for_one_that_keeps_up) {
  served fixture([](settings& chosen) { chosen.live.queue = 10; });
  ws_client client(fixture.port());
  client.next("snapshot");
  fixture.emit(200);
  for (int seq = 1; seq <= 200; ++seq) BOOST_TEST_REQUIRE(seq_of(client.next()) == seq);
}

BOOST_AUTO_TEST_CASE(a_key_makes_a_repeat_over_the_socket_safe) {
  served fixture;
  ws_client client(fixture.port());
  client.send_text(
      R"({"op":"dislike","id":1,"user_id":"ann","idempotency_key":"k","dislike":{"movie_title":"replay"}})");
  const auto replayed = client.next("receipt");
  BOOST_TEST(replayed.at("status").as_int64() == 201);
  BOOST_TEST(replayed.at("replayed").as_bool());
  client.send_text(
      R"({"op":"dislike","id":2,"user_id":"ann","idempotency_key":"a b","dislike":{"movie_title":"Saw"}})");
  BOOST_TEST(client.next("problem").at("data").at("field").as_string() == "idempotency_key");
}

BOOST_AUTO_TEST_CASE(dislikes_are_answered_in_the_order_sent) {
  served fixture;
  ws_client client(fixture.port());
  client.send_dislike(R"("a")", "delay 200");
  client.send_dislike(R"({"b":[1]})", "delay 50");
  client.send_text(R"({"op":"dislike","id":3,"user_id":"ann","dislike":{"movie_title":7}})");
  client.send_dislike("4", "Saw");
  const auto first = client.next("receipt");
  BOOST_TEST(serialize(first) == R"({"type":"receipt","id":"a","status":201,"data":{"title":"delay 200","number":1}})");
  BOOST_TEST(serialize(client.next("receipt").at("id")) == R"({"b":[1]})");
  const auto problem = client.next();
  BOOST_TEST(type_of(problem) == "problem");
  BOOST_TEST(problem.at("id").as_int64() == 3);
  BOOST_TEST(problem.at("status").as_int64() == 422);
  BOOST_TEST(problem.at("data").at("field").as_string() == "dislike.movie_title");
  BOOST_TEST(client.next("receipt").at("id").as_int64() == 4);
}

BOOST_AUTO_TEST_CASE(the_user_is_that_of_the_upgrade) {
  served fixture;
  ws_client client(fixture.port(), "/api/live?user_id=bob");
  client.send_text(R"({"op":"dislike","dislike":{"movie_title":"Saw"}})");
  BOOST_TEST(client.next("receipt").at("id").is_null());
  client.send_text(R"({"op":"dislike","id":2,"user_id":"ann","dislike":{"movie_title":"Saw"}})");
  BOOST_TEST(client.next("problem").at("status").as_int64() == 422);
  ws_client nobody(fixture.port());
  nobody.send_text(R"({"op":"dislike","id":1,"dislike":{"movie_title":"Saw"}})");
  BOOST_TEST(nobody.next("problem").at("status").as_int64() == 401);
}

BOOST_AUTO_TEST_CASE(a_message_that_cannot_be_read_is_a_problem_and_the_socket_goes_on) {
  served fixture;
  ws_client client(fixture.port());
  for (const std::string_view text : {"", "{", "[]", "7", R"({"op":"undo"})", R"({"dislike":{}})"}) {
    client.send_text(text);
    const auto problem = client.next("problem");
    BOOST_TEST_REQUIRE(!problem.empty());
    BOOST_TEST(problem.at("status").as_int64() >= 400);
    BOOST_TEST(problem.at("id").is_null());
  }
  client.send_dislike("1", "Saw");
  BOOST_TEST(client.next("receipt").at("status").as_int64() == 201);
}

BOOST_AUTO_TEST_CASE(reading_pauses_when_too_many_dislikes_are_open) {
  served fixture([](settings& chosen) { chosen.server.max_pipelined = 4; });
  ws_client client(fixture.port());
  for (int count = 0; count < 20; ++count) client.send_dislike(std::to_string(count), "delay 50");
  BOOST_TEST(eventually([&] { return fixture.seen().waiting == 4; }));
  for (int count = 0; count < 20; ++count) {
    BOOST_TEST(fixture.seen().waiting <= 4);
    BOOST_TEST(client.next("receipt").at("id").as_int64() == count);
  }
}

BOOST_AUTO_TEST_CASE(a_full_server_answers_a_dislike_with_a_problem) {
  served fixture([](settings& chosen) { chosen.server.max_in_flight = 1; });
  ws_client client(fixture.port());
  client.send_dislike("1", "delay 200");
  client.send_dislike("2", "Saw");
  BOOST_TEST(client.next("receipt").at("id").as_int64() == 1);
  BOOST_TEST(client.next("problem").at("status").as_int64() == 503);
}

BOOST_AUTO_TEST_CASE(broken_frames_are_closed_with_the_right_code) {
  served fixture;
  const auto code = [&](const auto& misbehave) {
    ws_client client(fixture.port());
    client.next("snapshot");
    misbehave(client);
    ws_frame last = client.frame();
    const int told = last.close_code();
    client.send_frame(8, last.payload);
    BOOST_TEST(client.closed());
    return told;
  };
  BOOST_TEST(code([](ws_client& client) { client.send_frame(1, "{}", true, false); }) == 1002);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(3, "{}"); }) == 1002);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(0, "{}"); }) == 1002);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(9, std::string(126, 'x')); }) == 1002);
  BOOST_TEST(code([](ws_client& client) { client.send(std::string(20, '\xff')); }) == 1002);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(2, "{}"); }) == 1003);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(1, "\"\xff\""); }) == 1007);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(1, std::string(64 * 1024 + 1, 'x')); }) == 1009);
  BOOST_TEST(code([](ws_client& client) {
               for (int part = 0; part < 5; ++part)
                 client.send_frame(part == 0 ? 1 : 0, std::string(16 * 1024, 'x'), false);
             }) == 1009);
  BOOST_TEST(code([](ws_client& client) { client.send_frame(8, "\x03\xe8"); }) == 1000);
}

BOOST_AUTO_TEST_CASE(fragments_and_pings_are_understood) {
  served fixture;
  ws_client client(fixture.port());
  client.next("snapshot");
  const std::string text = R"({"op":"dislike","id":1,"user_id":"ann","dislike":{"movie_title":"Saw"}})";
  client.send_frame(1, text.substr(0, 10), false);
  client.send_frame(9, "are you there");
  client.send_frame(0, text.substr(10));
  const ws_frame pong = client.frame();
  BOOST_TEST(pong.opcode == 10);
  BOOST_TEST(pong.payload == "are you there");
  BOOST_TEST(client.next("receipt").at("id").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(who_pings_and_never_reads_is_cut_off) {
  served fixture;
  ws_client client(fixture.port(), "/api/live", 4'096);
  std::string pings;
  for (int count = 0; count < 1'000; ++count)
    pings += std::string("\x89\xfd", 2) + "\x01\x02\x03\x04" + std::string(125, 'p');
  bool open = true;
  for (int round = 0; round < 1'000 && open; ++round) open = client.send(pings);
  BOOST_TEST(!open);
}

BOOST_AUTO_TEST_CASE(a_silent_client_is_pinged_and_then_dropped) {
  served fixture([](settings& chosen) { chosen.server.idle_timeout = 400ms; });
  ws_client client(fixture.port());
  client.next("snapshot");
  for (int count = 0; count < 3; ++count) {
    const ws_frame ping = client.frame();
    BOOST_TEST_REQUIRE(ping.opcode == 9);
    client.send_frame(10, ping.payload);
  }
  BOOST_TEST(client.closed(3s));
}

BOOST_AUTO_TEST_CASE(live_clients_over_the_bound_are_refused_before_the_upgrade) {
  served fixture([](settings& chosen) { chosen.live.max_clients = 1; });
  ws_client first(fixture.port());
  first.next("snapshot");
  ws_client second(fixture.port());
  BOOST_TEST(second.upgraded().status == 503);
  BOOST_TEST(second.upgraded().has("Retry-After: "));
}

BOOST_AUTO_TEST_CASE(requests_before_the_upgrade_are_answered_first_and_frames_after_it_are_kept) {
  served fixture;
  http_client client(fixture.port());
  const std::string text = R"({"op":"dislike","id":1,"user_id":"ann","dislike":{"movie_title":"Saw"}})";
  std::string frame = "\x81";
  frame += static_cast<char>(0x80 | text.size());
  frame += std::string(4, '\0') + text;
  client.send(dislike_request_text("delay 100") +
              "GET /api/live HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" +
              frame);
  BOOST_TEST(client.answer().json().at("title").as_string() == "delay 100");
  BOOST_TEST(client.answer().status == 101);
  BOOST_TEST(client.read_until(R"("type":"receipt","id":1)").ends_with(R"("id":1)"));
}

BOOST_AUTO_TEST_CASE(a_client_is_told_to_come_back_when_there_is_no_stream) {
  served fixture([](settings& chosen) { chosen.server.request_timeout = 200ms; });
  fixture.end_pipeline();
  ws_client client(fixture.port());
  BOOST_TEST(client.upgraded().status == 101);
  BOOST_TEST(client.frame().close_code() == 1013);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
