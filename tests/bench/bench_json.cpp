#include "domain/json_read.hpp"
#include "domain/json_write.hpp"

#include <demur/types.hpp>

#include <benchmark/benchmark.h>

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

// Time per dislike that the two ends of the hot path cost: a body read and checked, an answer written.
namespace {

using namespace demur;

const std::string typical_dislike = R"({
    "movie_id": 12345,
    "movie_title": "The Long Way to the Small Angry Planet",
    "recommendation_set_id": 7301294461931520,
    "predicted_score": 0.7512345,
    "reason": "wrong_genre",
    "feedback_text": "Not my type of movie; too loud, too long, and I had seen most of it in the trailer.",
    "genres": ["Action", "Sci-Fi", "Adventure"],
    "cast": ["Rosemary Harper", "Ashby Santoso", "Sissix Seshkethet"],
    "franchise": "Wayfarers"
})";

read_context someone() {
  read_context context;
  context.user_id = "user-4711";
  context.now = parse_time("2026-11-22T12:00:00Z").value();
  return context;
}

std::string batch_of(std::size_t rows) {
  std::string body = "[";
  for (std::size_t row = 0; row < rows; ++row) body.append(row == 0 ? "" : ",").append(typical_dislike);
  return body + "]";
}

receipt typical_receipt() {
  receipt made;
  made.dislike_id = 372'912'384'112'384;
  made.user_id = "user-4711";
  made.example_id = made.dislike_id;
  made.weight = 0.8;
  made.filtered = true;
  for (const char* genre : {"Action", "Sci-Fi", "Adventure"}) {
    impact row;
    row.impact_id = made.dislike_id + 1 + static_cast<id>(made.adjustments.size());
    row.impact_type = "genre_weight";
    row.feature_affected = std::string("genre:") + genre;
    row.adjustment_magnitude = -0.15;
    row.weight_before = 0.8721934561203;
    row.weight_after = 0.74136443770226;
    made.adjustments.push_back(row);
  }
  return made;
}

void read_one(benchmark::State& state) {
  const read_context context = someone();
  for (auto _ : state) benchmark::DoNotOptimize(read_dislikes(typical_dislike, context));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(typical_dislike.size()));
}
BENCHMARK(read_one);

void read_batch_of(benchmark::State& state) {
  const read_context context = someone();
  const std::string body = batch_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(read_dislikes(body, context));
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(read_batch_of)->Arg(10)->Arg(100)->Arg(1'000);

void refuse_one(benchmark::State& state) {
  const read_context context = someone();
  const std::string body = R"({"movie_title": "A", "predicted_score": 1.5})";
  for (auto _ : state) benchmark::DoNotOptimize(read_dislikes(body, context));
}
BENCHMARK(refuse_one);

void write_receipt(benchmark::State& state) {
  const receipt made = typical_receipt();
  std::size_t bytes = 0;
  for (auto _ : state) bytes += to_json(made).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(write_receipt);

void read_receipt_back(benchmark::State& state) {
  const std::string json = to_json(typical_receipt());
  for (auto _ : state) benchmark::DoNotOptimize(read_receipt(json));
}
BENCHMARK(read_receipt_back);

void write_time(benchmark::State& state) {
  const timestamp now = someone().now;
  for (auto _ : state) benchmark::DoNotOptimize(format_time(now));
}
BENCHMARK(write_time);

}  // namespace
