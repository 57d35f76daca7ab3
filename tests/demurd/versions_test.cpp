#include "demurd/at_work.hpp"
#include "demurd/program.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using options = std::vector<std::string>;

const std::string data = "versions";

options server(const kept_port& port) {
  return {"--config", "versions.toml", "--listen",      "127.0.0.1:" + std::to_string(port.number()), "--data",
          data,       "--plugins",     DEMUR_PLUGIN_DIR};
}

/// The answer's body; empty if there was none.
std::string ask(const kept_port& port, std::string_view method, const std::string& target,
                const std::string& body = {}) {
  const std::string answer =
      exchange(port.number(), std::string(method) + " " + target +
                                  " HTTP/1.1\r\nHost: here\r\nConnection: close\r\nX-User-ID: ann\r\n"
                                  "Content-Type: application/json\r\nContent-Length: " +
                                  std::to_string(body.size()) + "\r\n\r\n" + body);
  return answer.substr(std::min(answer.find("\r\n\r\n"), answer.size()));
}

json::object parsed(const std::string& body) {
  boost::system::error_code failed;
  const json::value read = json::parse(body, failed);
  return !failed && read.is_object() ? read.get_object() : json::object{};
}

/// The versions as the server shows them, newest first; none if it does not answer.
json::array versions_at(const kept_port& port) {
  json::object read = parsed(ask(port, "GET", "/api/models"));
  return read.contains("models") ? read["models"].as_array() : json::array{};
}
std::int64_t id_of(const json::value& version) { return version.at("model_version_id").as_int64(); }
std::int64_t live_of(const json::array& versions) {
  for (const json::value& one : versions)
    if (one.at("state").as_string() == "live") return id_of(one);
  return 0;
}

/// Retrains, promotes and rolls back without a pause, whether somebody answers or not.
class meddler {
public:
  explicit meddler(const kept_port& port) : port_(port), thread_([this] { meddle(); }) {}
  ~meddler() {
    done_ = true;
    thread_.join();
  }
  meddler(const meddler&) = delete;
  meddler& operator=(const meddler&) = delete;
  /// Promotions and rollbacks that were answered.
  int changes() const { return changes_; }

private:
  void change(const std::string& target, const std::string& body = {}) {
    if (parsed(ask(port_, "POST", target, body)).contains("model_version_id")) ++changes_;
  }
  void meddle() {
    std::mt19937 random(37);
    while (!done_) {
      const json::array versions = versions_at(port_);
      const std::string live = std::to_string(live_of(versions));
      switch (random() % 4) {
        case 0:
          change("/api/models/" + live + "/rollback", R"({"reason":"on trial"})");
          break;
        case 1:
          if (!versions.empty())
            change("/api/models/" + std::to_string(id_of(versions[random() % versions.size()])) + "/promote");
          break;
        case 2:
          ask(port_, "POST", "/api/dislike", R"({"movie_title":"Saw","predicted_score":0.5})");
          break;
        default:
          ask(port_, "POST", "/api/retrain");
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(random() % 30));
    }
  }

  const kept_port& port_;
  std::atomic<bool> done_ = false;
  std::atomic<int> changes_ = 0;
  std::thread thread_;
};

std::int64_t number(const std::string& sql) {
  soci::session session("sqlite3", "db=" + data + "/demur.db timeout=10");
  long long found = 0;
  session << sql, soci::into(found);
  return found;
}

/// Sixty people with a taste each, so that every version ranks.
void feed_ratings(const kept_port& port) {
  json::array ratings;
  for (int user = 0; user < 60; ++user)
    for (int movie = 1 + user % 3; movie <= 40; movie += 3)
      ratings.push_back({{"user_id", "u" + std::to_string(user)},
                         {"movie_id", movie},
                         {"rating", (user + movie) % 2 == 0 ? 5.0 : 1.0}});
  BOOST_TEST(parsed(ask(port, "POST", "/api/ratings", json::serialize(ratings))).contains("stored"));
}

