#pragma once

#include <demur/runtime.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace demur::testing {

/// A runtime over a store and the shipped plugins, in a folder of its own.
struct facade {
  std::filesystem::path folder = std::filesystem::current_path() / "facade";
  settings chosen;
  std::unique_ptr<demur::runtime> running;

  facade() {
    std::filesystem::remove_all(folder);
    chosen.data_folder = folder.string();
    chosen.plugins.folder = DEMUR_PLUGIN_DIR;
    chosen.store.synchronous = "NORMAL";
    chosen.retrain.automatic = false;
  }
  ~facade() {
    running.reset();
    std::filesystem::remove_all(folder);
  }
  void start(runtime_parts parts = {}) {
    running.reset();
    auto started = runtime::start(chosen, std::move(parts));
    if (!started) BOOST_FAIL(started.problem().detail);
    running = *std::move(started);
  }

  static dislike_request horror(const std::string& user_id, id movie_id = 1) {
    dislike_request request;
    request.user_id = user_id;
    request.movie_id = movie_id;
    request.movie_title = "Movie " + std::to_string(movie_id);
    request.predicted_score = 0.75;
    request.reason = "wrong_genre";
    request.genres = {"Horror"};
    return request;
  }
  static rerank_request one_horror(const std::string& user_id) {
    rerank_request request{user_id, {rerank_candidate{}}};
    request.candidates[0].movie_id = 99;
    request.candidates[0].score = 0.5;
    request.candidates[0].genres = {"Horror"};
    request.candidates[0].has_features = true;
    return request;
  }
};

template <class T>
T value_of(std::future<result<T>> pending) {
  BOOST_REQUIRE((pending.wait_for(std::chrono::seconds(30)) == std::future_status::ready));
  auto got = pending.get();
  if (!got) BOOST_FAIL(got.problem().detail);
  return *std::move(got);
}

template <class T>
error problem_of(std::future<result<T>> pending) {
  BOOST_REQUIRE((pending.wait_for(std::chrono::seconds(30)) == std::future_status::ready));
  const auto got = pending.get();
  BOOST_REQUIRE(!got.has_value());
  return got.problem();
}

inline bool eventually(const std::function<bool()>& so) {
  for (int i = 0; i < 10'000 && !so(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return so();
}

}  // namespace demur::testing
