#include "learning/model_file.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace demur;
using namespace demur::learning;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

namespace {

const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

model sample(id version) {
  model made;
  made.model_version_id = version;
  made.parent_id = version - 1;
  made.created_at = new_year + milliseconds{123};
  made.shared_log_weights = {{"genre:Horror", std::log(0.85)}, {"cast:Zoë Ünal", -0.1}, {"franchise:Saw", 0.25}};
  return made;
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void replace(std::string& text, const std::string& what, const std::string& with) {
  const auto at = text.find(what);
  BOOST_TEST_REQUIRE(at != std::string::npos);
  text.replace(at, what.size(), with);
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

using names = std::set<std::string>;

struct models_folder {
  fs::path folder = fs::current_path() / "models_of_the_test";
  models_folder() { fs::remove_all(folder); }
  ~models_folder() {
    std::error_code ignored;
    fs::remove_all(folder, ignored);
  }

  void save(const model& made) const {
    const auto saved = save_model(folder, made);
    BOOST_TEST_REQUIRE(saved.has_value(), (saved ? std::string() : saved.problem().detail));
  }
  model load(id version) const {
    const auto loaded = load_model(folder, version);
    BOOST_TEST_REQUIRE(loaded.has_value(), (loaded ? std::string() : loaded.problem().detail));
    return **loaded;
  }
  /// Why a version cannot be loaded; the sentence must name its file.
  std::string refusal(id version) const {
    const auto loaded = load_model(folder, version);
    BOOST_TEST_REQUIRE(!loaded.has_value());
    BOOST_TEST((loaded.problem().code == error_code::unavailable));
    BOOST_TEST(loaded.problem().detail.find(file(version).string()) != std::string::npos);
    return loaded.problem().detail;
  }
  fs::path file(id version) const { return model_path(folder, version); }
};

bool says(const std::string& sentence, const std::string& words) { return sentence.find(words) != std::string::npos; }

}  // namespace

BOOST_FIXTURE_TEST_SUITE(model_files, models_folder)

BOOST_AUTO_TEST_CASE(a_model_comes_back_as_it_was) {
  save(sample(7));
  BOOST_TEST((load(7) == sample(7)));
  BOOST_TEST(file(7).filename() == "7.model");
}

BOOST_AUTO_TEST_CASE(the_empty_model_comes_back_as_it_was) {
  model empty;
  empty.model_version_id = 1;
  save(empty);
  BOOST_TEST((load(1) == empty));
}

BOOST_AUTO_TEST_CASE(random_log_weights_come_back_bit_by_bit) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> share(0.0, 1.0);
  model made = sample(9'007'199'254'740'991);
  for (int i = 0; i < 20'000; ++i) made.shared_log_weights["cast:" + std::to_string(i)] = std::log(share(random));
  save(made);
  BOOST_TEST((load(made.model_version_id) == made));
}

BOOST_AUTO_TEST_CASE(the_same_model_is_the_same_file) {
  save(sample(7));
  const std::string first = read(file(7));
  save(sample(7));
  BOOST_TEST(read(file(7)) == first);
}

BOOST_AUTO_TEST_CASE(the_folder_is_made_and_nothing_is_left_beside_the_file) {
  folder /= "deeper";
  save(sample(7));
  BOOST_TEST(names_in(folder) == names{"7.model"}, boost::test_tools::per_element());
  folder = folder.parent_path();
}

BOOST_AUTO_TEST_CASE(a_save_takes_the_place_of_an_older_file_and_of_a_leftover) {
  save(sample(7));
  write(folder / "7.model.part", std::string(100'000, 'x'));
  model changed = sample(7);
  changed.shared_log_weights["genre:Horror"] = -1.0;
  save(changed);
  BOOST_TEST((load(7) == changed));
  BOOST_TEST(names_in(folder) == names{"7.model"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_cut_short_anywhere_is_refused) {
  save(sample(7));
  const std::string whole = read(file(7));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write(file(7), whole.substr(0, length));
    BOOST_TEST_CONTEXT("after " << length << " bytes") { refusal(7); }
  }
  write(file(7), whole.substr(0, whole.size() - 1));
  const std::string body_size = std::to_string(whole.size() - whole.find('\n') - 1);
  BOOST_TEST(says(refusal(7), "expected " + body_size));
}

BOOST_AUTO_TEST_CASE(a_file_with_something_behind_it_is_refused) {
  save(sample(7));
  write(file(7), read(file(7)) + "\n");
  refusal(7);
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_anywhere_is_refused) {
  save(sample(7));
  const std::string whole = read(file(7));
  for (std::size_t at = 0; at < whole.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = whole;
      flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
      write(file(7), flipped);
      BOOST_TEST_CONTEXT("bit " << bit << " of byte " << at) { refusal(7); }
    }
}

BOOST_AUTO_TEST_CASE(a_changed_weight_is_told_by_the_checksum) {
  save(sample(7));
  std::string text = read(file(7));
  replace(text, "0.25", "0.26");
  write(file(7), text);
  BOOST_TEST(says(refusal(7), "checksum"));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_version_is_refused_with_both) {
  save(sample(7));
  fs::copy_file(file(7), file(8));
  BOOST_TEST(says(refusal(8), "found version 7"));
}

BOOST_AUTO_TEST_CASE(another_format_is_refused_with_what_was_expected) {
  save(sample(7));
  std::string text = read(file(7));
  replace(text, "demur-model\t2\t", "demur-model\t3\t");
  write(file(7), text);
  BOOST_TEST(says(refusal(7), "expected demur-model 1 or 2"));
  write(file(7), "<html>\n");
  BOOST_TEST(says(refusal(7), "expected demur-model 1 or 2"));
  write(file(7), "");
  refusal(7);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_not_there_is_named_with_what_the_system_said) {
  BOOST_TEST(says(refusal(7), "No such file"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_made_is_named) {
  write(folder, "a file where the folder should be");
  const auto saved = save_model(folder, sample(7));
  BOOST_TEST_REQUIRE(!saved.has_value());
  BOOST_TEST((saved.problem().code == error_code::unavailable));
  BOOST_TEST(says(saved.problem().detail, file(7).string()));
  BOOST_TEST(says(saved.problem().detail, "Not a directory"));
}

BOOST_AUTO_TEST_CASE(a_save_that_fails_leaves_the_older_file_as_it_was) {
  save(sample(7));
  fs::create_directory(folder / "7.model.part");
  model changed = sample(7);
  changed.shared_log_weights.clear();
  const auto saved = save_model(folder, changed);
  BOOST_TEST_REQUIRE(!saved.has_value());
  BOOST_TEST(says(saved.problem().detail, file(7).string()));
  BOOST_TEST((load(7) == sample(7)));
}

BOOST_AUTO_TEST_CASE(a_rename_that_fails_names_the_file) {
  fs::create_directories(file(7) / "occupied");
  const auto saved = save_model(folder, sample(7));
  BOOST_TEST_REQUIRE(!saved.has_value());
  BOOST_TEST(says(saved.problem().detail, file(7).string()));
}

BOOST_AUTO_TEST_CASE(other_models_and_leftovers_are_removed_and_nothing_else) {
  for (const id version : {1, 2, 3, 12}) save(sample(version));
  write(folder / "2.model.part", "half a model");
  write(folder / "13.model.part", "half a model");
  write(folder / "notes.txt", "mine");
  fs::create_directory(folder / "archive");
  remove_other_models(folder, {2, 12, 99});
  BOOST_TEST(names_in(folder) == (names{"2.model", "12.model", "notes.txt", "archive"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(removing_from_a_folder_that_is_not_there_is_nothing) {
  remove_other_models(folder, {1});
  BOOST_TEST(!fs::exists(folder));
}

BOOST_AUTO_TEST_SUITE_END()
