#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace demur {
namespace {

namespace json = boost::json;
using namespace std::string_literals;

/// A client of the live stream that takes every message and holds each event's number against the one before.
class witness {
public:
  explicit witness(std::uint16_t port) : socket_(port) {
    snapshot = socket_.next();
    BOOST_TEST(snapshot.at("type").as_string() == "snapshot");
    last_seq_ = seq_of(snapshot);
  }

  /// Reads on to a message of this type for which `right` holds of its data.
  template <class Right>
  json::object see(std::string_view type, const Right& right) {
    for (;;) {
      json::object message = socket_.next();
      BOOST_REQUIRE_MESSAGE(!message.empty(), "no " << type << " came");
      const std::string_view found = message.at("type").as_string();
      if (found == "metrics") {
        BOOST_TEST(seq_of(message) <= last_seq_);
      } else {
        BOOST_TEST_REQUIRE(seq_of(message) == ++last_seq_);
      }
      ++seen_[std::string(found)];
      if (found == type && right(message.at("data").as_object())) return message;
    }
  }
  json::object see(std::string_view type) {
    return see(type, [](const json::object&) { return true; });
  }

  int seen(const std::string& type) { return seen_[type]; }
  std::int64_t last_seq() const { return last_seq_; }

  json::object snapshot;

  static std::int64_t seq_of(const json::object& message) { return message.at("seq").as_int64(); }

private:
  web::ws_client socket_;
  std::int64_t last_seq_ = 0;
  std::map<std::string, int> seen_;
};

/// Everybody says it of another film: many who say wrong_genre of one would have its metadata looked at instead.
std::string horror(int film) {
  return R"({"movie_id":)" + std::to_string(film) +
         R"(,"predicted_score":0.5,"reason":"wrong_genre","genres":["Horror"]})";
}

/// In a catalogue of horror films alone horror is no concentration: only the count makes a retrain due.
std::string only_horror(int films) {
  std::string rows;
  for (int film = 1; film <= films; ++film)
    rows += (rows.empty() ? "[" : ",") + R"({"movie_id":)"s + std::to_string(film) + R"(,"movie_title":"Saw )" +
            std::to_string(film) + R"(","genres":["Horror"]})";
  return rows + "]";
}

const std::string candidates = R"({"candidates":[{"movie_id":30,"score":0.9},
                                                 {"movie_id":99,"movie_title":"Gigi","score":0.8,"genres":["Musical"]},
                                                 {"movie_id":1,"score":0.7}]})";

std::string user(int number) { return "user" + std::to_string(number); }

double number_at(const json::object& of, std::string_view name) { return of.at(name).to_number<double>(); }

json::object first_of(const json::object& of, std::string_view list) {
  BOOST_REQUIRE(!of.at(list).as_array().empty());
  return of.at(list).as_array().front().as_object();
}

/// What a client can ask that must not change with a restart.
std::vector<std::string> remembered(std::uint16_t port) {
  web::http_client over(port);
  std::vector<std::string> answers;
  const auto take = [&](const web::http_answer& answer) {
    BOOST_TEST(answer.status == 200, answer.body);
    answers.push_back(answer.body);
  };
  for (const char* who : {"user1", "user20", "nobody"}) {
    take(get(over, "/api/dislike-history", who));
    take(get(over, "/api/dislike-patterns", who));
  }
  take(get(over, "/api/dislike-patterns?scope=all"));
  take(get(over, "/api/feedback-metrics"));
  answers.back() = stored_part(answers.back());
  take(get(over, "/api/models"));
  return answers;
}

BOOST_AUTO_TEST_SUITE(journey)

