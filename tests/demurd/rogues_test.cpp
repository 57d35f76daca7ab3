#include "demurd/at_work.hpp"
#include "demurd/crowd.hpp"
#include "plugin/plugin_folder.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

// Plugins that do harm, in a server that is at work: everybody is answered, every dislike is stored once, and only those
// of the rogue are without adjustments, as long as it is there.
namespace demur {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using plugin::plugin_folder;

/// Short, as two of the deeds last three times as long; and yet not missed by who does nothing wrong.
#ifdef DEMUR_IS_SANITIZED
const std::string deadline = "2s";
#else
const std::string deadline = "1s";
#endif

const std::string at_rest = "[retrain]\nautomatic = false\n";
constexpr int people = 4;

/// Four reasons of the shipped strategies, and in between this one.
std::string reason_of(int number, const std::string& rogue) {
  static const std::array<std::string, 4> shipped = {"wrong_genre", "poor_quality", "franchise_fatigue",
                                                     "already_watched"};
  const auto turn = static_cast<std::size_t>(number) % (shipped.size() + 1);
  return turn < shipped.size() ? shipped[turn] : rogue;
}

crowd::words mixed_with(const std::string& rogue) {
  return [rogue](int sender, int number) { return film_json(sender, number, reason_of(number, rogue)); };
}

std::string reason_in(const crowd::word& said) { return std::string(json::parse(said.sent).at("reason").as_string()); }

std::string text_at(const json::object& of, std::string_view name) {
  const json::value& found = of.at(name);
  return found.is_null() ? std::string() : std::string(found.as_string());
}

bool is_pending(const json::object& of) { return of.at("adjustment_pending").as_bool(); }

/// Everything is stored once and whole, what was pending has its adjustments since, and nobody waits. `of_rogue` tells
/// whether a dislike's impacts are right where its reason is that one.
template <class OfRogue>
void check_kept(const std::vector<crowd::word>& said, const std::string& data, const std::string& rogue,
                const OfRogue& of_rogue) {
  const auto receipts = receipts_in(said);
  const auto kept = kept_in(data);
  BOOST_TEST(kept.size() == said.size());
  for (std::size_t i = 0; i < said.size(); ++i) {
    const json::object& receipt = receipts[i].front();
    const std::string reason = reason_in(said[i]);
    const auto found = kept.find(receipt.at("dislike_id").as_int64());
    BOOST_TEST_REQUIRE((found != kept.end()), said[i].answer);
    const kept_dislike& row = found->second;
    BOOST_TEST(row.stored == 1);
    BOOST_TEST((row.row.movie_title == "Film " + std::to_string(row.row.movie_id.value_or(0))));
    if (reason == rogue) {
      of_rogue(receipt, row);
    } else {
      BOOST_TEST(!is_pending(receipt), said[i].answer);
      BOOST_TEST(receipt.at("adjustments").as_array().size() == impacts_of_film(reason), said[i].answer);
      BOOST_TEST(row.readjusted == 0);
      BOOST_TEST(row.impacts.size() == impacts_of_film(reason));
    }
  }
  soci::session store("sqlite3", "db=" + data + "/demur.db");
  long long waiting = 0;
  store << "select count(*) from pending_adjustments", soci::into(waiting);
  BOOST_TEST(waiting == 0);
}

/// Those of demurd's that run a plugin now.
std::vector<pid_t> plugin_processes(pid_t of) {
  std::vector<pid_t> found;
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator("/proc/" + std::to_string(of) + "/task", gone)) {
    std::ifstream children(thread.path() / "children");
    for (pid_t child = 0; children >> child;) found.push_back(child);
  }
  return found;
}

BOOST_AUTO_TEST_SUITE(rogues)

