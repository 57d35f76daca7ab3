#include "plugin/plugin_folder.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <fstream>
#include <sstream>
#include <utility>

namespace demur::plugin {

namespace fs = std::filesystem;

plugin_folder::plugin_folder() {
  static int count = 0;
  path_ = fs::current_path() / ("plugins_" + std::to_string(++count));
  fs::remove_all(path_);
  fs::create_directories(path_);
}

plugin_folder::~plugin_folder() { fs::remove_all(path_); }

plugin_folder& plugin_folder::drop(const std::string& name, const std::string& as) {
  fs::path file = fs::path(DEMUR_TEST_PLUGIN_DIR) / (name + ".so");
  if (!fs::exists(file)) file = fs::path(DEMUR_PLUGIN_DIR) / (name + ".so");
  BOOST_REQUIRE_MESSAGE(fs::exists(file), file << " was not built");
  // Under a hidden name first, as copying tools do: what is loaded already must not change under its reader.
  const fs::path whole = path_ / ((as.empty() ? name : as) + ".so"), half = path_ / ".half.so";
  fs::copy_file(file, half);
  fs::rename(half, whole);
  return *this;
}

plugin_folder& plugin_folder::remove(const std::string& name) {
  fs::remove(path_ / (name + ".so"));
  return *this;
}

plugin_folder& plugin_folder::drop_shipped() {
  for (const char* name : {"already_watched", "content_warning", "cooldown", "franchise_fatigue", "not_interested",
                           "poor_quality", "wrong_genre"})
    drop(name);
  return *this;
}

plugin_folder& plugin_folder::write(const std::string& file, const std::string& content) {
  std::ofstream(path_ / file, std::ios::binary) << content;
  return *this;
}

plugin_folder& plugin_folder::configure(const std::string& plugin, const std::string& json) {
  config_[plugin] = json;
  return *this;
}

settings::plugins_section plugin_folder::section() const {
  settings::plugins_section chosen;
  chosen.folder = path_.string();
  chosen.config = config_;
  chosen.host_program = DEMUR_BIN_DIR "/demur-plugin-host";
  return chosen;
}

std::unique_ptr<registry> plugin_folder::load(const strategy::listener& told) const {
  auto loaded = registry::load(section(), path_ / "copies", {}, told);
  if (!loaded) BOOST_FAIL(loaded.problem().detail);
  return *std::move(loaded);
}

std::string plugin_folder::refusal() const {
  const auto loaded = registry::load(section(), path_ / "copies");
  return loaded ? "loaded" : loaded.problem().detail;
}

strategy* find(const registry& among, const std::string& reason) {
  const auto seated = among.current();
  const auto found = seated->find(reason);
  return found == seated->end() ? nullptr : found->second.live.get();
}

dislike saw(const std::string& reason) {
  dislike row;
  row.dislike_id = 1;
  row.user_id = "ben";
  row.movie_id = 215;
  row.movie_title = "Saw II";
  row.predicted_score = 0.75;
  row.reason = reason;
  row.created_at = timestamp(std::chrono::milliseconds(1'700'000'000'123));
  row.genres = {"Horror", "Thriller"};
  row.cast = {"Tobin Bell", "Shawnee Smith"};
  row.franchise = "Saw";
  return row;
}

std::vector<std::string> in_words(const verdict& said) {
  std::vector<std::string> words;
  const auto add = [&](const auto&... parts) {
    std::ostringstream line;
    (line << ... << parts);
    words.push_back(line.str());
  };
  for (const auto& one : said.adjustments) add(one.feature, ' ', one.magnitude);
  if (said.filter_item) add("filter");
  if (said.training_factor != 1.0) add("factor ", said.training_factor);
  return words;
}

std::vector<std::string> answer(strategy& asked, const dislike& row) {
  const auto said = asked.adjust(row);
  return said ? in_words(*said) : std::vector{said.problem().detail};
}

}  // namespace demur::plugin
