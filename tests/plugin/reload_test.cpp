#include "plugin/plugin_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::plugin;

namespace {

using names = std::vector<std::string>;

/// The first bytes of a library, as a copying tool leaves them on its way.
std::string first_half_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(in), {}};
  return content.substr(0, content.size() / 2);
}

struct two_twins {
  plugin_folder folder;
  std::unique_ptr<registry> loaded;

  two_twins() {
    folder.drop("twin_one").drop("twin_two");
    loaded = folder.load();
  }

  names said(const std::string& reason) const {
    strategy* live = find(*loaded, reason);
    BOOST_REQUIRE(live);
    return answer(*live, saw(reason));
  }
  const plugin_report* report_of(const std::string& role, const std::vector<plugin_report>& all) const {
    for (const plugin_report& one : all)
      if (one.role == role) return &one;
    return nullptr;
  }
};

const names as_first = {"genre:Twins -0.25"}, as_second_version = {"genre:Twins -0.375"};

/// What is in the way is refused with this in its sentence, and the old one goes on serving until a good one comes.
void check_refused(two_twins& around, const std::string& file, const std::string& why) {
  const plugin_changes changes = around.loaded->reload(false);
  BOOST_TEST_CONTEXT(file) {
    BOOST_TEST(changes.replaced.empty());
    BOOST_REQUIRE(changes.refused.contains(file));
    BOOST_TEST(changes.refused.at(file).find(why) != std::string::npos, changes.refused.at(file));
    BOOST_TEST(around.said("first_twin") == as_first, boost::test_tools::per_element());
    const auto reports = around.loaded->reports();
    const plugin_report* refused = around.report_of("refused", reports);
    BOOST_REQUIRE(refused);
    BOOST_TEST(refused->problem == changes.refused.at(file));
    BOOST_TEST(refused->file == (around.folder.path() / file).string());
  }
  around.folder.drop("twin_one_again", "twin_one");
  BOOST_TEST(around.loaded->reload(false).replaced == names{"twin_one"}, boost::test_tools::per_element());
  BOOST_TEST(!around.report_of("refused", around.loaded->reports()));
  BOOST_TEST(around.said("first_twin") == as_second_version, boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reload)

BOOST_FIXTURE_TEST_CASE(nothing_new_changes_nothing, two_twins) {
  const auto before = loaded->current();
  const plugin_changes changes = loaded->reload(true);
  BOOST_TEST(changes.unchanged == (names{"twin_one", "twin_two"}), boost::test_tools::per_element());
  BOOST_TEST(changes.loaded.empty());
  BOOST_TEST(changes.replaced.empty());
  BOOST_TEST(changes.forgotten.empty());
  BOOST_TEST(changes.refused.empty());
  BOOST_TEST((loaded->current()->at("first_twin").live == before->at("first_twin").live));
}

BOOST_FIXTURE_TEST_CASE(a_replaced_file_serves_and_the_old_one_lives_until_nobody_has_it, two_twins) {
  const auto held = loaded->current();
  folder.drop("twin_one_again", "twin_one");
  const plugin_changes changes = loaded->reload(false);
  BOOST_TEST(changes.replaced == names{"twin_one"}, boost::test_tools::per_element());
  BOOST_TEST(changes.unchanged == names{"twin_two"}, boost::test_tools::per_element());
  BOOST_TEST(said("first_twin") == as_second_version, boost::test_tools::per_element());
  BOOST_TEST(find(*loaded, "first_twin")->version() == "2.0.0");
  BOOST_TEST(answer(*held->at("first_twin").live, saw("first_twin")) == as_first, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_new_file_brings_its_reason, two_twins) {
  BOOST_TEST(!find(*loaded, "wrong_genre"));
  folder.drop("wrong_genre");
  BOOST_TEST(loaded->reload(false).loaded == names{"wrong_genre"}, boost::test_tools::per_element());
  BOOST_TEST(loaded->reasons() == (names{"first_twin", "second_twin", "wrong_genre"}),
             boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(a_half_copied_file_is_refused, two_twins) {
  const std::string half = first_half_of(folder.path() / "twin_two.so");
  folder.remove("twin_one").write("twin_one.so", half);
  check_refused(*this, "twin_one.so", "twin_one.so");
}

BOOST_FIXTURE_TEST_CASE(a_file_of_another_abi_is_refused, two_twins) {
  folder.drop("wrong_abi", "twin_one");
  check_refused(*this, "twin_one.so", "ABI");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_crashes_when_it_is_tried_is_refused_and_harms_nobody, two_twins) {
  folder.drop("wild_entry", "twin_one");  // whoever reads what its entry returns reads at address 8
  check_refused(*this, "twin_one.so", "SIGSEGV");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_cannot_be_created_is_refused, two_twins) {
  folder.drop("throws_from_create", "twin_one");
  check_refused(*this, "twin_one.so", "create");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_fails_its_check_is_refused, two_twins) {
  folder.drop("bare", "twin_one");  // its magnitude is 2
  check_refused(*this, "twin_one.so", "magnitude");
}

BOOST_FIXTURE_TEST_CASE(a_second_plugin_of_a_reason_is_refused, two_twins) {
  folder.drop("understudy");
  const plugin_changes changes = loaded->reload(false);
  BOOST_REQUIRE(changes.refused.contains("understudy.so"));
  BOOST_TEST(changes.refused.at("understudy.so").find("both answer to the reason first_twin") != std::string::npos,
             changes.refused.at("understudy.so"));
  BOOST_TEST(said("first_twin") == as_first, boost::test_tools::per_element());
  // Its report goes with its file.
  folder.remove("understudy");
  loaded->reload(false);
  BOOST_TEST(!report_of("refused", loaded->reports()));
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_gone_goes_on_serving_until_somebody_asks_to_let_it_go, two_twins) {
  folder.remove("twin_one");
  BOOST_TEST(loaded->reload(false).forgotten.empty());
  BOOST_TEST(said("first_twin") == as_first, boost::test_tools::per_element());
  BOOST_TEST(loaded->reload(true).forgotten == names{"twin_one"}, boost::test_tools::per_element());
  BOOST_TEST(!find(*loaded, "first_twin"));
  BOOST_TEST(said("second_twin").size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(an_empty_folder_lets_nobody_go, two_twins) {
  folder.remove("twin_one").remove("twin_two");
  const plugin_changes changes = loaded->reload(true);
  BOOST_TEST(changes.forgotten.empty());
  BOOST_TEST(changes.refused.size() == 1U);
  BOOST_TEST(said("first_twin") == as_first, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_shadow_is_promoted_and_back_and_stays_so_over_a_reload) {
  plugin_folder folder;
  folder.drop("twin_one").drop("understudy").drop("twin_two");
  settings::plugins_section chosen = folder.section();
  chosen.options["twin_one"].shadow = "understudy";
  auto loaded = registry::load(chosen, folder.path() / "copies");
  BOOST_REQUIRE_MESSAGE(loaded, (loaded ? std::string() : loaded.problem().detail));
  registry& all = **loaded;
  const auto live = [&] { return all.current()->at("first_twin").live->name(); };
  BOOST_TEST(live() == "twin_one");
  BOOST_TEST(all.current()->at("first_twin").shadow->name() == "understudy");
  BOOST_TEST((all.promote("twin_two").problem().code == error_code::conflict));
  BOOST_TEST((all.promote("nobody").problem().code == error_code::not_found));

  const auto promoted = all.promote("understudy");
  BOOST_REQUIRE(promoted);
  BOOST_TEST(promoted->live == "understudy");
  BOOST_TEST(promoted->shadow == "twin_one");
  BOOST_TEST(live() == "understudy");
  folder.drop("twin_one_again", "twin_one");
  BOOST_TEST(all.reload(true).replaced.size() == 1U);
  BOOST_TEST(live() == "understudy");
  BOOST_TEST(all.current()->at("first_twin").shadow->version() == "2.0.0");

  // Either name of the two will do.
  BOOST_REQUIRE(all.promote("understudy"));
  BOOST_TEST(live() == "twin_one");
  const auto again = registry::load(chosen, folder.path() / "copies", {{"first_twin", "understudy"}});
  BOOST_REQUIRE_MESSAGE(again, (again ? std::string() : again.problem().detail));
  BOOST_TEST((*again)->current()->at("first_twin").live->name() == "understudy");
}

BOOST_AUTO_TEST_SUITE_END()
