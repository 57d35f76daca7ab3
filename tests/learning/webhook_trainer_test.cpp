#include "learning/retrain_desk.hpp"
#include "learning/trainers.hpp"
#include "learning/training_home.hpp"

#include <algorithm>
#include <thread>

using namespace demur;
using namespace std::chrono_literals;
using demur::learning::retrain_desk;
using demur::testing::text_of;

namespace fs = std::filesystem;

namespace {

const std::string good_result = R"({"metrics":{"ndcg":0.25},"data_hash":"abc"})";

/// A trainer whose pipeline is a function of the test's.
struct announced : testing::training_home {
  std::shared_ptr<retrain_desk> desk = std::make_shared<retrain_desk>();
  std::string announcement;
  std::function<result<done>()> pipeline = [] { return done{}; };
  std::atomic<bool> told = false;

  announced() {
    chosen.retrain.trainer = "webhook";
    chosen.trainer.webhook.url = "http://pipeline/train";
    chosen.server.listen = "127.0.0.1:8080";
  }
  result<training_outcome> train() {
    const auto send = [this](const std::string& body, const std::function<bool()>&) {
      announcement = body;
      return pipeline();
    };
    return learning::make_trainer(chosen, {send, desk})->train(task);
  }
  std::string failure() {
    auto made = train();
    BOOST_REQUIRE(!made);
    return made.problem().detail;
  }
  /// All pages of a file, one after the other.
  std::string fetched(const std::string& file, std::size_t* pages = nullptr) {
    std::string all;
    std::optional<std::int64_t> cursor = 0;
    while (cursor) {
      auto page = desk->page(8, file, *cursor);
      if (!page) BOOST_FAIL(page.problem().detail);
      if (page->next_cursor) BOOST_TEST(page->text.back() == '\n');
      all += page->text;
      cursor = page->next_cursor;
      if (pages) ++*pages;
    }
    return all;
  }
};

template <class T>
error_code code_of(const result<T>& got) {
  BOOST_REQUIRE(!got);
  return got.problem().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_trainer)

BOOST_FIXTURE_TEST_CASE(a_pipeline_is_told_where_all_is_and_its_result_becomes_the_model, announced) {
  std::string opinions, movies, described;
  pipeline = [&]() -> result<done> {
    opinions = fetched("opinions");
    movies = fetched("movies");
    described = fetched("task");
    BOOST_TEST(desk->finish(8, good_result).has_value());
    return done{};
  };
  const auto made = train();
  BOOST_REQUIRE(made);
  BOOST_TEST(made->metrics.at("ndcg") == 0.25);
  BOOST_TEST(made->data_hash == "abc");
  BOOST_TEST(made->trained.shared_log_weights.at("genre:Horror") == -0.5);
  const std::string here = "http://127.0.0.1:8080/api/retrain/8/";
  BOOST_TEST(announcement == R"({"retrain_id":8,"model_version_id":8,"lease_s":600,"claimed_examples":2,)"
                             R"("training_set":{"opinions":")" +
                                 here + R"(training-set?file=opinions","movies":")" + here +
                                 R"(training-set?file=movies","task":")" + here +
                                 R"(training-set?file=task"},"progress":")" + here + R"(progress","result":")" + here +
                                 R"(result"})");
  BOOST_TEST(opinions.starts_with("user_id,movie_id,kind,"));
  BOOST_TEST(std::count(opinions.begin(), opinions.end(), '\n') == 4);
  BOOST_TEST(std::count(movies.begin(), movies.end(), '\n') == 3);
  BOOST_TEST(described.starts_with(R"({"model_version_id":8,)"));
  BOOST_TEST(fs::is_empty(folder / "training"));
}

