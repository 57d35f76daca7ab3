#include "demurd/at_work.hpp"
#include "demurd/crowd.hpp"
#include "plugin/plugin_folder.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <soci/soci.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace demur {
namespace {

namespace json = boost::json;

/// The plugin `changing` is built twice: 1.0.0 lowers horror by 0.25, 2.0.0 by 0.5.
const std::map<std::string, double> magnitudes = {{"1.0.0", -0.25}, {"2.0.0", -0.5}};

/// A batch of eight dislikes, six of which are for the plugin that changes.
std::string batch_of(int sender, int number) {
  constexpr int rows = 8;
  std::string all = "[";
  for (int row = 0; row < rows; ++row) {
    const int film = number * rows + row;
    all += film_json(sender, film, row % 4 == 3 ? "wrong_genre" : "changing") + (row + 1 < rows ? "," : "]");
  }
  return all;
}

std::string version_in(const json::object& receipt) { return std::string(receipt.at("strategy_version").as_string()); }

/// The version that all those of a batch have that the changing plugin answered, as its magnitudes are.
std::string version_of(const std::vector<json::object>& batch) {
  std::string version;
  for (const json::object& receipt : batch) {
    BOOST_TEST(!receipt.at("adjustment_pending").as_bool());
    if (receipt.at("strategy").as_string() != "changing") continue;
    if (version.empty()) version = version_in(receipt);
    BOOST_TEST(version_in(receipt) == version, "one batch, two versions");
    const auto& adjustments = receipt.at("adjustments").as_array();
    BOOST_TEST_REQUIRE(adjustments.size() == 2U);
    BOOST_TEST(adjustments[1].at("adjustment_magnitude").to_number<double>() == magnitudes.at(version));
  }
  return version;
}

/// What stands in the table of versions, by id.
std::map<std::int64_t, std::string> versions_in(soci::session& store) {
  std::map<std::int64_t, std::string> all;
  for (const soci::row& row : soci::rowset<soci::row>((
           store.prepare << "select cast(strategy_version_id as text), name || ' ' || version from strategy_versions")))
    all[std::stoll(row.get<std::string>(0))] = row.get<std::string>(1);
  return all;
}

/// In the order in which the dislikes were made the version changes no more often than the file did: a batch that had two
/// would make one change more. Every impact's version is known.
void check_versions(const std::string& data, std::size_t dislikes, int most_changes) {
  soci::session store("sqlite3", "db=" + data + "/demur.db");
  const auto known = versions_in(store);
  const auto kept = kept_in(data);
  BOOST_TEST(kept.size() == dislikes);
  int changes = 0;
  std::optional<std::int64_t> before;
  for (const auto& [dislike_id, row] : kept) {
    BOOST_TEST(row.stored == 1);
    BOOST_TEST(row.readjusted == 0);
    BOOST_TEST_REQUIRE(row.impacts.size() == 2U);
    for (const recorded_impact& impact : row.impacts) {
      const auto version = known.find(impact.strategy_version_id);
      BOOST_TEST_REQUIRE((version != known.end()), "an impact of " << dislike_id << " has a version nobody knows");
      if (row.row.reason != "changing") continue;
      if (impact.row.impact_type != "filter")
        BOOST_TEST(
            (version->second == (impact.row.adjustment_magnitude == -0.25 ? "changing 1.0.0" : "changing 2.0.0")));
      if (std::exchange(before, version->first).value_or(version->first) != version->first) ++changes;
    }
  }
  BOOST_TEST(changes <= most_changes);
  BOOST_TEST(changes > most_changes / 2);
}

#ifdef DEMUR_IS_SANITIZED  // where trying each out takes long
constexpr int times = 30;
#else
constexpr int times = 100;
#endif

void reloads_often(const std::string& isolation) {
  plugin::plugin_folder folder;
  folder.drop_shipped().drop("changing_one", "changing");
  const std::string plugins = folder.path().string();
  demurd_at_work demurd("reloaded_" + isolation,
                        "[retrain]\nautomatic = false\n[plugins.changing]\nisolation = '" + isolation + "'\n", {},
                        plugins);
  crowd talking(demurd.port(), 3, batch_of);
  constexpr int watched = 8;
  for (int number = 1; number <= times; ++number) {
    const bool to_two = number % 2 == 1;
    // In pairs, so that each of the two is put there in both ways.
    put_library(to_two ? "changing_two" : "changing_one", plugins, "changing", number % 4 < 2);
    if (number > watched) reload_plugins(demurd.port());
    const std::string version = to_two ? "2.0.0" : "1.0.0";
    wait_until([&] { return shown_plugin(demurd.port(), "changing").at("version").as_string() == version; },
               "changing " + version);
    talking.hear(4);
  }
  const auto said = talking.stop();
  demurd.end();
  std::size_t dislikes = 0;
  for (const auto& batch : receipts_in(said)) {
    dislikes += batch.size();
    BOOST_TEST(magnitudes.contains(version_of(batch)));
  }
  check_versions(demurd.data(), dislikes, times);
}

BOOST_AUTO_TEST_SUITE(reloads)

BOOST_AUTO_TEST_CASE(a_plugin_that_is_replaced_a_hundred_times_under_load_changes_between_two_batches_only) {
  reloads_often("none");
}

BOOST_AUTO_TEST_CASE(a_plugin_in_a_process_that_is_replaced_a_hundred_times_under_load_does_so_too) {
  reloads_often("process");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
