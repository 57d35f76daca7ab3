// The model alone: what an epoch of training takes, and what it takes to answer one user after a dislike. Interactions are
// made up with the size and the skew of MovieLens: log-normal activity, popularity that falls with the rank.
#include "learning/random.hpp"
#include "learning/ranking_file.hpp"
#include "learning/taste_cache.hpp"
#include "learning/top_items.hpp"
#include "learning/tuning.hpp"
#include "learning/user_taste.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <sys/resource.h>

namespace demur::learning {
namespace {

using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begin) { return std::chrono::duration<double>(steady::now() - begin).count(); }

struct size_of_data {
  const char* name;
  std::size_t users;
  std::size_t items;
  std::size_t interactions;
};

/// Items by rank: the cumulated weights 1 / (rank + 45), with which the most popular of 26,744 has about a three-hundredth.
std::vector<double> popularity(std::size_t items) {
  std::vector<double> cumulated;
  double sum = 0.0;
  for (std::size_t rank = 0; rank < items; ++rank) cumulated.push_back(sum += 1.0 / static_cast<double>(rank + 45));
  for (double& each : cumulated) each /= sum;
  return cumulated;
}

interactions made_up(const size_of_data& size, std::mt19937& random) {
  const auto cumulated = popularity(size.items);
  std::lognormal_distribution<double> activity(0.0, 1.2);
  std::uniform_real_distribution<double> uniform;
  std::vector<double> wanted(size.users);
  double sum = 0.0;
  for (double& each : wanted) sum += each = activity(random);
  interactions all(size.items);
  std::vector<std::uint32_t> own;
  for (const double share : wanted) {
    const auto most =
        std::min(size.items / 3, static_cast<std::size_t>(share / sum * static_cast<double>(size.interactions)));
    own.clear();
    // Twice as many draws as are wanted leave enough after the repeats.
    for (std::size_t k = 0; k < 2 * most; ++k)
      own.push_back(static_cast<std::uint32_t>(std::lower_bound(cumulated.begin(), cumulated.end(), uniform(random)) -
                                               cumulated.begin()));
    shuffle(own, random);
    std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    while (own.size() > most) own.erase(own.begin() + below(random, static_cast<std::uint32_t>(own.size())));
    for (const std::uint32_t item : own) all.add({item, below(random, 100) < 85 ? 1.0F : -0.8F});
    all.end_row();
  }
  return all;
}

double peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_maxrss) / 1024.0;
}

double quantile(std::vector<double>& values, double q) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(q * static_cast<double>(values.size())))];
}

ranking_model train(const size_of_data& size, const interactions& all, const ials_options& options) {
  std::vector<double> epochs;
  const auto whole = steady::now();
  auto begin = whole;
  std::vector<id> items(size.items);
  for (std::size_t item = 0; item < size.items; ++item) items[item] = static_cast<id>(item);
  std::vector<std::vector<std::string>> features(size.items);
  for (std::size_t item = 0; item < size.items; ++item)
    features[item] = {"genre:" + std::to_string(item % 19), "genre:" + std::to_string(item % 7),
                      "director:" + std::to_string(item / 3), "cast:" + std::to_string(item % 9'000)};
  auto made = fit_tuned_model(std::move(items), item_features(features), all, options, [&](const epoch_report& done) {
    // The first one of a fit also turns the matrix over, and comes after what lies between the fits.
    if (done.epoch % options.epochs != 1) epochs.push_back(seconds_since(begin));
    begin = steady::now();
    return true;
  });
  std::printf("%-28s %12zu %10.3f %10.1f %10.0f\n", size.name, all.size(), quantile(epochs, 0.5), seconds_since(whole),
              peak_mib());
  return std::move(made->model);
}

/// First as a user who was not asked for of late, then, with one more dislike, as one who lies solved.
void answer_users(const ranking_model& model, const interactions& all, std::mt19937& random) {
  std::vector<double> solved, kept;
  for (int round = 0; round < 3'000; ++round) {
    const auto row = all.row(below(random, static_cast<std::uint32_t>(all.rows())));
    user_history history{{row.begin(), row.end()}, {}};
    std::vector<std::uint32_t> hidden;
    for (const interaction& each : row) hidden.push_back(each.other);
    taste_cache cache(std::size_t{64} << 20U);
    for (std::vector<double>* milliseconds : {&solved, &kept}) {
      fresh_dislike said;
      said.dislike_id = 1;
      said.item = below(random, static_cast<std::uint32_t>(model.items.size()));
      const auto own = model.features.of(said.item);
      said.blamed.assign(own.begin(), own.end());
      history.fresh.assign(1, std::move(said));
      const auto begin = steady::now();
      const user_taste taste(cache.get(model, "user", history.known), history.fresh);
      const auto best = top_items(taste.scores(), 20, hidden);
      milliseconds->push_back(1e3 * seconds_since(begin));
      if (best.size() != 20) std::exit(1);
    }
  }
  std::printf("\na dislike folded in, %zu items scored, the first 20:\n", model.items.size());
  std::printf("  user solved before  p50 %.3f ms, p99 %.3f ms\n", quantile(kept, 0.5), quantile(kept, 0.99));
  std::printf("  user solved first   p50 %.3f ms, p99 %.3f ms\n", quantile(solved, 0.5), quantile(solved, 0.99));
}

void keep_on_disk(const ranking_model& model) {
  const auto file = std::filesystem::temp_directory_path() / "bench_learn.ranking";
  std::vector<double> written, mapped;
  for (int round = 0; round < 5; ++round) {
    auto begin = steady::now();
    const auto checksum = write_ranking(file, model);
    written.push_back(1e3 * seconds_since(begin));
    if (!checksum) std::exit(1);
    begin = steady::now();
    if (!map_ranking(file, *checksum)) std::exit(1);
    mapped.push_back(1e3 * seconds_since(begin));
  }
  std::printf("its file: %.1f MiB, written and synced in %.0f ms, checked and mapped in %.0f ms\n",
              static_cast<double>(std::filesystem::file_size(file)) / 1'048'576.0, quantile(written, 0.5),
              quantile(mapped, 0.5));
  std::filesystem::remove(file);
}

int run(int threads) {
  constexpr size_of_data sizes[] = {{"100k (943 x 1,682)", 943, 1'682, 100'000},
                                    {"1M (6,040 x 3,706)", 6'040, 3'706, 1'000'000},
                                    {"20M (138,493 x 26,744)", 138'493, 26'744, 20'000'000}};
  std::printf("d = 64, %s kernels, %d threads\n%-28s %12s %10s %10s %10s\n", best_kernels().name, threads, "size",
              "interactions", "s/epoch", "s in all", "peak MiB");
  for (const size_of_data& size : sizes) {
    std::mt19937 random(7);
    const interactions all = made_up(size, random);
    ials_options options;
    options.threads = threads;
    const ranking_model model = train(size, all, options);
    if (size.interactions < 20'000'000) continue;
    answer_users(model, all, random);
    keep_on_disk(model);
  }
  return 0;
}

}  // namespace
}  // namespace demur::learning

int main(int count, char** arguments) { return demur::learning::run(count > 1 ? std::atoi(arguments[1]) : 2); }
