#include "pipeline/complaints.hpp"

#include "domain/digest.hpp"
#include "domain/feature.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace demur::pipeline {

namespace {

/// Of a reason; an empty one: of all.
template <class Counts>
std::int64_t dislikes_for(const Counts& by_reason, std::string_view reason) {
  if (!reason.empty()) {
    const auto found = by_reason.find(reason);
    return found == by_reason.end() ? 0 : found->second;
  }
  std::int64_t all = 0;
  for (const auto& [each, dislikes] : by_reason) all += dislikes;
  return all;
}

/// By the lower end of the interval: what is surely strong comes first.
void keep_strongest(std::vector<feature_impact>& rows, std::size_t limit) {
  const auto stronger = [](const feature_impact& one, const feature_impact& other) {
    return one.low != other.low ? one.low > other.low : one.feature < other.feature;
  };
  const auto kept = std::min(rows.size(), limit);
  std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(kept), rows.end(), stronger);
  rows.resize(kept);
}

}  // namespace

void top_users::add(std::uint64_t user) {
  const auto known = std::ranges::find(counters_, user, &counter::user);
  if (known != counters_.end()) {
    ++known->dislikes;
    return;
  }
  if (counters_.size() < room) {
    counters_.push_back({user, 1, 0});
    return;
  }
  exact_ = false;
  const auto least = std::ranges::min_element(counters_, {}, &counter::dislikes);
  *least = {user, least->dislikes + 1, least->dislikes};
}

learning::user_concentration top_users::concentration(std::int64_t dislikes) const {
  std::vector<std::int64_t> by_user;
  std::int64_t told_apart = 0;
  for (const counter& one : counters_) {
    by_user.push_back(one.dislikes - one.error);
    told_apart += by_user.back();
  }
  for (; told_apart < dislikes; ++told_apart) by_user.push_back(1);
  auto found = learning::concentrate(std::move(by_user));
  if (!exact_) found.users = static_cast<std::int64_t>(room);
  return found;
}

std::int64_t top_users::squares(std::int64_t dislikes) const {
  std::int64_t sum = dislikes;
  for (const counter& one : counters_) {
    const std::int64_t sure = one.dislikes - one.error;
    sum += sure * sure - sure;
  }
  return sum;
}

void top_users::write(record_writer& out) const {
  out.field(exact_ ? 1 : 0);
  for (const counter& one : counters_) out.field(one.user).field(one.dislikes).field(one.error);
}

void top_users::read(record_reader& in) {
  exact_ = in.number() != 0;
  while (in.more()) {
    counter& one = counters_.emplace_back();
    one.user = in.number<std::uint64_t>();
    one.dislikes = in.number();
    one.error = in.number();
  }
}

void complaints::count(const case_entry& entry) {
  const dislike& row = entry.row;
  ++dislikes_[row.reason];
  const std::uint64_t user = stable_hash(row.user_id);
  for (std::string& name : features_of(row.genres, row.cast, row.franchise)) {
    auto found = features_.find(name);
    if (found == features_.end()) {
      if (features_.size() >= max_features_) continue;
      found = features_.emplace(std::move(name), feature{}).first;
    }
    ++found->second.dislikes[row.reason];
    found->second.users.add(user);
  }
}

feature_impact complaints::told(const compared& one, const learning::feature_effect& effect) {
  feature_impact row;
  row.feature = one.name;
  row.dislikes = one.counts.dislikes;
  row.baseline = one.by_impressions ? "impressions" : "catalogue";
  row.exposures = one.counts.exposures;
  row.log_odds = effect.log_odds;
  row.low = effect.low;
  row.high = effect.high;
  row.q = effect.q;
  return row;
}

std::map<std::string_view, std::vector<complaints::compared>> complaints::by_family(
    const feature_impact_request& wanted, const exposure& shown, feature_impact_report& report) const {
  std::map<std::string_view, std::vector<compared>> families;
  for (const auto& [name, counted] : features_) {
    if (!wanted.family.empty() && family_of(name) != wanted.family) continue;
    const std::int64_t dislikes = dislikes_for(counted.dislikes, wanted.reason);
    if (dislikes == 0) continue;
    const exposure::counts* seen = shown.find(name);
    if (!seen) {
      ++report.without_baseline;
      continue;
    }
    const bool known = seen->impressions > 0;
    const std::int64_t all = dislikes_for(counted.dislikes, {});
    // Of one reason the users are not told apart: they are taken to be as many to a dislike as for all reasons.
    families[family_of(name)].push_back(
        {name,
         known,
         {dislikes, counted.users.squares(all) * dislikes / all, known ? seen->impressions : seen->catalogue,
          known ? shown.impressions() : shown.catalogue()}});
  }
  // By name: sums of floating numbers must not depend on the order of a hash table.
  for (auto& [family, members] : families) std::ranges::sort(members, {}, &compared::name);
  return families;
}

feature_impact_report complaints::impact(const feature_impact_request& wanted, const exposure& shown) const {
  feature_impact_report report;
  report.reason = wanted.reason;
  report.family = wanted.family;
  report.dislikes = dislikes_for(dislikes_, wanted.reason);
  report.impressions = shown.impressions();
  report.catalogue = shown.catalogue();
  for (const auto& [family, members] : by_family(wanted, shown, report)) {
    std::vector<learning::dislike_counts> counts;
    for (const compared& one : members) counts.push_back(one.counts);
    const auto effects = learning::estimate_effects(counts, {report.dislikes, report.dislikes, 0, 0});
    for (std::size_t i = 0; i < members.size(); ++i) report.features.push_back(told(members[i], effects[i]));
  }
  report.compared = std::ssize(report.features);
  keep_strongest(report.features, static_cast<std::size_t>(wanted.limit));
  for (feature_impact& row : report.features) {
    const feature& counted = features_.find(row.feature)->second;
    const auto users = counted.users.concentration(dislikes_for(counted.dislikes, {}));
    row.users = users.users;
    row.half_users = users.half_users;
    row.top_share = users.top_share;
    row.users_exact = counted.users.is_exact();
  }
  return report;
}

void complaints::write(record_writer& out) const {
  for (const auto& [reason, dislikes] : dislikes_) out.field("complaint").field("").field(reason).field(dislikes).end();
  for (const auto& [name, counted] : features_) {
    for (const auto& [reason, dislikes] : counted.dislikes)
      out.field("complaint").field(name).field(reason).field(dislikes).end();
    out.field("complainers").field(name);
    counted.users.write(out);
    out.end();
  }
}

bool complaints::read(std::string_view kind, record_reader& in) {
  if (kind == "complaint") {
    const std::string name(in.text());
    std::string reason(in.text());
    by_reason& into = name.empty() ? dislikes_ : features_[name].dislikes;
    into.emplace(std::move(reason), in.number());
    return true;
  }
  if (kind != "complainers") return false;
  features_[std::string(in.text())].users.read(in);
  return true;
}

}  // namespace demur::pipeline
