#include "plugin/plugin_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace demur::plugin {
namespace {

namespace fs = std::filesystem;
using words = std::vector<std::string>;
using boost::test_tools::per_element;

/// The sentence names the file of that plugin, and says all of this.
void refuses(const std::string& plugin, const words& parts) {
  plugin_folder folder;
  const auto sentence = folder.drop_shipped().drop(plugin).refusal();
  BOOST_TEST(sentence.find((folder.path() / (plugin + ".so")).string()) != sentence.npos, sentence);
  for (const auto& part : parts) BOOST_TEST(sentence.find(part) != sentence.npos, sentence << " does not say " << part);
}

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(a_library_without_the_symbol_is_refused) {
  refuses("no_symbol", {"exports no demur_plugin_entry; expected a plugin of Demur."});
}

BOOST_AUTO_TEST_CASE(another_abi_major_is_refused) { refuses("wrong_abi", {"is built for plugin ABI 2; expected 1."}); }

BOOST_AUTO_TEST_CASE(another_abi_major_is_refused_even_if_all_else_is_laid_out_otherwise) {
  refuses("other_layout", {"is built for plugin ABI 7; expected 1."});
}

BOOST_AUTO_TEST_CASE(a_table_that_is_too_small_is_refused) {
  refuses("small_entry", {"describes itself in 16 bytes; expected at least"});
  refuses("tiny_entry", {"describes itself in 4 bytes; expected at least"});
  refuses("no_entry", {"returns nothing from demur_plugin_entry"});
  refuses("no_destroy", {"leaves out one of create, destroy and get_interface; expected all three."});
}

BOOST_AUTO_TEST_CASE(a_bad_name_version_or_reason_is_refused) {
  refuses("bad_name", {"calls itself \"Bare Plugin\"; expected a name of 1 to 64 of the characters a-z, 0-9 and _."});
  refuses("no_version", {"has the version \"\"; expected 1 to 64 visible ASCII characters."});
  refuses("bad_reason", {"plugin bare 1.0.0", "answers to the reason \"Too bare\"; expected 1 to 64 of"});
}

BOOST_AUTO_TEST_CASE(a_plugin_without_the_strategy_interface_is_refused) {
  refuses("no_interface", {"plugin bare 1.0.0", "has no interface demur.strategy/1"});
  refuses("small_strategy", {"describes its demur.strategy/1 in 8 bytes; expected at least"});
  refuses("no_adjust", {"leaves out one of reason, half_life_days and adjust; expected all three."});
}

BOOST_AUTO_TEST_CASE(a_half_life_that_is_none_is_refused) {
  refuses("nan_half_life", {"has a half-life of nan days; expected at most 36500."});
  refuses("long_half_life", {"has a half-life of 36501 days; expected at most 36500."});
}

BOOST_AUTO_TEST_CASE(a_plugin_that_refuses_its_settings_without_a_word_is_refused) {
  refuses("silent", {"refused its settings; expected settings in [plugins.bare] that it takes."});
}

BOOST_AUTO_TEST_CASE(a_library_that_needs_what_is_not_there_is_refused) {
  refuses("unresolved", {"cannot be loaded", "demur_nobody_defines_this"});
}

BOOST_AUTO_TEST_CASE(what_throws_while_it_is_loaded_is_refused) {
  refuses("throws_from_entry", {"throws from demur_plugin_entry"});
  refuses("throws_from_create", {"plugin thrower 1.0.0", "threw \"out of popcorn\" from create; expected that no"});
  refuses("throws_from_reason", {"threw \"out of popcorn\" from reason"});
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_library_is_refused) {
  plugin_folder folder;
  const auto sentence = folder.drop_shipped().write("zebra.so", "stripes").refusal();
  BOOST_TEST(sentence.find("zebra.so cannot be loaded") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(a_library_that_was_not_copied_to_its_end_is_refused) {
  plugin_folder folder;
  const auto file = folder.drop("wrong_genre").path() / "wrong_genre.so";
  const auto whole = fs::file_size(file);
  for (const auto size : {whole - 1, whole / 2, whole / 20}) {
    fs::resize_file(file, size);
    BOOST_TEST(folder.refusal() == file.string() + " ends " + std::to_string(whole - size) +
                                       " bytes too early; expected a library that was copied whole.");
  }
}

BOOST_AUTO_TEST_CASE(a_link_that_leads_nowhere_is_refused) {
  plugin_folder folder;
  fs::create_symlink("gone", folder.drop_shipped().path() / "link.so");
  const auto sentence = folder.refusal();
  BOOST_TEST(sentence.find("link.so cannot be read") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(two_plugins_of_one_reason_are_refused_and_both_are_named) {
  refuses("also_wrong_genre",
          {"plugin bare 1.0.0", "plugin wrong_genre 1.0.0", "wrong_genre.so",
           "both answer to the reason wrong_genre; expected one plugin of a reason, or one as the shadow."});
}

BOOST_AUTO_TEST_CASE(two_plugins_of_one_name_are_refused_and_both_are_named) {
  plugin_folder folder;
  const auto sentence = folder.drop("wrong_genre").drop("wrong_genre", "copied").refusal();
  BOOST_TEST(sentence == (folder.path() / "copied.so").string() + " and " +
                             (folder.path() / "wrong_genre.so").string() +
                             " both hold a plugin called wrong_genre; expected one plugin of a name.");
}

BOOST_AUTO_TEST_CASE(a_section_of_a_plugin_that_is_not_there_is_refused_and_names_the_nearest) {
  plugin_folder folder;
  const auto sentence = folder.drop_shipped().configure("wrong_gerne", "{}").refusal();
  BOOST_TEST(
      sentence ==
      "[plugins.wrong_gerne] belongs to no plugin that is loaded; expected [plugins.wrong_genre], the nearest of "
      "already_watched, content_warning, cooldown, franchise_fatigue, not_interested, poor_quality, wrong_genre.");
}

BOOST_AUTO_TEST_CASE(a_section_that_is_like_no_plugin_is_refused_and_names_all) {
  plugin_folder folder;
  const auto sentence = folder.drop("wrong_genre").drop("poor_quality").configure("x", "{}").refusal();
  BOOST_TEST(sentence == "[plugins.x] belongs to no plugin that is loaded; expected one of poor_quality, wrong_genre.");
}

BOOST_AUTO_TEST_CASE(a_missing_folder_is_an_error) {
  settings::plugins_section nowhere;
  nowhere.folder = "no/such/folder";
  const auto loaded = registry::load(nowhere, "copies");
  BOOST_REQUIRE(!loaded);
  BOOST_TEST(loaded.problem().detail.find("The plugin folder \"no/such/folder\" cannot be read") == 0);
}

BOOST_AUTO_TEST_CASE(a_folder_without_a_plugin_is_an_error) {
  plugin_folder folder;
  const auto sentence = folder.write("README", "none yet").refusal();
  BOOST_TEST(sentence.find("holds no plugin; expected at least one file *.so.") != sentence.npos, sentence);
}

BOOST_AUTO_TEST_CASE(what_is_not_called_so_is_hidden_or_is_a_folder_is_left_alone) {
  plugin_folder folder;
  folder.drop("wrong_genre").write("notes.txt", "").write(".half.so", "copying").write("old.so.bak", "");
  fs::create_directory(folder.path() / "folder.so");
  const auto loaded = folder.load();
  BOOST_TEST(loaded->reasons() == words{"wrong_genre"}, per_element());
}

BOOST_AUTO_TEST_CASE(a_plugin_of_ones_own_in_c_is_found_when_it_is_dropped_into_the_folder) {
  plugin_folder folder;
  folder.drop_shipped();
  auto before = folder.load();
  BOOST_TEST(!find(*before, "slow_pace"));

  auto after = folder.drop("slow_pace").load();
  BOOST_TEST(after->reasons().size() == 8U);
  auto* slow = find(*after, "slow_pace");
  BOOST_REQUIRE(slow);
  BOOST_TEST(slow->version() == "0.1");
  BOOST_TEST(slow->half_life_days(30.0) == 14.0);
  BOOST_TEST(answer(*slow, saw("slow_pace")) ==
                 (words{"pace:slow -0.25", "genre:Horror -0.03125", "genre:Thriller -0.03125", "factor 0.5"}),
             per_element());
  BOOST_TEST(find(*before, "wrong_genre")->adjust(saw("wrong_genre")).has_value());
}

BOOST_AUTO_TEST_CASE(plugins_with_classes_of_one_name_do_not_meet) {
  plugin_folder folder;
  auto loaded = folder.drop("twin_one").drop("twin_two").load();
  BOOST_TEST(answer(*find(*loaded, "first_twin"), saw("")) == words{"genre:Twins -0.25"}, per_element());
  BOOST_TEST(answer(*find(*loaded, "second_twin"), saw("")) == words{"genre:Twins -0.5"}, per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