BOOST_AUTO_TEST_CASE(what_does_not_load_is_refused_in_words_while_the_rest_goes_on) {
  plugin_folder folder;
  folder.drop_shipped();
  demurd_at_work demurd("refused", at_rest, {}, folder.path().string());
  crowd talking(demurd.port(), people, mixed_with("not_interested"));
  talking.hear(20);

  for (const char* name : {"no_symbol", "wrong_abi", "unresolved"}) put_library(name, folder.path().string(), name);
  folder.write("letter.so", "Dear Sir or Madam,");
  const std::vector<std::pair<std::string, std::string>> refused = {{"no_symbol", "exports no demur_plugin_entry"},
                                                                    {"wrong_abi", "is built for plugin ABI 2"},
                                                                    {"unresolved", "cannot be loaded"},
                                                                    {"letter", "is 18 bytes long"}};
  for (const auto& [name, found] : refused) {
    wait_until([&, name = name] { return !shown_plugin(demurd.port(), name).empty(); }, name);
    const json::object shown = shown_plugin(demurd.port(), name);
    BOOST_TEST(text_at(shown, "role") == "refused");
    const std::string problem = text_at(shown, "problem");
    BOOST_TEST(problem.find(found) != std::string::npos, problem);
    BOOST_TEST(problem.find(name + ".so") != std::string::npos, problem);
    BOOST_TEST(problem.find("; expected ") != std::string::npos, problem);
  }
  talking.hear(50);
  const auto said = talking.stop();
  BOOST_TEST(text_at(shown_plugin(demurd.port(), "wrong_genre"), "state") == "serving");
  demurd.end();
  check_kept(said, demurd.data(), "", [](const json::object&, const kept_dislike&) {});
}

