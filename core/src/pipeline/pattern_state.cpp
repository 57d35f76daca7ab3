#include "pipeline/pattern_state.hpp"

#include "domain/concentration.hpp"
#include "domain/feature.hpp"
#include "domain/user_state.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace demur::pipeline {

namespace {

/// Of a snapshot; another number: other counts.
constexpr std::int64_t form = 2;

constexpr std::string_view complaint_about_metadata = "wrong_genre";

/// Graded by how many times over the limit.
severity grade_count(double count, double limit) {
  if (count < limit) return severity::none;
  if (count < 2 * limit) return severity::low;
  return count < 4 * limit ? severity::medium : severity::high;
}

pattern make_pattern(std::string user_id, std::string_view type, std::string_view value, std::int64_t frequency,
                     severity graded) {
  pattern found;
  found.user_id = std::move(user_id);
  found.pattern_type = type;
  found.pattern_value = value;
  found.frequency = frequency;
  found.severity = graded;
  return found;
}

}  // namespace

pattern_state::pattern_state(const settings& chosen, std::vector<std::string> reasons)
    : rules_(chosen.patterns),
      retrain_(chosen.retrain),
      max_values_(static_cast<std::size_t>(chosen.patterns.max_values)),
      max_items_(max_values_),
      known_reasons_(static_cast<std::int64_t>(reasons.size())),
      exposure_(max_values_),
      unused_(retrain_, max_values_),
      claimed_(retrain_, max_values_),
      drift_({chosen.retrain.drift_threshold, chosen.retrain.drift_warm_up}),
      complaints_(max_values_) {}

pattern_state::pattern_state(const pattern_state& whole, const std::vector<std::string>& features,
                             const std::string& item_name)
    : rules_(whole.rules_),
      retrain_(whole.retrain_),
      max_values_(whole.max_values_),
      max_items_(whole.max_items_),
      known_reasons_(whole.known_reasons_),
      exposure_(whole.exposure_.excerpt(features)),
      unused_(whole.unused_.excerpt(features)),
      claimed_(retrain_, max_values_),
      unused_since_(whole.unused_since_),
      judged_through_(whole.judged_through_),
      newer_(whole.newer_),
      recounting_(whole.recounting_),
      drift_(whole.drift_),
      alarm_(whole.alarm_),
      alarm_dislike_id_(whole.alarm_dislike_id_),
      dislikes_(whole.dislikes_),
      through_dislike_id_(whole.through_dislike_id_),
      values_of_family_(whole.values_of_family_),
      together_(whole.together_),
      complaints_(0),
      burst_(whole.burst_),
      usual_rate_(whole.usual_rate_) {
  for (const std::string& feature : features)
    if (const auto found = whole.by_feature_.find(feature); found != whole.by_feature_.end())
      by_feature_.insert(*found);
  if (const auto found = whole.items_.find(item_name); found != whole.items_.end()) items_.insert(*found);
  // As many new ones as the whole has room for are told apart here.
  max_values_ -= whole.by_feature_.size() - by_feature_.size();
  max_items_ -= whole.items_.size() - items_.size();
}

pattern_state pattern_state::excerpt(const case_entry& entry) const {
  const dislike& row = entry.row;
  auto features = features_of(row.genres, row.cast, row.franchise);
  features.push_back(feature_name("reason", row.reason));
  return {*this, features, item_feature(row.movie_id, row.movie_title)};
}

void pattern_state::count_feature(const std::string& feature) {
  const auto found = by_feature_.find(feature);
  if (found != by_feature_.end()) {
    ++found->second;
    return;
  }
  if (by_feature_.size() >= max_values_) {
    ++together_[std::string(family_of(feature))];
    return;
  }
  by_feature_.emplace(feature, 1);
  ++values_of_family_[std::string(family_of(feature))];
}

void pattern_state::count(const case_entry& entry) {
  const dislike& row = entry.row;
  ++dislikes_;
  through_dislike_id_ = row.dislike_id;
  count_feature(feature_name("reason", row.reason));
  for (const std::string& feature : features_of(row.genres, row.cast, row.franchise)) count_feature(feature);
  complaints_.count(entry);
  burst_.add(1.0, row.created_at, burst_half_life_days(rules_));
  usual_rate_.add(1.0, row.created_at, 1.0);
  if (!recounting_) count_unused(entry);
  watch_for_drift(entry);

  const std::string name = item_feature(row.movie_id, row.movie_title);
  auto found = items_.find(name);
  if (found == items_.end()) {
    if (items_.size() >= max_items_) return;
    found = items_.emplace(name, item{}).first;
  }
  ++found->second.dislikes;
  if (row.reason != complaint_about_metadata) return;
  ++found->second.wrong_genre;
  found->second.users.add(row.user_id, static_cast<std::size_t>(rules_.defect_users));
}

void pattern_state::watch_for_drift(const case_entry& entry) {
  if (!entry.example) return;  // no complaint
  if (const auto raised = drift_.disliked(entry.row.recommendation_set_id.has_value())) {
    alarm_ = *raised;
    alarm_dislike_id_ = entry.row.dislike_id;
  }
}

