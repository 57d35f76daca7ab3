#include "pipeline/load.hpp"

#include "domain/by_text.hpp"
#include "domain/user_state.hpp"
#include "learning/model_file.hpp"
#include "pipeline/model_folder.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

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
  const id in_metrics = into.metrics.through_recorded_id(), in_patterns = into.through_recorded_id;
  auto sets = store.each_recommendation_set(std::min(in_patterns, in_metrics), [&](const recorded_set& set) {
    if (set.recorded_id > in_metrics) into.metrics.count(set);
    if (set.recorded_id <= in_patterns) return;
    into.through_recorded_id = set.recorded_id;
    for (const recommended_item& item : set.shown.items)
      if (item.movie_id) shown.show(*item.movie_id, nullptr);
  });
  if (!sets) return sets;
  return store.each_movie([&](const movie& row) { shown.put_movie(nullptr, row); });
}

/// The snapshot may be older than the newest claim, or younger than one that was given back.
result<done> fold_unused(store::reader& store, pattern_state& patterns) {
  auto since = store.claimed_through(), judged = store.judged_through();
  if (!since) return std::move(since).problem();
  if (!judged) return std::move(judged).problem();
  if (*since == patterns.unused_since() && *judged == patterns.judged_through()) return done{};
  patterns.recount_unused(*since, *judged);
  auto counted = store.each_entry(*since, patterns.through_dislike_id(), [&](const case_entry& entry) {
    if (entry.readjustment_id == 0) patterns.count_unused(entry);
  });
  patterns.recounted();
  return counted;
}

/// `shown`: what was shown before which of them.
result<done> fold_dislikes(store::reader& store, loaded_state& into,
                           const std::vector<store::impressions_before>& shown) {
  auto next = shown.begin();
  const auto show_before = [&](id dislike_id) {
    for (; next != shown.end() && next->dislike_id <= dislike_id; ++next) into.patterns.count_shown(next->impressions);
  };
  // Those of one readjustment have one id: what the metrics have is what they had before the first of them.
  const id in_metrics = into.metrics.through_dislike_id();
  const id after = std::min(into.patterns.through_dislike_id(), in_metrics);
  auto counted = store.each_entry(after, newest, [&](const case_entry& entry) {
    if (entry.readjustment_id == 0 && entry.row.dislike_id > into.patterns.through_dislike_id()) {
      show_before(entry.row.dislike_id);
      into.patterns.count(entry);
    }
    if (entry.entry_id() > in_metrics) into.metrics.count(entry);
  });
  show_before(store::no_dislike);
  return counted;
}

/// Folds dislikes into the states of their users, a slice at a time.
class users_fold {
public:
  users_fold(const settings& chosen, store::reader& store, store::weights_writer& weights)
      : burst_half_life_days_(burst_half_life_days(chosen.patterns)), store_(store), weights_(weights) {}

  void add(const case_entry& entry) { entries_.push_back(entry); }
  /// Whether a slice of `full` may end before this entry: those of one readjustment have one id, and stay together.
  bool ends_before(const case_entry& entry, std::size_t full) const {
    return entries_.size() >= full && entries_.back().entry_id() != entry.entry_id();
  }

  /// Puts a full slice into the table.
  result<done> merge() {
    auto users = folded();
    if (!users) return std::move(users).problem();
    store::recent_states::slice changed{{}, entries_.back().entry_id()};
    for (user_state& user : *users) changed.users.emplace(std::move(user.user_id), std::move(user.features));
    entries_.clear();
    return weights_.merge(changed);
  }

  /// Leaves the rest to the weight keeper: so a start need not write.
  result<done> leave_to(store::recent_states& recent) {
    if (entries_.empty()) return done{};
    auto users = folded();
    if (!users) return std::move(users).problem();
    recent.add(*std::move(users), entries_.back().entry_id());
    return done{};
  }

private:
  result<std::vector<user_state>> folded() {
    auto users = store_.states(touched());
    if (!users) return std::move(users).problem();
    by_text<user_state*> by_user;
    for (user_state& user : *users) by_user.emplace(user.user_id, &user);
    for (const case_entry& entry : entries_)
      demur::fold(*by_user.find(entry.row.user_id)->second, entry, burst_half_life_days_);
    return users;
  }

  std::vector<user_features> touched() const {
    std::map<std::string_view, std::set<std::string>> by_user;
    for (const case_entry& entry : entries_)
      for (std::string& feature : features_touched_by(entry)) by_user[entry.row.user_id].insert(std::move(feature));
    std::vector<user_features> wanted;
    for (auto& [user_id, features] : by_user)
      wanted.push_back({std::string(user_id), {features.begin(), features.end()}});
    return wanted;
  }

  double burst_half_life_days_;
  store::reader& store_;
  store::weights_writer& weights_;
  std::vector<case_entry> entries_;
};

