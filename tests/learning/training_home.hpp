#pragma once

#include <demur/trainer.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace demur::testing {

inline const timestamp new_year = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// A training set that is a list, or an error after it.
class listed_set final : public training_set {
public:
  std::vector<training_opinion> opinions;
  std::vector<movie> movies;
  std::optional<error> broken;
  mutable int passes = 0;  ///< over the opinions

  result<done> each_opinion(const std::function<void(const training_opinion&)>& visit) const override {
    ++passes;
    for (const auto& one : opinions) visit(one);
    if (broken) return *broken;
    return done{};
  }
  result<bool> has_likes() const override {
    if (broken) return *broken;
    return std::any_of(opinions.begin(), opinions.end(),
                       [](const training_opinion& one) { return one.kind == opinion_kind::like; });
  }
  result<done> each_movie(const std::function<void(const movie&)>& visit) const override {
    for (const auto& one : movies) visit(one);
    return done{};
  }
};

/// A folder of its own, gone with the test, and a task whose trainer is to work there.
struct training_home {
  std::filesystem::path folder = std::filesystem::current_path() / "training-home";
  settings chosen;
  listed_set data;
  std::shared_ptr<model> parent = std::make_shared<model>();
  training_task task;
  std::atomic<bool> cancelled = false;
  std::vector<training_progress> progress;
  std::vector<std::string> log;

  training_home() {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "models");
    chosen.data_folder = folder.string();
    chosen.retrain.trainer = "command";
    parent->model_version_id = 7;
    parent->created_at = new_year;
    parent->shared_log_weights = {{"genre:Horror", -0.5}};
    data.opinions = {{"ann", 1, opinion_kind::like, "", 1.0, new_year, 0},
                     {"b,o\"b", 2, opinion_kind::dislike, "wrong_genre", 0.8, new_year, 375089206181888},
                     {"b,o\"b", 3, opinion_kind::seen, "already_watched", 0.0, new_year, 375089206181889}};
    data.movies = {{1, "Heat", {"Crime", "Drama"}, {}, std::nullopt, {"Michael Mann"}},
                   {2, "Saw, \"again\"", {}, {"A"}, "Saw", {}}};
    task.model_version_id = 8;
    task.now = new_year;
    task.parent = parent;
    task.claimed_examples = 2;
    task.data = &data;
    task.cancelled = &cancelled;
    task.artefact_file = (folder / "models" / "8.artefact").string();
    task.progress = [this](const training_progress& newest) { progress.push_back(newest); };
    task.log = [this](std::string_view line) { log.emplace_back(line); };
  }
  ~training_home() {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
};

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace demur::testing
