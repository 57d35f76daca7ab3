#include "learning/gate.hpp"
#include "learning/ials_trainer.hpp"
#include "learning/model_file.hpp"
#include "learning/ranking_file.hpp"
#include "learning/ranking_model.hpp"
#include "learning/recommending.hpp"
#include "learning/synced_file.hpp"
#include "learning/training_home.hpp"
#include "learning/training_matrix.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace demur::learning {
namespace {

namespace fs = std::filesystem;
using testing::new_year;
using testing::text_of;
using testing::training_home;

class no_claim final : public claim_reader {
public:
  result<done> each_adjustment(const std::function<void(const claimed_adjustment&)>&) const override { return done{}; }
};

/// Two camps: people of one like the even movies, which are of genre A, and dislike the odd ones, of genre B.
struct two_camps : training_home {
  no_claim claim;

  explicit two_camps(int users = 120) {
    chosen.trainer.ials.factors = 8;
    chosen.trainer.ials.epochs = 5;
    chosen.trainer.ials.threads = 1;
    data.opinions.clear();
    data.movies.clear();
    for (int movie = 0; movie < 40; ++movie)
      data.movies.push_back({movie, "Film", {movie % 2 ? "B" : "A"}, {}, {}, {}});
    for (int user = 100; user < 100 + users; ++user)
      for (int movie = user % 3; movie < 40; movie += 3) say(user, movie, (user + movie) % 2 == 0);
    task.claim = &claim;
  }

  void say(int user, int movie, bool liked) {
    const auto kind = liked ? opinion_kind::like : opinion_kind::dislike;
    data.opinions.push_back({std::to_string(user), movie, kind, "", liked ? 1.0 : 0.8, new_year, 0});
  }