bool pattern_state::defective(const item& counted) const {
  return counted.users.count() >= static_cast<std::size_t>(rules_.defect_users) &&
         static_cast<double>(counted.wrong_genre) >= rules_.defect_share * static_cast<double>(counted.dislikes);
}

std::int64_t pattern_state::dislikes_of(std::string_view feature) const {
  const auto counted = by_feature_.find(feature);
  if (counted != by_feature_.end()) return counted->second;
  // All that are not told apart: rather no pattern than one of a feature that many share.
  const auto others = together_.find(family_of(feature));
  return others == together_.end() ? 0 : others->second;
}

double pattern_state::baseline(std::string_view feature, std::int64_t own_hits, std::int64_t own_trials) const {
  if (const auto* seen = exposure_.find(feature)) {
    if (seen->impressions > 0)
      return static_cast<double>(seen->impressions) / static_cast<double>(exposure_.impressions());
    if (seen->catalogue > 0) return static_cast<double>(seen->catalogue) / static_cast<double>(exposure_.catalogue());
  }
  const std::string_view family = family_of(feature);
  const auto values = values_of_family_.find(family);
  const std::int64_t known =
      family == "reason" ? known_reasons_ : (values == values_of_family_.end() ? 0 : values->second);
  const std::int64_t hits = dislikes_of(feature) - own_hits;
  // One imaginary dislike per known value and one for an unknown one.
  return static_cast<double>(std::max<std::int64_t>(hits, 0) + 1) /
         static_cast<double>(dislikes_ - own_trials + known + 1);
}

void pattern_state::find_of_user(const case_entry& entry, std::vector<pattern>& found) const {
  const user_so_far& user = entry.user;
  for (const feature_count& counted : user.features) {
    // Cheapest question first: most features of most users are new.
    if (counted.dislikes < rules_.min_frequency) continue;
    const severity graded = concentration(counted.dislikes, user.dislikes,
                                          baseline(counted.feature, counted.dislikes, user.dislikes), rules_);
    if (graded == severity::none) continue;
    found.push_back(make_pattern(entry.row.user_id, family_of(counted.feature), value_of(counted.feature),
                                 counted.dislikes, graded));
  }
  const severity burst = grade_count(user.burst, static_cast<double>(rules_.burst_count));
  if (burst != severity::none)
    found.push_back(make_pattern(entry.row.user_id, "burst", "dislikes", std::llround(user.burst), burst));
}

void pattern_state::find_of_all(const case_entry& entry, std::vector<pattern>& found) const {
  for (const feature_count& counted : entry.user.features) {
    // Over all users there is a yardstick only where it is known what was shown or could be.
    if (!exposure_.find(counted.feature)) continue;
    const auto hits = by_feature_.find(counted.feature);
    if (hits == by_feature_.end()) continue;
    const severity graded = concentration(hits->second, dislikes_, baseline(counted.feature, 0, 0), rules_);
    if (graded != severity::none)
      found.push_back(make_pattern({}, family_of(counted.feature), value_of(counted.feature), hits->second, graded));
  }
  const std::string name = item_feature(entry.row.movie_id, entry.row.movie_title);
  const auto complained = items_.find(name);
  if (complained != items_.end() && defective(complained->second))
    found.push_back(make_pattern(
        {}, "catalogue_defect", name, complained->second.wrong_genre,
        grade_count(static_cast<double>(complained->second.wrong_genre), static_cast<double>(rules_.defect_users))));

  // A day's dislikes tell what is usual in one burst's half-life; before there are some, nothing is.
  const double of_late = burst_.at(entry.row.created_at);
  const double usual = usual_rate_.at(entry.row.created_at) * burst_half_life_days(rules_);
  constexpr double enough_history = 100.0;
  const bool rising = of_late >= static_cast<double>(rules_.burst_count) &&
                      usual_rate_.at(entry.row.created_at) - of_late >= enough_history;
  const severity burst = rising ? grade_count(of_late, rules_.medium_ratio * usual) : severity::none;
  if (burst != severity::none) found.push_back(make_pattern({}, "burst", "dislikes", std::llround(of_late), burst));
}

void pattern_state::find_patterns(const case_entry& entry, std::vector<pattern>& found) const {
  find_of_user(entry, found);
  find_of_all(entry, found);
}

bool pattern_state::stands_out_unused(std::string_view feature, std::int64_t hits, std::int64_t trials) const {
  return concentration(hits, trials, baseline(feature, hits, trials), rules_) != severity::none;
}

bool pattern_state::held_back() const {
  return judged_through_ > unused_since_ && newer_ < retrain_.feedback_accumulation_threshold;
}

std::optional<retrain_cause> pattern_state::unless_held_back(std::optional<retrain_cause> by_examples) const {
  if (held_back()) return std::nullopt;
  if (by_examples || alarm_dislike_id_ <= judged_through_) return by_examples;
  return unused_.due_by_drift(alarm_);
}