BOOST_AUTO_TEST_CASE(a_dislike_travels_from_http_to_a_new_model_and_is_seen_on_the_socket_all_the_way) {
  demurd_at_work demurd("journey");
  web::http_client over(demurd.port());
  BOOST_TEST(post(over, "/api/movies", "", only_horror(30)).body == R"({"stored":30})");

  witness live(demurd.port());
  BOOST_TEST(live.last_seq() == 0);
  BOOST_TEST(live.snapshot.at("data").at("metrics").at("total_dislikes").as_int64() == 0);

  // The first dislike: told to its sender, then to all.
  const std::string key = "Idempotency-Key: the-first\r\n";
  const auto first = post(over, "/api/dislike", user(1), horror(1), key);
  BOOST_TEST_REQUIRE(first.status == 201, first.body);
  const auto receipt = first.json();
  BOOST_TEST(number_at(first_of(receipt, "adjustments"), "weight_after") == 0.85, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(!receipt.at("retraining_triggered").as_bool());
  const auto disliked = live.see("dislike");
  BOOST_TEST(witness::seq_of(disliked) == 1);
  BOOST_TEST((disliked.at("data").at("dislike_id") == receipt.at("dislike_id")));
  const auto adjusted = live.see("adjustment");
  BOOST_TEST(witness::seq_of(adjusted) == 2);
  BOOST_TEST((adjusted.at("data").at("adjustments") == receipt.at("adjustments")));
  const auto measured = live.see("metrics");
  BOOST_TEST(witness::seq_of(measured) == 2);
  BOOST_TEST(measured.at("data").at("total_dislikes").as_int64() == 1);

  // Nineteen more people agree; with the last of them a retrain is due.
  for (int number = 2; number <= 20; ++number) {
    const auto answer = post(over, "/api/dislike", user(number), horror(number));
    BOOST_TEST_REQUIRE(answer.status == 201, answer.body);
    BOOST_TEST(answer.json().at("retraining_triggered").as_bool() == (number == 20));
  }
  for (const std::string_view phase : {"due", "started", "published"})
    live.see("retrain", [&](const json::object& data) { return data.at("phase").as_string() == phase; });
  const auto model = live.see("model").at("data").as_object();
  const json::value version = model.at("model_version_id");
  live.see("metrics", [&](const json::object& data) { return data.at("model_version_id") == version; });
  BOOST_TEST(live.seen("dislike") == 20);
  BOOST_TEST(live.seen("adjustment") == 20);
  BOOST_TEST(live.seen("retrain") > 3);  // and how far it was

  // The new version serves.
  const auto newest = first_of(get(over, "/api/models").json(), "models");
  BOOST_TEST((newest.at("model_version_id") == version));
  BOOST_TEST(newest.at("state").as_string() == "live");
  BOOST_TEST(newest.at("cause").at("rule").as_string() == "count");
  BOOST_TEST(newest.at("claimed_examples").as_int64() == 20);

  // Whoever never said a word feels what twenty agreed on; all of them lowered horror to 0.85.
  const auto fresh = post(over, "/api/rerank", "fresh", candidates).json();
  BOOST_TEST((fresh.at("model_version_id") == version));
  BOOST_TEST(fresh.at("filtered").as_array().empty());
  const auto& ranked = fresh.at("candidates").as_array();
  BOOST_TEST_REQUIRE(ranked.size() == 3U);
  BOOST_TEST(ranked[0].at("movie_id").as_int64() == 99);
  BOOST_TEST(ranked[1].at("movie_id").as_int64() == 30);
  BOOST_TEST(ranked[1].at("multiplier").to_number<double>() == 0.85, boost::test_tools::tolerance(1e-4));
  BOOST_TEST(ranked[1].at("adjusted_score").to_number<double>() == 0.765, boost::test_tools::tolerance(1e-4));

  // Who said it feels his own word too, and never sees that film again.
  const auto own = post(over, "/api/rerank", user(1), candidates).json();
  const auto hidden = first_of(own, "filtered");
  BOOST_TEST(hidden.at("movie_id").as_int64() == 1);
  BOOST_TEST((hidden.at("dislike_id") == receipt.at("dislike_id")));
  BOOST_TEST_REQUIRE(own.at("candidates").as_array().size() == 2U);
  BOOST_TEST(own.at("candidates").as_array()[1].at("multiplier").to_number<double>() == 0.7225,
             boost::test_tools::tolerance(1e-4));

  // All of it is there after a restart, to the byte.
  const auto before = remembered(demurd.port());
  demurd.restart();
  const auto after = remembered(demurd.port());
  BOOST_TEST(after == before, boost::test_tools::per_element());
  web::http_client again(demurd.port());
  const auto repeated = post(again, "/api/dislike", user(1), horror(1), key);
  BOOST_TEST(repeated.status == 201);
  BOOST_TEST(repeated.body == first.body);
  BOOST_TEST(repeated.has("Idempotent-Replayed: true"));
  const auto still = post(again, "/api/rerank", "fresh", candidates).json();
  BOOST_TEST((still.at("model_version_id") == version));
  BOOST_TEST(still.at("candidates").as_array()[1].at("multiplier").to_number<double>() == 0.85,
             boost::test_tools::tolerance(1e-4));
}

BOOST_AUTO_TEST_CASE(dislikes_sent_over_the_socket_are_answered_there_in_the_order_sent) {
  demurd_at_work demurd("socket", "[retrain]\nautomatic = false\n");
  web::ws_client socket(demurd.port(), "/api/live?topics=model&user_id=ann");
  BOOST_TEST(socket.upgraded().status == 101);
  constexpr int count = 60;
  for (int number = 0; number < count; ++number) {
    // Every third is refused at once, while those before it are still on their way to the disk.
    const std::string reason = number % 3 == 2 ? "boredom" : "wrong_genre";
    socket.send_text(R"({"op":"dislike","id":)" + std::to_string(number) + R"(,"dislike":{"movie_title":"Film )" +
                     std::to_string(number) + R"(","genres":["Horror"],"reason":")" + reason + R"("}})");
  }
  std::vector<json::value> stored;
  for (int number = 0; number < count;) {
    const auto answer = socket.next();
    BOOST_REQUIRE(!answer.empty());
    if (answer.at("type").as_string() == "snapshot") continue;
    BOOST_TEST_REQUIRE(answer.at("id").as_int64() == number);
    BOOST_TEST(answer.at("status").as_int64() == (number % 3 == 2 ? 422 : 201));
    BOOST_TEST(answer.at("type").as_string() == (number % 3 == 2 ? "problem" : "receipt"));
    if (number % 3 != 2) stored.push_back(answer.at("data").at("dislike_id"));
    ++number;
  }

  web::http_client over(demurd.port());
  const auto history = get(over, "/api/dislike-history", "ann").json();
  BOOST_TEST(history.at("total").as_int64() == 40);
  std::vector<json::value> kept;
  for (const auto& row : history.at("dislikes").as_array()) kept.insert(kept.begin(), row.at("dislike_id"));
  BOOST_TEST((kept == stored));
}