  result<training_outcome> train() { return make_ials_trainer(chosen)->train(task); }
  training_outcome trained() {
    auto outcome = train();
    BOOST_REQUIRE(outcome);
    return *std::move(outcome);
  }
};

/// The files of a version.
std::string saved(const fs::path& folder, const model& made) {
  BOOST_REQUIRE(save_model(folder, made));
  return text_of(ranking_path(folder, made.model_version_id));
}

BOOST_AUTO_TEST_SUITE(ials_trainers)

BOOST_FIXTURE_TEST_CASE(what_one_camp_likes_is_recommended_to_it, two_camps) {
  const auto outcome = trained();
  BOOST_TEST(outcome.rejection.empty());
  BOOST_REQUIRE(outcome.trained.ranking);
  const std::vector<training_opinion> said{{"new", 0, opinion_kind::like, "", 1.0, new_year, 0},
                                           {"new", 4, opinion_kind::like, "", 1.0, new_year, 0}};
  const blame_by_dislike nothing;
  recommending_rules rules;
  rules.hidden = {0, 4};
  for (const auto& one : recommend(*outcome.trained.ranking, {said, {new_year, 0.0, 0.0}, nothing}, rules))
    BOOST_TEST(one.movie_id % 2 == 0);
  BOOST_TEST(outcome.metrics.at("items") == 40.0);
  BOOST_TEST(outcome.metrics.at("features") == 2.0);
  BOOST_TEST(outcome.metrics.at("likes") + outcome.metrics.at("dislikes") == static_cast<double>(data.opinions.size()));
}

BOOST_FIXTURE_TEST_CASE(the_same_task_gives_the_same_file_whatever_the_threads, two_camps) {
  const auto first = trained();
  chosen.trainer.ials.threads = 3;
  const auto second = trained();
  BOOST_TEST(first.data_hash == second.data_hash);
  BOOST_TEST(!first.data_hash.empty());
  fs::create_directories(folder / "one");
  fs::create_directories(folder / "two");
  BOOST_TEST((saved(folder / "one", first.trained) == saved(folder / "two", second.trained)));
  say(500, 1, true);
  BOOST_TEST(trained().data_hash != first.data_hash);
}

BOOST_FIXTURE_TEST_CASE(without_a_like_there_are_shared_weights_and_no_ranking, two_camps) {
  std::erase_if(data.opinions, [](const auto& one) { return one.kind == opinion_kind::like; });
  const auto outcome = trained();
  BOOST_TEST(!outcome.trained.ranking);
  BOOST_TEST(outcome.metrics.at("likes") == 0.0);
  BOOST_TEST(data.passes == 0);  // however many dislikes there are
  BOOST_TEST(outcome.trained.shared_log_weights.count("genre:Horror") == 1u);
}

BOOST_FIXTURE_TEST_CASE(judges_are_not_trained_on, two_camps) {
  const opinion_fading as{new_year, 30.0, 0.0};
  const auto matrix = read_training_matrix(data, as, 0.25);
  BOOST_REQUIRE(matrix);
  BOOST_TEST(matrix->judges.size() + matrix->by_user.rows() == 120u);
  BOOST_TEST(matrix->judges.size() > 10u);
  for (const judge& one : matrix->judges) BOOST_TEST(judges(one.user_id, 0.25));
  BOOST_TEST(read_training_matrix(data, as, 0.0)->judges.empty());
}

BOOST_FIXTURE_TEST_CASE(the_newest_opinion_counts_a_dislike_fades_and_what_was_seen_says_nothing, two_camps) {
  data.opinions = {{"ann", 1, opinion_kind::like, "", 1.0, new_year, 0},
                   {"ann", 1, opinion_kind::dislike, "poor_quality", 0.8, new_year, 7},
                   {"ann", 2, opinion_kind::like, "", 1.0, new_year, 0},
                   {"ann", 2, opinion_kind::seen, "already_watched", 0.0, new_year, 9},
                   {"bob", 3, opinion_kind::seen, "already_watched", 0.0, new_year, 8},
                   {"cid", 99, opinion_kind::dislike, "", 0.8, new_year, 0}};
  const auto matrix = read_training_matrix(data, {new_year + std::chrono::days(30), 30.0, 0.0}, 0.0);
  BOOST_REQUIRE(matrix);
  BOOST_REQUIRE_EQUAL(matrix->by_user.rows(), 2u);
  const auto ann = matrix->by_user.row(0);
  BOOST_REQUIRE_EQUAL(ann.size(), 2u);
  BOOST_TEST(ann[0].weight == -0.4F);
  BOOST_TEST(ann[1].weight == 1.0F);
  BOOST_TEST(matrix->by_user.row(1)[0].weight == -0.8F);
  BOOST_TEST(matrix->items.back() == 99);
  BOOST_TEST(matrix->items.size() == 41u);
  BOOST_TEST(matrix->trained_through == 9);
}

BOOST_FIXTURE_TEST_CASE(too_few_judges_are_trained_on, two_camps) {
  const auto outcome = trained();
  BOOST_TEST(outcome.metrics.at("trained_users") == 120.0);
  BOOST_TEST(outcome.trained.ranking->judges_share == 0.0);
  chosen.gate.judges_share = 0.3;
  BOOST_TEST(trained().metrics.at("trained_users") < 110.0);
  BOOST_TEST(trained().trained.ranking->judges_share == 0.3);
}

BOOST_FIXTURE_TEST_CASE(progress_says_how_far_it_is_and_a_cancelled_training_ends, two_camps) {
  trained();
  const auto last = std::find_if(progress.rbegin(), progress.rend(),
                                 [](const auto& one) { return one.phase == training_phase::training; });
  BOOST_REQUIRE((last != progress.rend()));
  BOOST_TEST(last->epoch == 3 * 5);  // twice to find out how much a dislike may count
  BOOST_TEST(last->epochs == 3 * 5);
  BOOST_TEST(last->loss.has_value());
  for (const training_progress& one : progress) BOOST_TEST((one.epochs == 0 || one.epochs == 3 * 5));
  BOOST_TEST(last->eta_s.value_or(-1.0) == 0.0);
  cancelled = true;
  const auto refused = train();
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.problem().code == error_code::conflict));
}