BOOST_FIXTURE_TEST_CASE(callbacks_go_where_the_settings_say, announced) {
  chosen.trainer.webhook.callback = "https://demur.example";
  pipeline = [&]() -> result<done> {
    BOOST_TEST(desk->finish(8, good_result).has_value());
    return done{};
  };
  BOOST_TEST(train().has_value());
  BOOST_TEST(announcement.find(R"("result":"https://demur.example/api/retrain/8/result")") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_long_training_set_comes_in_pages_of_whole_lines, announced) {
  for (int i = 0; i < 40'000; ++i) data.opinions.push_back(data.opinions[1]);
  std::size_t pages = 0;
  std::string opinions, file;
  pipeline = [&]() -> result<done> {
    opinions = fetched("opinions", &pages);
    file = text_of(folder / "training" / "8" / "opinions.csv");
    BOOST_TEST(
        (code_of(desk->page(8, "opinions", static_cast<std::int64_t>(file.size()) + 1)) == error_code::bad_value));
    BOOST_TEST(desk->page(8, "opinions", static_cast<std::int64_t>(file.size()))->text == "");
    BOOST_TEST(desk->finish(8, good_result).has_value());
    return done{};
  };
  BOOST_TEST(train().has_value());
  BOOST_TEST((opinions == file));
  BOOST_TEST(pages == opinions.size() / 1'000'000 + 1);
}

BOOST_FIXTURE_TEST_CASE(a_pipeline_that_is_not_there_fails_the_retrain_at_once, announced) {
  pipeline = []() -> result<done> { return error{error_code::unavailable, "Nobody home.", {}, {}, {}}; };
  BOOST_TEST(failure() == "Nobody home.");
  BOOST_TEST((code_of(desk->finish(8, good_result)) == error_code::conflict));
  BOOST_TEST(fs::is_empty(folder / "training"));
}

BOOST_FIXTURE_TEST_CASE(its_own_error_is_passed_on, announced) {
  pipeline = [&]() -> result<done> {
    BOOST_TEST(desk->finish(8, R"({"error":"Out of memory."})").has_value());
    return done{};
  };
  BOOST_TEST(failure() == "The pipeline failed: Out of memory.");
}

BOOST_FIXTURE_TEST_CASE(word_for_nobody_is_refused, announced) {
  BOOST_TEST((code_of(desk->progress(8, "{}")) == error_code::not_found));
  pipeline = [&]() -> result<done> {
    BOOST_TEST((code_of(desk->progress(9, "{}")) == error_code::not_found));
    BOOST_TEST((code_of(desk->finish(9, good_result)) == error_code::not_found));
    BOOST_TEST((code_of(desk->page(9, "opinions", 0)) == error_code::not_found));
    BOOST_TEST(desk->finish(8, good_result).has_value());
    BOOST_TEST((code_of(desk->finish(8, good_result)) == error_code::conflict));
    return done{};
  };
  BOOST_TEST(train().has_value());
  BOOST_TEST((code_of(desk->progress(8, "{}")) == error_code::conflict));
  BOOST_TEST((code_of(desk->page(8, "opinions", 0)) == error_code::conflict));
  BOOST_TEST(desk->finish(7, good_result).problem().detail == "No pipeline is asked for retrain 7.");
}

BOOST_FIXTURE_TEST_CASE(word_that_cannot_be_read_changes_nothing, announced) {
  pipeline = [&]() -> result<done> {
    BOOST_TEST(desk->finish(8, R"({"metrics":{"ndcg":"high"}})").problem().field == "metrics.ndcg");
    BOOST_TEST((code_of(desk->finish(8, "{")) == error_code::malformed));
    BOOST_TEST(desk->finish(8, R"({"metrics":{},"model":"weights.bin"})").problem().field == "model");
    BOOST_TEST(desk->progress(8, R"({"epoch":-1})").problem().field == "epoch");
    BOOST_TEST(desk->finish(8, good_result).has_value());
    return done{};
  };
  BOOST_TEST(train().has_value());
}

BOOST_FIXTURE_TEST_CASE(silence_beyond_the_lease_is_the_end, announced) {
  chosen.trainer.webhook.lease = 0s;
  BOOST_TEST(failure() == "The pipeline gave no sign of life in trainer.webhook.lease, 0 seconds.");
  BOOST_TEST((code_of(desk->finish(8, good_result)) == error_code::conflict));
}

BOOST_FIXTURE_TEST_CASE(progress_is_reported_and_answered_with_the_lease, announced) {
  std::thread elsewhere;
  pipeline = [&]() -> result<done> {
    elsewhere = std::thread([&] {
      BOOST_TEST(desk->progress(8, R"({"epoch":3,"epochs":10})").value() == 600);
      while (!told) std::this_thread::sleep_for(1ms);
      BOOST_TEST(desk->finish(8, good_result).has_value());
    });
    return done{};
  };
  task.progress = [&](const training_progress& newest) {
    if (newest.epoch == 3) told = true;
  };
  BOOST_TEST(train().has_value());
  elsewhere.join();
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_training_waits_no_longer, announced) {
  pipeline = [&]() -> result<done> {
    cancelled = true;
    return done{};
  };
  BOOST_TEST(failure() == "The retrain was cancelled.");
  BOOST_TEST((code_of(desk->finish(8, good_result)) == error_code::conflict));
}

BOOST_AUTO_TEST_SUITE_END()
