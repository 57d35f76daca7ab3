#include "pipeline/adjustment_logic.hpp"

#include "domain/feature.hpp"
#include "domain/user_state.hpp"
#include "domain/weights.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace demur::pipeline {

namespace {

constexpr double never = 0.0;

/// One element a user, its features sorted and distinct.
void join_users(std::vector<user_features>& touched) {
  std::ranges::stable_sort(touched, {}, &user_features::user_id);
  std::size_t users = 0;
  for (std::size_t i = 0; i < touched.size(); ++i) {
    if (users > 0 && touched[users - 1].user_id == touched[i].user_id) {
      auto& features = touched[users - 1].features;
      std::ranges::move(touched[i].features, std::back_inserter(features));
    } else {
      if (users != i) touched[users] = std::move(touched[i]);
      ++users;
    }
  }
  touched.resize(users);
  for (user_features& user : touched) {
    std::ranges::sort(user.features);
    const auto repeated = std::ranges::unique(user.features);
    user.features.erase(repeated.begin(), repeated.end());
  }
}

auto place_of(auto& users, std::string_view user_id) {
  return std::ranges::lower_bound(users, user_id, {},
                                  [](const user_state& user) -> std::string_view { return user.user_id; });
}

user_features touched_by(const case_entry& entry, const plugin::verdict& said) {
  user_features touched{entry.row.user_id, features_touched_by(entry)};
  for (const plugin::adjustment& told : said.adjustments) touched.features.push_back(told.feature);
  return touched;
}

void train_as_told(case_entry& entry, const plugin::verdict& said) {
  if (said.training_factor <= 0.0)
    entry.example.reset();
  else
    entry.example->weight *= said.training_factor;
}

void tell_user_so_far(case_entry& entry, const user_state& user) {
  user_so_far& so_far = entry.user;
  const dislike& row = entry.row;
  for (const reason_state& part : find_state(user, tally_feature)->by_reason) {
    so_far.dislikes += part.dislikes;
    so_far.burst += part.sum.at(row.created_at);
    if (part.reason == row.reason) so_far.features.push_back({feature_name("reason", row.reason), part.dislikes});
  }
  for (std::string& feature : features_of(row.genres, row.cast, row.franchise)) {
    std::int64_t dislikes = 0;
    for (const reason_state& part : find_state(user, feature)->by_reason) dislikes += part.dislikes;
    so_far.features.push_back({std::move(feature), dislikes});
  }
}

bool must_wait(const result<plugin::verdict>& said) { return !said && said.problem().code == error_code::unavailable; }

}  // namespace

void adjustment_logic::begin(surroundings_ptr shared, std::unique_ptr<store::reader> store, id newest_id,
                             const std::vector<strategy_version>& known) {
  shared_ = std::move(shared);
  store_ = std::move(store);
  ids_.emplace(shared_->chosen.node.id, newest_id);
  burst_half_life_days_ = burst_half_life_days(shared_->chosen.patterns);
  for (const strategy_version& one : known)
    version_ids_[one.name + '\t' + one.version + '\t' + one.hash] = one.strategy_version_id;
}

void adjustment_logic::look_around(timestamp now) {
  now_ = now;
  serving_ = shared_->serving.get();
  seated_ = shared_->strategies->current();
  for (const auto& [reason, seat] : *seated_)
    for (plugin::strategy* one : {seat.live.get(), seat.shadow.get()}) {
      if (!one) continue;
      one->wake();
      tell_state(*one);
    }
}

/// That it cannot be asked, and that it can again.
void adjustment_logic::tell_state(const plugin::strategy& of) {
  const plugin::strategy_state now = of.state();
  const auto [told, is_new] = told_states_.try_emplace(of.name(), plugin::strategy_state::serving);
  if (now == told->second || now == plugin::strategy_state::starting) return;
  told->second = now;
  if (now == plugin::strategy_state::serving)
    spdlog::info("{} is serving again", of.in_words());
  else
    spdlog::warn("{} is {}: {}", of.in_words(), plugin::to_string(now), of.figures().last_failure());
}

plugin::services adjustment_logic::services_for(const case_file& file) {
  return {now_, [this, &file](const dislike& of, const std::string& feature) { return weight_of(file, of, feature); },
          [this](id movie_id) -> const movie* {
            auto found = store_->movies({movie_id});
            if (!found || found->empty()) return nullptr;
            found_movie_ = std::move(found->front());
            return &*found_movie_;
          }};
}