BOOST_AUTO_TEST_CASE(a_key_is_the_same_over_http_and_the_socket) {
  demurd_at_work demurd("keys", "[retrain]\nautomatic = false\n");
  const std::string dislike = R"({"movie_title":"Saw","genres":["Horror"]})";
  web::ws_client socket(demurd.port(), "/api/live?topics=model&user_id=ann");
  const auto over_socket = [&](const std::string& what) {
    socket.send_text(R"({"op":"dislike","id":1,"idempotency_key":"k","dislike":)" + what + "}");
    json::object answer = socket.next();
    while (answer.at("type").as_string() == "snapshot") answer = socket.next();
    return answer;
  };
  const auto first = over_socket(dislike);
  BOOST_TEST(first.at("status").as_int64() == 201);
  BOOST_TEST(!first.contains("replayed"));
  const auto second = over_socket(dislike);
  BOOST_TEST(second.at("status").as_int64() == 201);
  BOOST_TEST(second.at("replayed").as_bool());
  BOOST_TEST((second.at("data") == first.at("data")));
  const auto other = over_socket(R"({"movie_title":"Hostel"})");
  BOOST_TEST(other.at("status").as_int64() == 422);
  BOOST_TEST(other.at("data").at("field").as_string() == "Idempotency-Key");

  web::http_client over(demurd.port());
  const auto posted = post(over, "/api/dislike", "ann", dislike, "Idempotency-Key: k\r\n");
  BOOST_TEST(posted.status == 201);
  BOOST_TEST(posted.has("Idempotent-Replayed: true"));
  BOOST_TEST((posted.json() == first.at("data").as_object()));
  BOOST_TEST(get(over, "/api/dislike-history", "ann").json().at("total").as_int64() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