/// Of a store that nobody has open: one version is live or none, what it knows is marked, and there is a file for each
/// version that could serve, and for no other.
void check_store() {
  BOOST_TEST(number("select count(*) from model_versions where state = 'live'") <= 1);
  const std::string through =
      std::to_string(number("select coalesce(max(claim_through), 0) from model_versions where state = 'live'"));
  BOOST_TEST(number("select count(*) from negative_training_examples where used_in_training <> (example_id <= " +
                    through + ")") == 0);
  BOOST_TEST(number("select count(*) from model_versions v where claim_after <> coalesce((select claim_through "
                    "from model_versions p where p.model_version_id = v.parent_id), 0)") == 0);
  std::set<std::string> files, expected;
  for (const auto& file : fs::directory_iterator(data + "/models")) files.insert(file.path().filename().string());
  settings chosen;
  chosen.data_folder = data;
  const auto store = store::reader::open(chosen);
  BOOST_REQUIRE(store);
  const auto versions = (*store)->models();
  BOOST_REQUIRE(versions);
  for (const model_version& one : *versions) {
    BOOST_TEST((one.state != model_state::training));
    if (one.state == model_state::failed) continue;
    for (const char* kind : {".model", ".ranking"}) expected.insert(std::to_string(one.model_version_id) + kind);
  }
  BOOST_TEST(files == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE(killed_versions)

BOOST_AUTO_TEST_CASE(whatever_was_under_way_a_start_serves_what_the_store_says_and_leaves_nothing_lying_about) {
  fs::remove_all(data);
  std::ofstream("versions.toml") << "[retrain]\nautomatic = false\nkept_versions = 1000\n"
                                 << "[trainer.ials]\nfactors = 8\nepochs = 3\n"
                                 << "[server]\ndrain_timeout = '30s'\n";
  const kept_port port;
  const std::string url = "http://127.0.0.1:" + std::to_string(port.number());
  {
    // So many that training and marking take a while.
    program demurd(server(port));
    BOOST_REQUIRE_MESSAGE(demurd.says(" started"), demurd.err());
    program load(
        {"--server", url, "load", "--count", "20000", "--users", "500", "--connections", "8", "--pipeline", "4"}, {},
        "demur");
    BOOST_TEST(load.wait(std::chrono::seconds(120)) == 0, load.err());
    feed_ratings(port);
    demurd.send(SIGTERM);
    BOOST_TEST(demurd.wait() == 0);
  }
  std::mt19937 random(20'261'126);
  int changes = 0;
  {
    const meddler at_work(port);
    // A slow build gets no change done in half a second: the lives grow longer until it does.
    constexpr int wanted_changes = 6, kills = 15, most_kills = 40;
    for (int kill = 0; kill < kills || (at_work.changes() < wanted_changes && kill < most_kills); ++kill) {
      program demurd(server(port));
      BOOST_REQUIRE_MESSAGE(demurd.says(" started"), demurd.err());
      const unsigned longest = at_work.changes() < wanted_changes ? 500U + 200U * static_cast<unsigned>(kill) : 500U;
      std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % longest));
      demurd.send(SIGKILL);
      BOOST_TEST(demurd.wait() == -SIGKILL);
    }
    changes = at_work.changes();
  }
  // It marks what was left to be marked, and then ends as it should.
  program demurd(server(port));
  BOOST_REQUIRE_MESSAGE(demurd.says(" started"), demurd.err());
  const json::object figures = parsed(ask(port, "GET", "/api/feedback-metrics"));
  const json::array versions = versions_at(port);
  BOOST_TEST(figures.at("model_version_id").as_int64() == live_of(versions));
  demurd.send(SIGTERM);
  BOOST_TEST(demurd.wait() == 0);
  check_store();
  BOOST_TEST(figures.at("untrained_negative_examples").as_int64() ==
             number("select count(*) from negative_training_examples where used_in_training = 0"));
  // A test that kills at idle moments only would pass, too.
  const auto interrupted = std::count_if(versions.begin(), versions.end(), [](const json::value& one) {
    return one.at("state").as_string() == "failed" && one.at("reason") == json::value("Its training was interrupted.");
  });
  BOOST_TEST(interrupted > 0);
  BOOST_TEST(changes > 5);
}

BOOST_AUTO_TEST_CASE(a_version_is_promoted_and_rolled_back_over_http_and_stays_so) {
  demurd_at_work demurd("changed", "[retrain]\nautomatic = false\n");
  const auto over = [&] { return web::http_client(demurd.port()); };
  const auto retrain = [&] {
    auto client = over();
    for (int i = 0; i < 6; ++i)
      post(client, "/api/dislike", "u" + std::to_string(i), R"({"movie_title":"Saw","genres":["Horror"]})");
    const auto ticket = post(client, "/api/retrain", "", "");
    BOOST_REQUIRE_EQUAL(ticket.status, 202);
    const std::int64_t version = ticket.json().at("retrain_id").as_int64();
    const std::string path = "/api/models/" + std::to_string(version);
    while (get(client, path).json().at("state").as_string() == "training")
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    BOOST_TEST(get(client, path).json().at("claimed_dislikes").as_array().size() == 6U);
    return version;
  };
  const std::int64_t first = retrain(), second = retrain();
  const auto path_of = [](std::int64_t version, const std::string& what) {
    return "/api/models/" + std::to_string(version) + "/" + what;
  };
  const auto serving = [&] {
    auto client = over();
    return get(client, "/api/feedback-metrics").json().at("model_version_id").as_int64();
  };
  BOOST_TEST(serving() == second);
  {
    auto client = over();
    const auto back = post(client, path_of(second, "rollback"), "", R"({"reason":"It hides all of Horror."})");
    BOOST_TEST(back.status == 200);
    BOOST_TEST(id_of(back.json()) == first);
    BOOST_TEST(post(client, path_of(second, "rollback"), "", "").status == 409);
    BOOST_TEST(post(client, path_of(first, "promote"), "", "").status == 409);
    BOOST_TEST(post(client, path_of(7, "promote"), "", "").status == 404);
    BOOST_TEST(get(client, "/api/models/7").status == 404);
  }
  demurd.restart();
  BOOST_TEST(serving() == first);
  {
    auto client = over();
    const auto taken_back = get(client, "/api/models/" + std::to_string(second)).json();
    BOOST_TEST(taken_back.at("state").as_string() == "rolled_back");
    BOOST_TEST(taken_back.at("reason").as_string() == "It hides all of Horror.");
    BOOST_TEST(id_of(post(client, path_of(second, "promote"), "", "{}").json()) == second);
    BOOST_TEST(id_of(post(client, path_of(second, "rollback"), "", "").json()) == first);
    const auto none = post(client, path_of(first, "rollback"), "", "");
    BOOST_TEST(none.body == R"({"model_version_id":0})");
  }
  demurd.restart();
  BOOST_TEST(serving() == 0);
  demurd.end();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