/// What an earlier dislike of this batch did is in the file already: see askable_at_once.
double adjustment_logic::weight_of(const case_file& file, const dislike& of, const std::string& feature) {
  const auto in_words = [&](const user_state& user) {
    const feature_state* state = find_state(user, feature);
    return weight(state ? log_weight(*state, now_) : 0.0, shared_log_weight(*serving_, feature),
                  shared_->chosen.weights.floor);
  };
  const auto user = place_of(file.users, of.user_id);
  if (user != file.users.end() && user->user_id == of.user_id && find_state(*user, feature)) return in_words(*user);
  const auto loaded = store_->states({{of.user_id, {feature}}});
  return loaded ? in_words(loaded->front()) : std::numeric_limits<double>::quiet_NaN();
}

result<done> adjustment_logic::adjust(case_file& file, timestamp now) {
  look_around(now);
  for (std::span<case_entry> left = file.entries; !left.empty();) {
    const auto some = left.first(askable_at_once(left, *seated_));
    if (auto adjusted = adjust_some(file, some); !adjusted) return adjusted;
    left = left.subspan(some.size());
  }
  if (auto readjusted = readjust(file); !readjusted) return readjusted;
  // The next batch is adjusted while this one is being committed.
  shared_->recent->expect(std::exchange(file.users, {}));
  return done{};
}

result<done> adjustment_logic::adjust_some(case_file& file, std::span<case_entry> entries) {
  const auto said = verdicts(file, entries, true);
  std::vector<user_features> touched;
  touched.reserve(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) touched.push_back(touched_by(entries[i], said[i]));
  if (auto loaded = load_states(file, std::move(touched)); !loaded) return loaded;
  for (std::size_t i = 0; i < entries.size(); ++i) adjust_one(file, entries[i], said[i], true);
  return done{};
}

/// A dislike whose strategy fails stands, with its training example; only the adjustments are missing. `for_good`: not
/// only tried.
std::vector<plugin::verdict> adjustment_logic::verdicts(case_file& file, std::span<case_entry> entries, bool for_good) {
  std::vector<const dislike*> rows;
  rows.reserve(entries.size());
  for (const case_entry& entry : entries) rows.push_back(&entry.row);
  auto opinions = ask_strategies(rows, *seated_, services_for(file), for_good);

  std::vector<plugin::verdict> said(entries.size());
  for (std::size_t i = 0; i < entries.size(); ++i) {
    case_entry& entry = entries[i];
    opinion& of_row = opinions[i];
    if (of_row.seat) {
      entry.strategy = of_row.seat->live->name();
      entry.strategy_version = of_row.seat->live->version();
    }
    if (of_row.shadow) note_shadow(file, entry.row, of_row);
    if (of_row.live) {
      said[i] = *std::move(of_row.live);
      continue;
    }
    entry.row.adjustment_pending = must_wait(of_row.live);
    if (!for_good) continue;
    if (entry.row.adjustment_pending) ++shared_->adjustments_pending;
    tell_failure(entry.row, of_row.live.problem());
  }
  return said;
}

void adjustment_logic::note_shadow(case_file& file, const dislike& row, const opinion& said) {
  const plugin::verdict* shadow = *said.shadow ? &**said.shadow : nullptr;
  auto differences = shared_->shadows.compare(*said.seat, row, said.live ? &*said.live : nullptr, shadow);
  if (!differences.empty())
    file.shadow_news.push_back({row.dislike_id, row.user_id, row.reason, said.seat->live->name(),
                                said.seat->shadow->name(), std::move(differences)});
  if (!shadow || shadow->adjustments.empty()) return;
  const std::int64_t version = version_id(file, *said.seat->shadow);
  for (const plugin::adjustment& one : shadow->adjustments)
    file.shadows.push_back({row.dislike_id, version, one.feature, one.magnitude});
}

/// Brings in what is not there yet; what is there is newer.
result<done> adjustment_logic::load_states(case_file& file, std::vector<user_features> touched) {
  join_users(touched);
  auto loaded = store_->states(touched);
  if (!loaded) return std::move(loaded).problem();
  if (file.users.empty()) {
    file.users = *std::move(loaded);
    return done{};
  }
  for (user_state& user : *loaded) {
    const auto place = place_of(file.users, user.user_id);
    if (place != file.users.end() && place->user_id == user.user_id)
      place->features = store::put_over(std::move(user.features), std::move(place->features));
    else
      file.users.insert(place, std::move(user));
  }
  return done{};
}

