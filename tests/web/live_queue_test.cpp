#include "web/live_queue.hpp"
#include "web/live_state.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace demur::web {
namespace {

constexpr timestamp noon{std::chrono::milliseconds(1'767'268'800'000)};

live_item item(std::uint64_t seq, std::string_view type = "dislike", std::string user = "ann",
               std::string reason = "wrong_genre") {
  return {seq, topic_of(type), std::move(user), std::move(reason), live_message(type, seq, noon, "{}")};
}

/// The JSON in a frame.
boost::json::object text_of(const payload& frame) {
  const std::size_t head = (*frame)[1] == 126 ? 4 : ((*frame)[1] == 127 ? 10 : 2);
  return boost::json::parse(std::string_view(*frame).substr(head)).as_object();
}

/// What comes out of a queue: `type seq`, for a gap `gap from-to missed`.
std::vector<std::string> drain(live_queue& queue) {
  std::vector<std::string> out;
  while (const payload next = queue.pop(noon)) {
    const auto message = text_of(next);
    const std::string type(message.at("type").as_string());
    if (type == "gap") {
      const auto& data = message.at("data").as_object();
      out.push_back("gap " + serialize(data.at("from")) + "-" + serialize(data.at("to")) + " " +
                    serialize(data.at("missed")));
    } else {
      out.push_back(type + " " + serialize(message.at("seq")));
    }
  }
  return out;
}

using list = std::vector<std::string>;

BOOST_AUTO_TEST_SUITE(live_queue_of_a_client)

BOOST_AUTO_TEST_CASE(a_message_has_the_four_members_of_the_contract) {
  const auto message = text_of(live_message("dislike", 7, noon, R"({"a":1})"));
  BOOST_TEST(serialize(message) == R"({"type":"dislike","seq":7,"at":"2026-01-01T12:00:00.000Z","data":{"a":1}})");
}

BOOST_AUTO_TEST_CASE(a_frames_length_takes_one_three_or_nine_bytes) {
  const auto head = [](std::size_t size) {
    const payload frame = text_frame(std::string(size, 'x'));
    return std::vector<int>{static_cast<unsigned char>((*frame)[1]), static_cast<int>(frame->size() - size)};
  };
  BOOST_TEST(head(0) == (std::vector<int>{0, 2}), boost::test_tools::per_element());
  BOOST_TEST(head(125) == (std::vector<int>{125, 2}), boost::test_tools::per_element());
  BOOST_TEST(head(126) == (std::vector<int>{126, 4}), boost::test_tools::per_element());
  BOOST_TEST(head(65'535) == (std::vector<int>{126, 4}), boost::test_tools::per_element());
  BOOST_TEST(head(65'536) == (std::vector<int>{127, 10}), boost::test_tools::per_element());
  const payload frame = text_frame(std::string(0x1234, 'x'));
  BOOST_TEST((*frame)[0] == '\x81');
  BOOST_TEST((*frame)[2] == '\x12');
  BOOST_TEST((*frame)[3] == '\x34');
}

BOOST_AUTO_TEST_CASE(events_leave_in_order) {
  live_queue queue({}, 10);
  for (const std::uint64_t seq : {1U, 2U, 3U}) queue.push(item(seq));
  BOOST_TEST(drain(queue) == (list{"dislike 1", "dislike 2", "dislike 3"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_full_queue_drops_the_oldest_and_tells_which) {
  live_queue queue({}, 3);
  for (std::uint64_t seq = 1; seq <= 10; ++seq) queue.push(item(seq));
  BOOST_TEST(queue.size() == 3U);
  BOOST_TEST(drain(queue) == (list{"gap 1-7 7", "dislike 8", "dislike 9", "dislike 10"}),
             boost::test_tools::per_element());
  queue.push(item(11));
  BOOST_TEST(drain(queue) == (list{"dislike 11"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_second_gap_is_told_on_its_own) {
  live_queue queue({}, 2);
  for (const std::uint64_t seq : {1U, 2U, 3U}) queue.push(item(seq));
  BOOST_TEST(text_of(queue.pop(noon)).at("type").as_string() == "gap");
  queue.push(item(4));
  BOOST_TEST(drain(queue) == (list{"gap 2-2 1", "dislike 3", "dislike 4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_got_lost_before_is_told_in_its_place) {
  live_queue queue({}, 3);
  queue.push(item(1));
  queue.lose({2, 5, 4});
  queue.push(item(6));
  BOOST_TEST(drain(queue) == (list{"dislike 1", "gap 2-5 4", "dislike 6"}), boost::test_tools::per_element());
  queue.lose({7, 8, 2});
  queue.lose({9, 9, 1});
  queue.push(item(10));
  BOOST_TEST(drain(queue) == (list{"gap 7-9 3", "dislike 10"}), boost::test_tools::per_element());
  // What is lost of a full queue and what was lost before is one gap.
  queue.push(item(11));
  queue.lose({12, 14, 3});
  for (std::uint64_t seq = 15; seq <= 18; ++seq) queue.push(item(seq));
  BOOST_TEST(drain(queue) == (list{"gap 11-15 5", "dislike 16", "dislike 17", "dislike 18"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_a_filter_holds_back_is_no_gap) {
  live_queue queue({topic_of("dislike"), "ann", "wrong_genre"}, 2);
  queue.push(item(1, "adjustment"));
  queue.push(item(2, "dislike", "bob"));
  queue.push(item(3, "dislike", "ann", "poor_quality"));
  queue.push(item(4));
  queue.push(item(5, "dislike", "", ""));
  BOOST_TEST(drain(queue) == (list{"dislike 4", "dislike 5"}), boost::test_tools::per_element());
  for (std::uint64_t seq = 6; seq <= 12; ++seq) queue.push(item(seq, "dislike", seq % 2 == 0 ? "ann" : "bob"));
  BOOST_TEST(drain(queue) == (list{"gap 6-8 2", "dislike 10", "dislike 12"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(only_the_newest_metrics_wait_and_they_go_first) {
  live_queue queue({}, 10);
  queue.push(item(1));
  queue.offer_metrics(live_message("metrics", 1, noon, "{}"));
  queue.offer_metrics(live_message("metrics", 2, noon, "{}"));
  BOOST_TEST(drain(queue) == (list{"metrics 2", "dislike 1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(who_did_not_choose_metrics_gets_none_but_the_snapshot) {
  live_queue queue({topic_of("model"), {}, {}}, 10);
  queue.restart(live_message("snapshot", 4, noon, "{}"));
  queue.offer_metrics(live_message("metrics", 4, noon, "{}"));
  BOOST_TEST(drain(queue) == (list{"snapshot 4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_stream_forgets_what_waited) {
  live_queue queue({}, 2);
  for (const std::uint64_t seq : {1U, 2U, 3U}) queue.push(item(seq));
  queue.offer_metrics(live_message("metrics", 3, noon, "{}"));
  queue.restart(live_message("snapshot", 0, noon, "{}"));
  queue.push(item(1));
  BOOST_TEST(drain(queue) == (list{"snapshot 0", "dislike 1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(live_state_for_newcomers)

live_news news(std::string stream, std::vector<std::uint64_t> events, std::string metrics = {}, std::uint64_t seq = 0) {
  live_news made;
  made.stream = std::move(stream);
  made.metrics = std::move(metrics);
  made.metrics_seq = seq;
  for (const std::uint64_t each : events) made.items.push_back(item(each));
  return made;
}

/// What a client sees that comes now.
list seen_by_newcomer(const live_state& state) {
  live_queue queue({}, 100);
  const live_batch_ptr batch = state.welcome(noon);
  queue.restart(batch->snapshot);
  for (const live_item& each : batch->items) queue.push(each);
  return drain(queue);
}

BOOST_AUTO_TEST_CASE(a_snapshot_names_the_stream_and_carries_the_metrics) {
  live_state state(10);
  BOOST_TEST(!state.known());
  state.absorb(news("s\"1", {}, R"({"total_dislikes":5})", 9), noon);
  BOOST_TEST(state.known());
  const auto message = text_of(state.welcome(noon)->snapshot);
  BOOST_TEST(serialize(message.at("data")) == R"({"stream":"s\"1","metrics":{"total_dislikes":5}})");
  BOOST_TEST(serialize(message.at("seq")) == "9");
}

BOOST_AUTO_TEST_CASE(a_newcomer_gets_the_events_that_the_metrics_do_not_include) {
  live_state state(10);
  state.absorb(news("s1", {}, "{}", 0), noon);
  state.absorb(news("s1", {1, 2, 3}), noon);
  BOOST_TEST(seen_by_newcomer(state) == (list{"snapshot 0", "dislike 1", "dislike 2", "dislike 3"}),
             boost::test_tools::per_element());
  state.absorb(news("s1", {4}, "{}", 3), noon);
  BOOST_TEST(seen_by_newcomer(state) == (list{"snapshot 3", "dislike 4"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_events_kept_for_newcomers_are_bounded) {
  live_state state(2);
  state.absorb(news("s1", {}, "{}", 0), noon);
  for (std::uint64_t seq = 1; seq <= 50; ++seq) state.absorb(news("s1", {seq}), noon);
  BOOST_TEST(seen_by_newcomer(state) == (list{"snapshot 48", "dislike 49", "dislike 50"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_newcomer_begins_behind_what_got_lost) {
  live_state state(10);
  state.absorb(news("s1", {1, 2}, "{}", 0), noon);
  live_news lost = news("s1", {});
  lost.lost = {3, 6, 4};
  BOOST_TEST(state.absorb(lost, noon)->lost.missed == 4U);
  state.absorb(news("s1", {7}), noon);
  BOOST_TEST(seen_by_newcomer(state) == (list{"snapshot 6", "dislike 7"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(those_who_are_here_get_the_news) {
  live_state state(10);
  BOOST_TEST(state.absorb(news("s1", {}, "{}", 0), noon)->snapshot != nullptr);
  const live_batch_ptr batch = state.absorb(news("s1", {1, 2}, R"({"x":1})", 2), noon);
  BOOST_TEST(batch->snapshot == nullptr);
  BOOST_TEST(batch->items.size() == 2U);
  BOOST_TEST(serialize(text_of(batch->metrics).at("data")) == R"({"x":1})");
}

BOOST_AUTO_TEST_CASE(a_restarted_pipeline_gives_everybody_a_fresh_snapshot) {
  live_state state(10);
  state.absorb(news("s1", {1, 2}, "{}", 2), noon);
  const live_batch_ptr batch = state.absorb(news("s2", {1}), noon);
  BOOST_TEST_REQUIRE(batch->snapshot != nullptr);
  BOOST_TEST(serialize(text_of(batch->snapshot).at("data")) == R"({"stream":"s2","metrics":null})");
  BOOST_TEST(batch->items.size() == 1U);
  BOOST_TEST(seen_by_newcomer(state) == (list{"snapshot 0", "dislike 1"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_answer_repeats_the_id_as_it_was) {
  response made = json_response(201, R"({"x":1})");
  BOOST_TEST(live_answer(R"({"a":[1]})", made) == R"({"type":"receipt","id":{"a":[1]},"status":201,"data":{"x":1}})");
  made.replayed = true;
  BOOST_TEST(live_answer("7", made) == R"({"type":"receipt","id":7,"status":201,"replayed":true,"data":{"x":1}})");
  BOOST_TEST(live_answer("null", json_response(422, "{}")) == R"({"type":"problem","id":null,"status":422,"data":{}})");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
