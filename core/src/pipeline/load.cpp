#include "pipeline/load.hpp"

#include "learning/model_file.hpp"
#include "pipeline/model_folder.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>

namespace demur::pipeline {

namespace {

constexpr id newest = std::numeric_limits<id>::max();

/// A snapshot that does not read is no loss: the store is folded from its beginning instead.
template <class State>
result<id> restore(store::reader& store, const std::string& part, State& state, const State& empty) {
  auto taken = store.latest_snapshot(part);
  if (!taken) return std::move(taken).problem();
  if (!*taken) return id{0};
  if (state.restore((*taken)->text)) return (*taken)->through_recorded_id;
  spdlog::warn("the snapshot of {} is not readable; counting from the beginning", part);
  state = empty;
  return id{0};
}

result<done> fold_exposure(store::reader& store, loaded_state& into) {
  exposure& shown = into.patterns.shown();
  auto sets =
      store.each_recommendation_set(into.through_recorded_id, [&](id recorded_id, const recommendation_set& set) {
        into.through_recorded_id = recorded_id;
        for (const recommended_item& item : set.items)
          if (item.movie_id) shown.show(*item.movie_id, nullptr);
      });
  if (!sets) return sets;
  return store.each_movie([&](const movie& row) { shown.put_movie(nullptr, row); });
}

/// The snapshot may be older than the newest claim, or younger than one that was given back.
result<done> fold_unused(store::reader& store, pattern_state& patterns) {
  auto since = store.claimed_through();
  if (!since) return std::move(since).problem();
  if (*since == patterns.unused_since()) return done{};
  patterns.recount_unused(*since);
  return store.each_entry(*since, patterns.through_dislike_id(),
                          [&](const case_entry& entry) { patterns.count_unused(entry); });
}

result<done> fold_dislikes(store::reader& store, loaded_state& into) {
  const id after = std::min(into.patterns.through_dislike_id(), into.metrics.through_dislike_id());
  return store.each_entry(after, newest, [&](const case_entry& entry) {
    if (entry.row.dislike_id > into.patterns.through_dislike_id()) into.patterns.count(entry);
    if (entry.row.dislike_id > into.metrics.through_dislike_id()) into.metrics.count(entry);
  });
}

result<done> fold_models(store::reader& store, loaded_state& into) {
  auto versions = store.models();
  if (!versions) return std::move(versions).problem();
  std::for_each(versions->rbegin(), versions->rend(),
                [&](const model_version& version) { into.metrics.count(version); });
  if (!versions->empty()) into.last_retrain_at = versions->front().created_at;
  return done{};
}

result<done> fold(const surroundings& shared, store::reader& store, loaded_state& into) {
  const pattern_state empty = into.patterns;
  auto through = restore(store, "patterns", into.patterns, empty);
  if (!through) return std::move(through).problem();
  into.through_recorded_id = *through;
  auto restored = restore(store, "metrics", into.metrics, metrics_state{});
  if (!restored) return std::move(restored).problem();
  for (const auto& step : {fold_exposure(store, into), fold_unused(store, into.patterns), fold_dislikes(store, into),
                           fold_models(store, into), prune_models(shared, store)})
    if (!step) return step;
  auto known = store.patterns({});
  if (!known) return std::move(known).problem();
  into.known_of_all = *std::move(known);
  auto highest = store.newest_id();
  if (!highest) return std::move(highest).problem();
  into.newest_id = *highest;
  into.due = into.patterns.retrain_due();
  return done{};
}

}  // namespace

result<loaded_state> load(const surroundings& shared) {
  auto writer = store::writer::open(shared.chosen);
  if (!writer) return std::move(writer).problem();
  auto reader = store::reader::open(shared.chosen);
  if (!reader) return std::move(reader).problem();
  loaded_state state{
      *std::move(writer), 0, 0, {}, pattern_state(shared.chosen, shared.strategies.reasons()), {}, {}, {}};
  if (auto folded = fold(shared, **reader, state); !folded) return std::move(folded).problem();
  return state;
}

result<std::shared_ptr<const model>> load_live_model(const settings& chosen, const std::filesystem::path& folder) {
  // The first to open the store makes its tables.
  if (auto prepared = store::writer::open(chosen); !prepared) return std::move(prepared).problem();
  auto reader = store::reader::open(chosen);
  if (!reader) return std::move(reader).problem();
  auto versions = (*reader)->models();
  if (!versions) return std::move(versions).problem();
  const auto live = std::find_if(versions->begin(), versions->end(),
                                 [](const model_version& version) { return version.state == model_state::live; });
  if (live == versions->end()) return std::shared_ptr<const model>(std::make_shared<model>());
  return learning::load_model(folder, live->model_version_id);
}

}  // namespace demur::pipeline