void adjustment_logic::adjust_one(case_file& file, case_entry& entry, const plugin::verdict& said, bool for_good) {
  const plugin::seat* seat = seat_of(entry.row);
  const bool moves = !said.adjustments.empty() || said.filter_item;
  const step work{entry, user_in(file, entry.row.user_id), said, half_life_of(entry.row),
                  for_good && moves ? version_id(file, *seat->live) : 0};
  entry.model_version_id = serving_->model_version_id;
  count(work);
  move_weights(work);
  train_as_told(entry, said);
  tell_user_so_far(entry, work.user);
}

user_state& adjustment_logic::user_in(case_file& file, std::string_view user_id) {
  return *place_of(file.users, user_id);
}

const plugin::seat* adjustment_logic::seat_of(const dislike& row) const {
  const auto found = seated_->find(row.reason);
  return found == seated_->end() ? nullptr : &found->second;
}

double adjustment_logic::half_life_of(const dislike& row) const {
  const double usual = shared_->chosen.weights.half_life_days;
  const plugin::seat* seat = seat_of(row);
  return seat ? seat->live->half_life_days(usual) : usual;
}

std::int64_t adjustment_logic::version_id(case_file& file, const plugin::strategy& of) {
  const plugin::strategy_info& info = of.info();
  const auto next = static_cast<std::int64_t>(version_ids_.size()) + 1;
  const auto [known, is_new] = version_ids_.try_emplace(info.name + '\t' + info.version + '\t' + info.digest, next);
  if (is_new) file.new_strategies.push_back({next, info.name, info.version, info.digest, now_});
  return known->second;
}

/// Once a minute for each strategy: one that always fails must not fill the disk with its complaints.
void adjustment_logic::tell_failure(const dislike& row, const error& why) {
  constexpr std::chrono::minutes quiet{1};
  timestamp& told_at = told_at_.try_emplace(row.reason, now_ - quiet).first->second;
  if (now_ >= told_at && now_ < told_at + quiet) return;
  told_at = now_;
  const plugin::seat* seat = seat_of(row);
  const bool waits = why.code == error_code::unavailable;
  spdlog::warn("dislike {}: {} adjustments for {}: {} (failure {} of this strategy)", row.dislike_id,
               waits ? "still without" : "no", row.reason, why.detail, seat ? seat->live->figures().failures() : 0);
}

void adjustment_logic::count(const step& work) {
  dislike& row = work.entry.row;
  const bool for_good = work.said.filter_item && !work.said.hide_days;
  row.previous_dislike_id = newest_dislike_of(work.user);
  row.half_life_days = for_good ? never : work.half_life_days;
  count_dislike(work.user, row, burst_half_life_days_);
  if (work.said.filter_item) {
    std::optional<straight_rise> hidden_for;
    if (work.said.hide_days) hidden_for = straight_rise{*work.said.hide_days, 0.0};
    filter(work, hidden_for);
  }
  const feature_state& item = *find_state(work.user, item_feature(row.movie_id, row.movie_title));
  work.entry.filtered = hidden(item, shared_->chosen.weights.unhide_below, now_).has_value();
}

void adjustment_logic::filter(const step& work, std::optional<straight_rise> hidden_for) {
  const dislike& row = work.entry.row;
  recorded_impact& added =
      add_impact(work, std::string(filter_impact), item_feature(row.movie_id, row.movie_title), never);
  added.rise = hidden_for;
  move_weight(work.user, row, added);
}

void adjustment_logic::move_weights(const step& work) {
  const double floor = shared_->chosen.weights.floor;
  for (const plugin::adjustment& told : work.said.adjustments) {
    const double shared = shared_log_weight(*serving_, told.feature);
    recorded_impact& moved = add_impact(work, std::string(family_of(told.feature)) + "_weight", told.feature,
                                        told.rise ? never : told.half_life_days.value_or(work.half_life_days));
    moved.rise = told.rise;
    moved.row.adjustment_magnitude = told.magnitude;
    feature_state& state = state_of(work.user, told.feature);
    moved.row.weight_before = weight(log_weight(state, now_), shared, floor);
    move_weight(work.user, work.entry.row, moved);
    moved.row.weight_after = weight(log_weight(state, now_), shared, floor);
  }
}

recorded_impact& adjustment_logic::add_impact(const step& work, std::string type, const std::string& feature,
                                              double half_life_days) {
  recorded_impact& added = work.entry.impacts.emplace_back();
  added.half_life_days = half_life_days;
  added.strategy_version_id = work.strategy_version_id;
  added.row.impact_id = ids_->next(now_);
  added.row.dislike_id = work.entry.row.dislike_id;
  added.row.model_version_id = serving_->model_version_id;
  added.row.impact_type = std::move(type);
  added.row.feature_affected = feature;
  added.row.applied_at = now_;
  return added;
}

}  // namespace demur::pipeline