BOOST_FIXTURE_TEST_CASE(a_worse_model_than_the_parent_is_rejected, two_camps) {
  chosen.gate.judges_share = 0.3;
  auto good = trained();
  parent->ranking = good.trained.ranking;
  BOOST_TEST(trained().rejection.empty());
  // What those say who are trained on is of no worth any more; the judges know what they like.
  std::mt19937 random(5);
  for (training_opinion& one : data.opinions)
    if (!judges(one.user_id, 0.3)) {
      one.kind = random() % 2 == 0 ? opinion_kind::like : opinion_kind::dislike;
    }
  const auto outcome = trained();
  BOOST_TEST(outcome.rejection.starts_with("NDCG@10"));
  BOOST_TEST(outcome.metrics.at("live_ndcg_10") > outcome.metrics.at("ndcg_10"));
  BOOST_REQUIRE(outcome.trained.ranking);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(ranking_files)

BOOST_FIXTURE_TEST_CASE(a_file_gives_back_the_same_scores_to_the_bit, two_camps) {
  const auto made = trained().trained;
  const fs::path models = folder / "models";
  BOOST_REQUIRE(save_model(models, made));
  const auto loaded = load_model(models, made.model_version_id);
  BOOST_REQUIRE(loaded);
  BOOST_REQUIRE((*loaded)->ranking);
  const ranking_model &one = *made.ranking, &other = *(*loaded)->ranking;
  const std::vector<training_opinion> said{{"new", 0, opinion_kind::like, "", 1.0, new_year, 0},
                                           {"new", 3, opinion_kind::dislike, "", 0.8, new_year, 5}};
  blame_by_dislike blamed{{5, {{"genre:B"}, 0.15F}}};
  std::vector<id> movies(40);
  std::iota(movies.begin(), movies.end(), id{0});
  const speaker who{said, {new_year, 30.0, 30.0}, blamed};
  BOOST_TEST((model_scores(one, who, movies) == model_scores(other, who, movies)));
  BOOST_TEST(trained_through(other) == trained_through(one));
  BOOST_TEST(other.features.features() == 2u);
  BOOST_TEST(other.features.name(1) == "genre:B");
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_not_whole_is_refused_wherever_it_is_broken, two_camps) {
  const auto made = trained().trained;
  const fs::path models = folder / "models";
  BOOST_REQUIRE(save_model(models, made));
  const fs::path file = ranking_path(models, made.model_version_id);
  const std::string whole = text_of(file);
  const auto refusal_of = [&](const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
    const auto loaded = load_model(models, made.model_version_id);
    BOOST_REQUIRE(!loaded);
    BOOST_TEST((loaded.problem().code == error_code::unavailable));
    return loaded.problem().detail;
  };
  for (std::size_t at = 0; at < whole.size(); at += 97) {
    std::string broken = whole;
    broken[at] = static_cast<char>(broken[at] ^ 1);
    refusal_of(broken);
  }
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{10}, std::size_t{100}, whole.size() - 1})
    refusal_of(whole.substr(0, bytes));
  BOOST_TEST(refusal_of(whole + " ").find("expected " + std::to_string(whole.size())) != std::string::npos);
  fs::remove(file);
  BOOST_TEST(load_model(models, made.model_version_id).problem().detail.find("open") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_file_of_the_first_format_is_read_and_ranks_as_all_do_now, two_camps) {
  ranking_model now = *trained().trained.ranking, old = now;
  now.taste = taste_options{};
  old.taste.overlay_weight = 0.3F;
  const fs::path file = folder / "old.ranking";
  BOOST_REQUIRE(write_ranking(file, old));
  std::string bytes = text_of(file);
  constexpr std::size_t format_at = 8, checksum_at = 24, head = 32, later_options = 152, first_part = 192;
  bytes[format_at] = 1;
  std::fill(bytes.begin() + later_options, bytes.begin() + first_part, '\0');
  const std::uint32_t sum = checksum(std::string_view(bytes).substr(head));
  std::memcpy(&bytes[checksum_at], &sum, sizeof sum);
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;

  const auto read = map_ranking(file, sum);
  BOOST_REQUIRE(read);
  const std::vector<training_opinion> said{{"new", 0, opinion_kind::like, "", 1.0, new_year, 0},
                                           {"new", 3, opinion_kind::dislike, "", 0.8, new_year, 0}};
  const blame_by_dislike nothing;
  std::vector<id> movies(40);
  std::iota(movies.begin(), movies.end(), id{0});
  const speaker who{said, {new_year, 30.0, 30.0}, nothing};
  BOOST_TEST(model_scores(**read, who, movies) == model_scores(now, who, movies), boost::test_tools::per_element());
  BOOST_TEST(model_scores(old, who, movies) != model_scores(now, who, movies));
}

BOOST_FIXTURE_TEST_CASE(it_goes_with_its_version, two_camps) {
  const auto made = trained().trained;
  const fs::path models = folder / "models";
  BOOST_REQUIRE(save_model(models, made));
  remove_other_models(models, {made.model_version_id});
  BOOST_TEST(fs::exists(ranking_path(models, made.model_version_id)));
  remove_other_models(models, {});
  BOOST_TEST(!fs::exists(ranking_path(models, made.model_version_id)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::learning