std::optional<retrain_cause> pattern_state::retrain_due(const case_entry& entry) const {
  return unless_held_back(
      unused_.due(entry.user.features, [this](std::string_view feature, std::int64_t hits, std::int64_t trials) {
        return stands_out_unused(feature, hits, trials);
      }));
}

std::optional<retrain_cause> pattern_state::retrain_due() const {
  return unless_held_back(unused_.due([this](std::string_view feature, std::int64_t hits, std::int64_t trials) {
    return stands_out_unused(feature, hits, trials);
  }));
}

void pattern_state::claim_unused(id through) {
  claimed_ = std::exchange(unused_, unused_examples(retrain_, max_values_));
  claimed_since_ = std::exchange(unused_since_, through);
}

void pattern_state::judge_claimed() {
  judged_through_ = unused_since_;
  newer_ = unused_.count();
}

void pattern_state::give_back_unused(bool rejected) {
  if (rejected) judge_claimed();
  claimed_.merge(unused_);
  unused_ = std::exchange(claimed_, unused_examples(retrain_, max_values_));
  unused_since_ = claimed_since_;
}

void pattern_state::recount_unused(id since, id judged_through) {
  unused_ = unused_examples(retrain_, max_values_);
  unused_since_ = since;
  judged_through_ = judged_through;
  newer_ = 0;
  recounting_ = true;
}

void pattern_state::count_unused(const case_entry& entry) {
  const id dislike_id = entry.row.dislike_id;
  if (dislike_id > unused_since_) unused_.add(entry);
  if (dislike_id > judged_through_ && entry.example) ++newer_;
}

std::vector<std::string> pattern_state::defective_items() const {
  std::vector<std::string> names;
  for (const auto& [name, counted] : items_)
    if (defective(counted)) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

namespace {

void write_sum(record_writer& out, std::string_view kind, const faded_sum& sum) {
  out.field(kind).field(sum.value).field(sum.reference_at.time_since_epoch().count());
  out.field(sum.half_life_days).end();
}

faded_sum read_sum(record_reader& in) {
  faded_sum sum;
  sum.value = in.number<double>();
  sum.reference_at = timestamp(std::chrono::milliseconds(in.number()));
  sum.half_life_days = in.number<double>();
  return sum;
}

}  // namespace

std::string pattern_state::save() const {
  record_writer out;
  out.field("form").field(form).end();
  out.field("dislikes").field(dislikes_).field(through_dislike_id_).field(unused_since_).end();
  write_sum(out, "burst", burst_);
  write_sum(out, "usual_rate", usual_rate_);
  for (const auto& [feature, hits] : by_feature_) out.field("feature").field(feature).field(hits).end();
  for (const auto& [family, hits] : together_) out.field("together").field(family).field(hits).end();
  for (const auto& [movie_id, times] : exposure_.impressions_by_movie())
    out.field("shown").field(movie_id).field(times).end();
  for (const auto& [name, counted] : items_) {
    out.field("item").field(name).field(counted.dislikes).field(counted.wrong_genre);
    counted.users.write(out);
    out.end();
  }
  complaints_.write(out);
  unused_.write(out);
  out.field("judged").field(judged_through_).field(newer_).end();
  drift_.write(out);
  out.field("alarm").field(alarm_dislike_id_).field(alarm_.rate_before).field(alarm_.rate_now);
  out.field(alarm_.impressions_since).end();
  return out.take();
}

bool pattern_state::restore(std::string_view text) {
  record_reader in(text);
  // One that an older program took lacks some of the counts.
  if (!in.next() || in.text() != "form" || in.number() != form) return false;
  while (in.next()) {
    const std::string_view kind = in.text();
    if (kind == "dislikes") {
      dislikes_ = in.number();
      through_dislike_id_ = in.number();
      unused_since_ = in.number();
    } else if (kind == "burst") {
      burst_ = read_sum(in);
    } else if (kind == "usual_rate") {
      usual_rate_ = read_sum(in);
    } else if (kind == "feature") {
      std::string feature(in.text());
      ++values_of_family_[std::string(family_of(feature))];
      by_feature_.emplace(std::move(feature), in.number());
    } else if (kind == "together") {
      std::string family(in.text());
      together_[std::move(family)] = in.number();
    } else if (kind == "shown") {
      const id movie_id = in.number();
      exposure_.show(movie_id, nullptr, in.number());
    } else if (kind == "item") {
      item& counted = items_[std::string(in.text())];
      counted.dislikes = in.number();
      counted.wrong_genre = in.number();
      counted.users.read(in);
    } else if (kind == "judged") {
      judged_through_ = in.number();
      newer_ = in.number();
    } else if (kind == "alarm") {
      alarm_dislike_id_ = in.number();
      alarm_.rate_before = in.number<double>();
      alarm_.rate_now = in.number<double>();
      alarm_.impressions_since = in.number();
    } else if (!complaints_.read(kind, in) && !unused_.read(kind, in) && !drift_.read(kind, in)) {
      return false;
    }
  }
  return in.ok();
}

}  // namespace demur::pipeline