/// The table of weights lags behind the dislikes by what was only in memory. It is ahead of them only after a power cut
/// with `synchronous = NORMAL`, or where somebody put another file in its place: then it begins anew.
result<done> fold_users(const surroundings& shared, id newest_entry, store::weights_writer& weights) {
  const settings& chosen = shared.chosen;
  const auto slice = static_cast<std::size_t>(chosen.store.merge_users);
  shared.recent->forget_expected();
  if (newest_entry != 0 && shared.recent->through() == newest_entry) return done{};  // after a fault: all is here
  shared.recent->clear();
  auto through = weights.through();
  if (!through) return std::move(through).problem();
  if (*through > newest_entry) {
    spdlog::warn("the weights are ahead of the dislikes; folding them anew");
    if (auto cleared = weights.clear(); !cleared) return cleared;
    through = id{0};
  }
  if (*through == newest_entry) return done{};
  // Without what is recent: the table itself is brought up.
  auto dislikes = store::reader::open(chosen), states = store::reader::open(chosen);
  if (!dislikes) return std::move(dislikes).problem();
  if (!states) return std::move(states).problem();
  users_fold users(chosen, **states, weights);
  result<done> merged = done{};
  auto read = (*dislikes)->each_entry(*through, newest_entry, [&](const case_entry& entry) {
    if (merged && users.ends_before(entry, slice)) merged = users.merge();
    users.add(entry);
  });
  if (!read) return read;
  if (!merged) return merged;
  return users.leave_to(*shared.recent);
}

result<done> fold_models(store::reader& store, loaded_state& into) {
  auto versions = store.models();
  if (!versions) return std::move(versions).problem();
  std::for_each(versions->rbegin(), versions->rend(),
                [&](const model_version& version) { into.metrics.count(version); });
  if (!versions->empty()) {
    into.last_retrain = versions->front();
    into.last_retrain_at = versions->front().created_at;
  }
  return done{};
}

result<done> read_strategies(store::reader& store, loaded_state& into) {
  auto versions = store.strategy_versions();
  if (!versions) return std::move(versions).problem();
  into.strategies = *std::move(versions);
  auto pending = store.pending_by_reason();
  if (!pending) return std::move(pending).problem();
  for (const auto& [reason, count] : *pending) into.adjustments_pending += count;
  return done{};
}

result<done> fold(const surroundings& shared, store::reader& store, loaded_state& into) {
  const pattern_state empty = into.patterns;
  auto through = restore(store, "patterns", into.patterns, empty);
  if (!through) return std::move(through).problem();
  into.through_recorded_id = *through;
  auto restored = restore(store, "metrics", into.metrics, metrics_state{});
  if (!restored) return std::move(restored).problem();
  auto shown = store.impressions(into.patterns.through_dislike_id(), into.through_recorded_id);
  if (!shown) return std::move(shown).problem();
  for (const auto& step : {fold_exposure(store, into), fold_unused(store, into.patterns),
                           fold_dislikes(store, into, *shown), fold_models(store, into), prune_models(shared, store)})
    if (!step) return step;
  auto known = store.patterns({});
  if (!known) return std::move(known).problem();
  into.known_of_all = *std::move(known);
  auto highest = store.newest_id();
  if (!highest) return std::move(highest).problem();
  into.newest_id = *highest;
  into.due = into.patterns.retrain_due();
  if (auto read = read_strategies(store, into); !read) return read;
  auto newest_entry = store.newest_entry_id();
  if (!newest_entry) return std::move(newest_entry).problem();
  return fold_users(shared, *newest_entry, *into.weights);
}

}  // namespace

result<loaded_state> load(const surroundings& shared) {
  auto writer = store::writer::open(shared.chosen);
  if (!writer) return std::move(writer).problem();
  auto weights = store::weights_writer::open(shared.chosen);
  if (!weights) return std::move(weights).problem();
  auto reader = store::reader::open(shared.chosen, shared.recent, store::recent_states::view::coming);
  if (!reader) return std::move(reader).problem();
  auto committed = store::reader::open(shared.chosen, shared.recent);
  if (!committed) return std::move(committed).problem();
  loaded_state state{{*std::move(writer), *std::move(committed)},
                     *std::move(weights),
                     nullptr,
                     {},
                     0,
                     0,
                     0,
                     {},
                     pattern_state(shared.chosen, shared.strategies->reasons()),
                     {},
                     {},
                     {},
                     {}};
  if (auto folded = fold(shared, **reader, state); !folded) return std::move(folded).problem();
  state.states = *std::move(reader);
  return state;
}

result<std::shared_ptr<const model>> load_live_model(const settings& chosen, const std::filesystem::path& folder) {
  auto reader = store::reader::open(chosen);
  if (!reader) return std::move(reader).problem();
  auto versions = (*reader)->models();
  if (!versions) return std::move(versions).problem();
  const auto live = std::find_if(versions->begin(), versions->end(),
                                 [](const model_version& version) { return version.state == model_state::live; });
  if (live == versions->end()) return std::shared_ptr<const model>(std::make_shared<model>());
  return learning::load_model(folder, live->model_version_id);
}

result<std::map<std::string, std::string>> load_promoted(const settings& chosen) {
  if (auto prepared = store::writer::open(chosen); !prepared) return std::move(prepared).problem();
  auto reader = store::reader::open(chosen);
  if (!reader) return std::move(reader).problem();
  return (*reader)->promoted_strategies();
}

}  // namespace demur::pipeline
