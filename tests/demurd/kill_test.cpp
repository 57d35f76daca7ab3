#include "demurd/at_work.hpp"
#include "demurd/program.hpp"
#include "domain/user_state.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
using options = std::vector<std::string>;

const std::string data = "killed";

options server(const kept_port& port, const std::string& config = "killed.toml") {
  return {"--config", config, "--listen",  "127.0.0.1:" + std::to_string(port.number()),
          "--data",   data,   "--plugins", DEMUR_PLUGIN_DIR};
}

std::string get(const kept_port& port, const std::string& target) {
  const auto answer = exchange(port.number(), "GET " + target + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  BOOST_TEST(answer.starts_with("HTTP/1.1 200"), answer);
  return answer.substr(std::min(answer.find("\r\n\r\n"), answer.size()));
}

void started(program& demurd) { BOOST_REQUIRE_MESSAGE(demurd.says(" started"), demurd.err()); }

void ended(program& demurd) {
  demurd.send(SIGTERM);
  BOOST_TEST(demurd.wait() == 0);
}

template <class T>
T must(result<T> got) {
  if (!got) BOOST_FAIL(got.problem().detail);
  return *std::move(got);
}

/// What the store must hold, made anew from the dislikes and their impacts alone.
struct refold {
  std::map<std::string, user_state> users;
  std::map<std::string, id> newest;
  std::int64_t entries = 0;

  void add(const case_entry& entry) {
    constexpr double burst_half_life_days = 300.0 / 86'400.0;
    const dislike& row = entry.row;
    ++entries;
    BOOST_TEST(row.previous_dislike_id == std::exchange(newest[row.user_id], row.dislike_id));
    BOOST_TEST(entry.example.has_value() == (row.reason != "already_watched"));
    BOOST_TEST(entry.impacts.size() == expected_impacts(row));
    user_state& user = users[row.user_id];
    user.user_id = row.user_id;
    fold(user, entry, burst_half_life_days);
  }

  static std::size_t expected_impacts(const dislike& row) {
    if (row.reason == "wrong_genre" || row.reason == "not_interested") return row.genres.size();
    if (row.reason == "poor_quality") return row.cast.size();
    if (row.reason == "franchise_fatigue") return row.franchise ? 1 : 0;
    return 1;  // already_watched: the filter
  }
};

BOOST_AUTO_TEST_SUITE(killed)

BOOST_AUTO_TEST_CASE(whatever_was_acknowledged_is_there_whole_and_once_however_often_the_server_is_killed) {
  fs::remove_all(data);
  fs::remove("acknowledged.txt");
  // A small log, frequent merges and snapshots, so that kills hit those too.
  std::ofstream("killed.toml")
      << "[store]\ncheckpoint_pages = 500\nmerge_users = 100\n[pipeline]\nsnapshot_interval = 1000\n"
      << "[retrain]\ncool_down = '1s'\n";
  const kept_port port;
  const std::string url = "http://127.0.0.1:" + std::to_string(port.number());
  constexpr int kills = 12;
  std::mt19937 random(20'261'125);

  std::optional<program> demur;
  for (int kill = 0; kill < kills; ++kill) {
    program demurd(server(port));
    started(demurd);
    if (!demur) {
      demur.emplace(options{"--server", url, "load", "--count", "40000", "--users", "400", "--connections", "16",
                            "--pipeline", "4", "--journal", "acknowledged.txt", "--wait", "60"},
                    "", "demur");
      // Only a server that it has met is one that it waits for.
      wait_for_bytes("acknowledged.txt", 1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 300));
    demurd.send(SIGKILL);
    BOOST_TEST(demurd.wait() == -SIGKILL);
  }
  program demurd(server(port));
  BOOST_TEST(demur->wait(std::chrono::seconds(120)) == 0, demur->out() << demur->err());
  started(demurd);
  program verify({"--server", url, "verify", "--journal", "acknowledged.txt"}, {}, "demur");
  BOOST_TEST(verify.wait() == 0, verify.out() << verify.err());
  ended(demurd);

  settings chosen;
  chosen.data_folder = data;
  const auto store = must(store::reader::open(chosen));
  refold expected;
  must(store->each_entry(0, std::numeric_limits<id>::max(), [&](const case_entry& entry) { expected.add(entry); }));
  BOOST_TEST(expected.entries == 40'000);
  for (const auto& [user_id, user] : expected.users) BOOST_TEST((must(store->state(user_id)) == user), user_id);

  // Without its snapshots the server counts from the first dislike on, and comes to the same figures.
  std::ofstream("at_rest.toml") << "[retrain]\nautomatic = false\n";
  program before(server(port, "at_rest.toml"));
  started(before);
  const std::string metrics = get(port, "/api/feedback-metrics"),
                    patterns = get(port, "/api/dislike-patterns?scope=all");
  ended(before);
  soci::session("sqlite3", "db=" + data + "/demur.db") << "delete from snapshots";
  program counting(server(port, "at_rest.toml"));
  started(counting);
  BOOST_TEST(get(port, "/api/feedback-metrics") == metrics);
  BOOST_TEST(get(port, "/api/dislike-patterns?scope=all") == patterns);
  ended(counting);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