/// In the server or beside it: it fails each dislike of its reason, and those stand without adjustments.
void talks_nonsense(const std::string& name, const std::string& built, const std::string& settings,
                    const std::string& found) {
  for (const char* isolation : {"none", "process"}) {
    BOOST_TEST_CONTEXT(name << ", " << settings << ", isolation " << isolation) {
      plugin_folder folder;
      folder.drop_shipped().drop(built, name);
      demurd_at_work demurd("nonsense",
                            at_rest + "[plugins." + name + "]\nisolation = '" + isolation + "'\n" + settings + "\n", {},
                            folder.path().string());
      crowd talking(demurd.port(), people, mixed_with(name));
      talking.hear(60);
      const auto said = talking.stop();
      const json::object shown = shown_plugin(demurd.port(), name);
      BOOST_TEST(text_at(shown, "state") == "serving");
      BOOST_TEST(text_at(shown, "problem").find(found) != std::string::npos, text_at(shown, "problem"));
      BOOST_TEST(shown.at("failures").as_int64() == std::ranges::count(said, name, reason_in));
      demurd.end();
      check_kept(said, demurd.data(), name, [](const json::object& receipt, const kept_dislike& row) {
        BOOST_TEST(!is_pending(receipt));
        BOOST_TEST(receipt.at("adjustments").as_array().empty());
        BOOST_TEST(row.impacts.empty());
        BOOST_TEST(row.readjusted == 0);
      });
    }
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_that_talks_nonsense_fails_its_own_dislikes_in_the_server_and_beside_it) {
  talks_nonsense("thrower", "throws_from_adjust", "", "threw \"out of popcorn\" from adjust");
  talks_nonsense("rogue", "rogue", "does = 'throw'", "out of popcorn");
  talks_nonsense("rogue", "rogue", "does = 'NaN'", "nan");
  talks_nonsense("rogue", "rogue", "does = '1e308'", "1e+308");
  talks_nonsense("rogue", "rogue", "does = 'no UTF-8'", "UTF-8");
}

/// What the villain does when a dislike's text says so, and how GET /api/plugins tells its end.
struct deed {
  const char* text;
  const char* found;
};
constexpr deed deeds[] = {
    {"crash", "was killed by SIGSEGV"},
    {"exit", "ended with status 7"},
    {"loop", "gave no answer in"},
    {"sleep", "gave no answer in"},
    {"write everywhere", "sent what is no answer"},
    {"kill the server", "called kill()"},
#ifndef DEMUR_IS_SANITIZED  // where a process's memory has no limit
    {"take everything", "ran out of memory"},
    {"leak", "ran out of memory"},
#endif
};

/// The newest of a user's, sent while the plugin is quarantined.
void see_who_waits(std::uint16_t port) {
  web::http_client over(port);
  const json::object history = get(over, "/api/dislike-history?limit=10", sender_name(0)).json();
  int waiting = 0;
  for (const json::value& one : history.at("dislikes").as_array()) {
    const json::object& row = one.as_object();
    BOOST_TEST(is_pending(row) == (text_at(row, "reason") == "villain"), row);
    if (is_pending(row)) ++waiting;
  }
  BOOST_TEST(waiting == 2);
}

void becomes(const demurd_at_work& demurd, const std::string& version) {
  wait_until(
      [&] {
        const json::object shown = shown_plugin(demurd.port(), "villain");
        return text_at(shown, "version") == version && text_at(shown, "state") == "serving" &&
               shown.at("pending").as_int64() == 0;
      },
      "villain " + version + ", for whom nobody waits");
}

BOOST_AUTO_TEST_CASE(whatever_a_rogue_does_in_a_process_of_its_own_its_dislikes_wait_for_one_that_is_better) {
  plugin_folder folder;
  folder.drop_shipped().drop("villain");
  const std::string plugins = folder.path().string();
  demurd_at_work demurd("villain",
                        at_rest + "[plugins]\nmax_failures = 2\nquarantine = '1h'\nrestart_delay = '10ms'\n" +
                            "[plugins.villain]\nisolation = 'process'\nmemory_mib = 64\ndeadline = '" + deadline +
                            "'\n",
                        {}, plugins);
  // What it writes through its input it writes to its own copy: nothing comes of that.
  std::atomic<const char*> told = "scribble";
  crowd talking(demurd.port(), people, [&](int sender, int number) {
    const std::string reason = reason_of(number, "villain");
    return film_json(sender, number, reason, reason == "villain" ? told.load() : nullptr);
  });
  talking.hear(50);
  for (const auto& [text, found] : deeds) {
    BOOST_TEST_CONTEXT(text) {
      told = text;
      wait_until([&] { return text_at(shown_plugin(demurd.port(), "villain"), "state") == "quarantined"; },
                 std::string(text) + " is quarantined");
      talking.hear(100);
      const json::object shown = shown_plugin(demurd.port(), "villain");
      BOOST_TEST(text_at(shown, "problem").find(found) != std::string::npos, text_at(shown, "problem"));
      BOOST_TEST(shown.at("failures").as_int64() == 3);
      BOOST_TEST(shown.at("pending").as_int64() > 0);
      see_who_waits(demurd.port());

      // The folder is watched: a better one that is put in its place is taken, and asked about who waited.
      put_library("reformed", plugins, "villain");
      becomes(demurd, "7.0.0");
      told = "";
      talking.hear(20);
      put_library("villain", plugins, "villain");
      reload_plugins(demurd.port());
      becomes(demurd, "6.6.7");
    }
  }
  const auto said = talking.stop();
  demurd.end();
  int pending = 0;
  check_kept(said, demurd.data(), "villain", [&](const json::object& receipt, const kept_dislike& row) {
    pending += is_pending(receipt) ? 1 : 0;
    BOOST_TEST(row.readjusted == (is_pending(receipt) ? 1 : 0));
    BOOST_TEST(receipt.at("adjustments").as_array().empty() == is_pending(receipt));
    // The reformed one says Horror and hides the film; the other says Innocent.
    const bool by_reformed = row.impacts.size() == 2 && row.impacts.back().row.feature_affected == "genre:Horror";
    const bool by_villain = row.impacts.size() == 1 && row.impacts.back().row.feature_affected == "genre:Innocent";
    BOOST_TEST((by_reformed || by_villain), receipt);
  });
  BOOST_TEST(pending > 0);
}

BOOST_AUTO_TEST_CASE(a_plugins_process_that_is_killed_from_outside_again_and_again_loses_and_doubles_nothing) {
  demurd_at_work demurd("shot", at_rest + "[plugins]\nmax_failures = 1000\nrestart_delay = '10ms'\n" +
                                    "[plugins.wrong_genre]\nisolation = 'process'\n");
  crowd talking(demurd.port(), people, mixed_with("wrong_genre"));
  const auto is_serving = [&] { return text_at(shown_plugin(demurd.port(), "wrong_genre"), "state") == "serving"; };
  constexpr int kills = 8;
  for (int kill = 0; kill < kills; ++kill) {
    wait_until(is_serving, "a process to kill");
    talking.hear(30);
    const auto running = plugin_processes(demurd.process().id());
    BOOST_TEST_REQUIRE(running.size() == 1U);
    BOOST_TEST(::kill(running.front(), SIGKILL) == 0);
    wait_until([&] { return shown_plugin(demurd.port(), "wrong_genre").at("failures").as_int64() == kill + 1; },
               "the kill is told");
  }
  const std::string problem = text_at(shown_plugin(demurd.port(), "wrong_genre"), "problem");
  BOOST_TEST(problem.find("was killed by SIGKILL") != std::string::npos, problem);
  const auto said = talking.stop();
  wait_until([&] { return shown_plugin(demurd.port(), "wrong_genre").at("pending").as_int64() == 0; }, "nobody waits");
  demurd.end();
  int pending = 0;
  check_kept(said, demurd.data(), "wrong_genre", [&](const json::object& receipt, const kept_dislike& row) {
    pending += is_pending(receipt) ? 1 : 0;
    BOOST_TEST(row.readjusted == (is_pending(receipt) ? 1 : 0));
    BOOST_TEST(row.impacts.size() == impacts_of_film("wrong_genre"));
  });
  BOOST_TEST(pending > 0);
}

BOOST_AUTO_TEST_CASE(a_quarantine_of_no_length_ends_with_a_reload_by_hand) {
  demurd_at_work demurd("for_good", at_rest + "[plugins]\nmax_failures = 0\nquarantine = '0s'\n" +
                                        "[plugins.wrong_genre]\nisolation = 'process'\n");
  const auto shown = [&] { return shown_plugin(demurd.port(), "wrong_genre"); };
  crowd talking(demurd.port(), people, mixed_with("wrong_genre"));
  talking.hear(20);
  for (const pid_t one : plugin_processes(demurd.process().id())) ::kill(one, SIGKILL);
  wait_until([&] { return text_at(shown(), "state") == "quarantined"; }, "it is quarantined");
  talking.hear(40);
  BOOST_TEST(text_at(shown(), "state") == "quarantined");
  BOOST_TEST(shown().at("pending").as_int64() > 0);
  reload_plugins(demurd.port());
  BOOST_TEST(text_at(shown(), "state") == "serving");
  talking.hear(20);
  const auto said = talking.stop();
  wait_until([&] { return shown().at("pending").as_int64() == 0; }, "nobody waits");
  demurd.end();
  check_kept(said, demurd.data(), "wrong_genre", [&](const json::object& receipt, const kept_dislike& row) {
    BOOST_TEST(row.readjusted == (is_pending(receipt) ? 1 : 0));
    BOOST_TEST(row.impacts.size() == impacts_of_film("wrong_genre"));
  });
}

BOOST_AUTO_TEST_CASE(a_file_that_takes_the_place_of_another_leaves_no_dislike_between_the_two) {
  plugin_folder folder;
  folder.drop_shipped();
  demurd_at_work demurd("moved", at_rest + "[plugins]\nwatch = false\n", {}, folder.path().string());
  crowd talking(demurd.port(), people, mixed_with("wrong_genre"));
  for (const auto& [from, to] : {std::pair{"wrong_genre.so", "other.so"}, std::pair{"other.so", "wrong_genre.so"}}) {
    talking.hear(20);
    fs::rename(folder.path() / from, folder.path() / to);
    reload_plugins(demurd.port());
    BOOST_TEST(text_at(shown_plugin(demurd.port(), "wrong_genre"), "file").ends_with(to));
  }
  talking.hear(20);
  const auto said = talking.stop();
  demurd.end();
  check_kept(said, demurd.data(), "", [](const json::object&, const kept_dislike&) {});
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
