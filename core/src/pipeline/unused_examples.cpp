#include "pipeline/unused_examples.hpp"

#include "domain/digest.hpp"

#include <algorithm>

namespace demur::pipeline {

void distinct_users::add_hash(std::uint64_t hash, std::size_t up_to) {
  if (seen_.size() >= up_to) return;
  if (std::find(seen_.begin(), seen_.end(), hash) == seen_.end()) seen_.push_back(hash);
}

void distinct_users::add(std::string_view user_id, std::size_t up_to) { add_hash(stable_hash(user_id), up_to); }

void distinct_users::merge(const distinct_users& others, std::size_t up_to) {
  for (const auto hash : others.seen_) add_hash(hash, up_to);
}

void distinct_users::write(record_writer& out) const {
  for (const auto hash : seen_) out.field(hash);
}

void distinct_users::read(record_reader& in) {
  while (in.more()) seen_.push_back(in.number<std::uint64_t>());
}

void unused_examples::add(const case_entry& entry) {
  if (!entry.example) return;
  ++count_;
  if (entry.example->error) {
    ++with_error_;
    error_sum_ += *entry.example->error;
  }
  for (std::string& name : features_of(entry.row.genres, entry.row.cast, entry.row.franchise)) {
    auto found = features_.find(name);
    if (found == features_.end()) {
      if (features_.size() >= max_features_) continue;
      found = features_.emplace(std::move(name), feature{}).first;
    }
    ++found->second.dislikes;
    found->second.users.add(entry.row.user_id, static_cast<std::size_t>(rules_.quorum));
  }
}

void unused_examples::merge(const unused_examples& later) {
  count_ += later.count_;
  with_error_ += later.with_error_;
  error_sum_ += later.error_sum_;
  for (const auto& [name, counted] : later.features_) {
    if (!features_.contains(name) && features_.size() >= max_features_) continue;
    feature& mine = features_[name];
    mine.dislikes += counted.dislikes;
    mine.users.merge(counted.users, static_cast<std::size_t>(rules_.quorum));
  }
}

retrain_cause unused_examples::cause(std::string rule) const {
  retrain_cause why;
  why.rule = std::move(rule);
  why.unused_examples = count_;
  if (with_error_ > 0) why.mean_error = error_sum_ / static_cast<double>(with_error_);
  return why;
}

std::optional<retrain_cause> unused_examples::due_by_figures() const {
  if (!rules_.automatic || count_ == 0) return std::nullopt;
  if (count_ >= rules_.feedback_accumulation_threshold) return cause("count");
  const bool enough = with_error_ > 0 && with_error_ >= rules_.mean_error_min_examples;
  if (enough && error_sum_ / static_cast<double>(with_error_) > rules_.mean_error_threshold) return cause("mean_error");
  return std::nullopt;
}

std::optional<retrain_cause> unused_examples::due_by(std::string_view name, const feature& counted,
                                                     const stands_out& test) const {
  const bool quorum = counted.users.count() >= static_cast<std::size_t>(rules_.quorum);
  if (!rules_.automatic || !quorum || !test(name, counted.dislikes, count_)) return std::nullopt;
  retrain_cause why = cause("feature");
  why.feature = name;
  why.feature_dislikes = counted.dislikes;
  why.distinct_users = static_cast<std::int64_t>(counted.users.count());
  return why;
}

std::optional<retrain_cause> unused_examples::due(const std::vector<feature_count>& features,
                                                  const stands_out& test) const {
  if (auto why = due_by_figures()) return why;
  for (const feature_count& touched : features) {
    const auto found = features_.find(touched.feature);
    if (found == features_.end()) continue;
    if (auto why = due_by(found->first, found->second, test)) return why;
  }
  return std::nullopt;
}

std::optional<retrain_cause> unused_examples::due(const stands_out& test) const {
  if (auto why = due_by_figures()) return why;
  // The smallest name wins, so that the cause does not depend on the order of a hash table.
  std::optional<retrain_cause> first;
  for (const auto& [name, counted] : features_) {
    auto why = due_by(name, counted, test);
    if (why && (!first || why->feature < first->feature)) first = std::move(why);
  }
  return first;
}

std::optional<retrain_cause> unused_examples::due_by_drift(const learning::drift_alarm& raised) const {
  if (!rules_.automatic || count_ == 0 || count_ < rules_.drift_min_examples) return std::nullopt;
  retrain_cause why = cause("drift");
  why.dislike_rate_before = raised.rate_before;
  why.dislike_rate_now = raised.rate_now;
  why.impressions_since = raised.impressions_since;
  return why;
}

unused_examples unused_examples::excerpt(const std::vector<std::string>& features) const {
  unused_examples part(rules_, max_features_);
  part.count_ = count_;
  part.with_error_ = with_error_;
  part.error_sum_ = error_sum_;
  for (const std::string& name : features)
    if (const auto found = features_.find(name); found != features_.end()) part.features_.insert(*found);
  // As many new ones as the whole has room for are told apart there.
  part.max_features_ -= features_.size() - part.features_.size();
  return part;
}

std::int64_t unused_examples::dislikes_of(std::string_view name) const {
  const auto found = features_.find(name);
  return found == features_.end() ? 0 : found->second.dislikes;
}

void unused_examples::write(record_writer& out) const {
  out.field("unused").field(count_).field(with_error_).field(error_sum_).end();
  for (const auto& [name, counted] : features_) {
    out.field("unused_feature").field(name).field(counted.dislikes);
    counted.users.write(out);
    out.end();
  }
}

bool unused_examples::read(std::string_view kind, record_reader& in) {
  if (kind == "unused") {
    count_ = in.number();
    with_error_ = in.number();
    error_sum_ = in.number<double>();
    return true;
  }
  if (kind != "unused_feature") return false;
  feature& counted = features_[std::string(in.text())];
  counted.dislikes = in.number();
  counted.users.read(in);
  return true;
}

}  // namespace demur::pipeline
