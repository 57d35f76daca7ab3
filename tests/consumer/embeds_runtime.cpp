// A recommender that has Demur inside: no actors, no HTTP, the standard library only.
#include <demur/runtime.hpp>

#include <cmath>
#include <iostream>
#include <string>

namespace {

int fail(const std::string& sentence) {
  std::cerr << "embeds_runtime: " << sentence << '\n';
  return 1;
}

demur::dislike_request dislike_of(const std::string& title, const std::string& reason) {
  demur::dislike_request request;
  request.user_id = "ann";
  request.movie_title = title;
  request.reason = reason;
  request.predicted_score = 0.9;
  request.genres = {reason == "wrong_genre" ? "Horror" : "Western"};
  return request;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("wants the plugin folder and a data folder");
  demur::settings chosen;
  chosen.plugins.folder = argv[1];
  chosen.data_folder = argv[2];

  auto started = demur::runtime::start(chosen);
  if (!started) return fail(started.problem().detail);
  auto& runtime = **started;

  const auto shipped = runtime.dislike(dislike_of("Saw", "wrong_genre")).get();
  if (!shipped) return fail(shipped.problem().detail);
  const auto own = runtime.dislike(dislike_of("Shane", "always_doubled")).get();
  if (!own) return fail(own.problem().detail);

  demur::rerank_request wanted;
  wanted.user_id = "ann";
  for (const char* genre : {"Horror", "Western", "Comedy"}) {
    demur::rerank_candidate candidate;
    candidate.movie_title = std::string("A new ") + genre;
    candidate.score = 0.5;
    candidate.genres = {genre};
    candidate.has_features = true;
    wanted.candidates.push_back(candidate);
  }
  const auto ranked = runtime.rerank(wanted).get();
  if (!ranked) return fail(ranked.problem().detail);

  // Comedy is untouched; -0.15 for the genre of "Saw", twice that for the plugin's.
  const double expected[] = {1.0, 0.85, 0.70};
  if (ranked->candidates.size() != 3) return fail("lost a candidate");
  for (int i = 0; i < 3; ++i) {
    const auto& candidate = ranked->candidates[i];
    // A few milliseconds of fading may have passed.
    if (std::abs(candidate.multiplier - expected[i]) > 1e-6)
      return fail(candidate.movie_title + " has the multiplier " + std::to_string(candidate.multiplier));
  }

  const auto metrics = runtime.metrics().get();
  if (!metrics) return fail(metrics.problem().detail);
  if (metrics->total_dislikes != 2) return fail("counts " + std::to_string(metrics->total_dislikes) + " dislikes");
  if (!runtime.stop()) return fail("did not finish what it had accepted");
  std::cout << "embeds_runtime: two dislikes, ranking follows\n";
}
