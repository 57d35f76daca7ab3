#include "learning/loop_figures.hpp"
#include "learning/paired.hpp"
#include "learning/parallel.hpp"
#include "learning/plan_check.hpp"
#include "learning/synthetic_world.hpp"
#include "learning/top_items.hpp"
#include "learning/tuning.hpp"
#include "learning/user_taste.hpp"

#include <demur/closed_loop.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace demur {

namespace {

using namespace learning;

constexpr const char* reference = "without";
constexpr float weight_of_dislike = 0.8F;
/// What was shown and nothing said of it may come back after so many days.
constexpr std::int64_t days_of_rest = 7;

struct arm_rule {
  std::string_view name;
  bool learns_dislikes;
  bool hears_at_once;
};
const std::vector<arm_rule>& all_rules() {
  static const std::vector<arm_rule> rules{{reference, false, false}, {"late", true, false}, {"with", true, true}};
  return rules;
}

/// What chance is asked for here; apart from what the world asks.
enum purpose : std::uint64_t { exploration = 100, explored_item };

struct served_user {
  std::vector<interaction> known;                               ///< as the model may learn it; ascending
  std::vector<fresh_dislike> fresh;                             ///< since the last training
  std::vector<std::uint32_t> answered;                          ///< never shown again
  std::vector<std::pair<std::int64_t, std::uint32_t>> resting;  ///< day and item
};

void insert(std::vector<interaction>& row, interaction said) {
  row.insert(std::upper_bound(row.begin(), row.end(), said,
                              [](const interaction& a, const interaction& b) { return a.other < b.other; }),
             said);
}

/// One arm in its own copy of a world. Users are served one after the other, each once a day, so that what one is shown
/// does not depend on what others said the same day; trainings run on this thread alone.
class arm_life {
public:
  arm_life(const synthetic_world& world, const closed_loop_plan& plan, const arm_rule& rule, std::uint64_t seed)
      : world_(world), plan_(plan), rule_(rule), seed_(seed), users_(world.users()) {}

  template <class Tell>
  std::vector<closed_loop_figures> live(const Tell& day_is_over) {
    for (std::size_t user = 0; user < users_.size(); ++user)
      for (const std::uint32_t item : world_.met_before(user, static_cast<std::size_t>(plan_.history)))
        hear(user, item, world_.react(user, item, 0));
    std::vector<closed_loop_figures> days;
    for (std::int64_t day = 1; day <= plan_.days; ++day) {
      if ((day - 1) % plan_.retrain_every == 0) learn();
      days.push_back(live_through(day));
      day_is_over();
    }
    return days;
  }

private:
  closed_loop_figures live_through(std::int64_t day) {
    day_tally tally(world_);
    for (std::size_t user = 0; user < users_.size(); ++user) {
      const auto list = list_for(user, day);
      tally.shown(user, list);
      for (const std::uint32_t item : list) {
        const reaction made = world_.react(user, item, static_cast<std::uint64_t>(day));
        tally.heard(made.said);
        hear(user, item, made);
        if (made.said == reaction::opinion::none) users_[user].resting.emplace_back(day, item);
      }
    }
    return tally.figures();
  }

  void hear(std::size_t user, std::uint32_t item, const reaction& made) {
    served_user& who = users_[user];
    if (made.said == reaction::opinion::none) return;
    who.answered.push_back(item);
    if (made.said == reaction::opinion::like)
      insert(who.known, {item, 1.0F});
    else if (rule_.learns_dislikes)
      who.fresh.push_back({0, item, weight_of_dislike, 1.0F, made.blamed, made.cap});
  }

  /// Nothing is faded here: a half-life is longer than the time that is looked at.
  void learn() {
    interactions said(world_.items().size());
    for (served_user& who : users_) {
      for (const fresh_dislike& dislike : who.fresh) insert(who.known, {dislike.item, -dislike.weight});
      who.fresh.clear();
      for (const interaction& each : who.known) said.add(each);
      said.end_row();
    }
    ials_options ials;
    ials.factors = static_cast<int>(plan_.factors);
    ials.seed = seed_;
    ials.threads = 1;  // the arms are what runs at the same time
    model_ = (*fit_tuned_model(world_.items(), world_.features(), said, ials)).model;
  }

  /// Ascending.
  std::vector<std::uint32_t> hidden_from(served_user& who, std::int64_t day) const {
    std::erase_if(who.resting, [&](const auto& shown) { return shown.first + days_of_rest < day; });
    std::vector<std::uint32_t> hidden = who.answered;
    for (const auto& [shown, item] : who.resting) hidden.push_back(item);
    std::sort(hidden.begin(), hidden.end());
    return hidden;
  }

  std::vector<std::uint32_t> list_for(std::size_t user, std::int64_t day) {
    served_user& who = users_[user];
    user_history history{who.known, {}};
    if (rule_.hears_at_once) history.fresh = who.fresh;
    const auto hidden = hidden_from(who, day);
    const auto places = by_chance(hidden, user, static_cast<std::uint64_t>(day));
    const auto wanted = static_cast<std::size_t>(plan_.shown);
    std::vector<std::uint32_t> ranking;
    for (const ranked_item& ranked : top_items(user_taste(*model_, history).scores(), wanted, hidden))
      if (std::find(places.begin(), places.end(), ranked.item) == places.end()) ranking.push_back(ranked.item);
    std::vector<std::uint32_t> list;
    auto next = ranking.begin();
    for (const auto& chosen : places)
      if (chosen)
        list.push_back(*chosen);
      else if (next != ranking.end())
        list.push_back(*next++);
    return list;
  }

  /// What chance puts at the places that are left to it. It tries the same items in the same order in each arm, whatever
  /// the arm ranks, and takes the first that may be shown: where chance decides all, all arms are one.
  std::vector<std::optional<std::uint32_t>> by_chance(const std::vector<std::uint32_t>& hidden, std::size_t user,
                                                      std::uint64_t day) const {
    constexpr std::uint64_t tries = 64;
    const auto items = static_cast<std::uint32_t>(world_.items().size());
    std::vector<std::optional<std::uint32_t>> places(static_cast<std::size_t>(plan_.shown));
    for (std::size_t place = 0; place < places.size(); ++place) {
      if (world_.draws().unit(exploration, user, day, place) >= plan_.exploration) continue;
      for (std::uint64_t k = 0; k < tries && !places[place]; ++k) {
        const std::uint32_t item = world_.draws().below(items, explored_item, user, day, place * tries + k);
        if (!std::binary_search(hidden.begin(), hidden.end(), item) &&
            std::find(places.begin(), places.end(), item) == places.end())
          places[place] = item;
      }
    }
    return places;
  }

  const synthetic_world& world_;
  const closed_loop_plan& plan_;
  const arm_rule& rule_;
  std::uint64_t seed_;
  std::vector<served_user> users_;
  std::optional<ranking_model> model_;
};

std::optional<error> problem_of(const closed_loop_plan& plan) {
  if (auto unknown = first_unknown("arms", plan.arms, all_rules())) return unknown;
  if (auto outside = first_outside({{"users", plan.users, 1, 20'000},
                                    {"items", plan.items, 100, 20'000},
                                    {"days", plan.days, 1, 3'650},
                                    {"shown", plan.shown, 1, plan.items / 20},
                                    {"history", plan.history, 1, plan.items / 2},
                                    {"retrain_every", plan.retrain_every, 1, 3'650},
                                    {"worlds", plan.worlds, 1, 100},
                                    {"factors", plan.factors, 1, 1'024},
                                    {"threads", plan.threads, 0, 1'024}}))
    return outside;
  if (!(plan.exploration >= 0.0 && plan.exploration <= 1.0))
    return bad_plan("exploration", std::to_string(plan.exploration), "0 to 1");
  if (!(plan.loathing >= 0.0 && plan.loathing <= 10.0))
    return bad_plan("loathing", std::to_string(plan.loathing), "0 to 10");
  return std::nullopt;
}

const arm_rule& rule_of(const std::string& name) {
  return *std::find_if(all_rules().begin(), all_rules().end(), [&](const arm_rule& rule) { return rule.name == name; });
}

void summarise(closed_loop_report& report) {
  for (closed_loop_arm& arm : report.arms) {
    for (const auto& days : arm.by_day) arm.by_world.push_back(mean_over_days(days));
    arm.mean = mean_of(arm.by_world);
  }
  const auto base = std::find_if(report.arms.begin(), report.arms.end(),
                                 [](const closed_loop_arm& arm) { return arm.name == reference; });
  if (base == report.arms.end()) return;
  for (closed_loop_arm& arm : report.arms)
    if (arm.name != reference) arm.difference = differences_of(arm.by_world, base->by_world);
}

}  // namespace

result<closed_loop_report> run_closed_loop(const closed_loop_plan& plan,
                                           const std::function<void(std::int64_t, std::int64_t)>& progress) {
  if (auto problem = problem_of(plan)) return *std::move(problem);
  const auto worlds = static_cast<std::size_t>(plan.worlds);
  std::vector<std::unique_ptr<const synthetic_world>> made;
  for (std::size_t k = 0; k < worlds; ++k)
    made.push_back(std::make_unique<const synthetic_world>(
        static_cast<std::size_t>(plan.users), static_cast<std::size_t>(plan.items), plan.loathing, plan.seed + k));
  closed_loop_report report;
  for (const std::string& name : plan.arms) {
    report.arms.emplace_back().name = name;
    report.arms.back().by_day.resize(worlds);
  }

  const std::size_t lives = worlds * report.arms.size();
  const std::int64_t all_days = plan.days * static_cast<std::int64_t>(lives);
  std::mutex telling;
  std::int64_t over = 0;
  const auto day_is_over = [&] {
    const std::lock_guard lock(telling);
    ++over;
    if (progress) progress(over, all_days);
  };
  in_slices(lives, 1, threads_for(static_cast<int>(plan.threads)), [&](std::size_t life, std::size_t, int) {
    closed_loop_arm& arm = report.arms[life % report.arms.size()];
    const std::size_t world = life / report.arms.size();
    arm.by_day[world] = arm_life(*made[world], plan, rule_of(arm.name), plan.seed + world).live(day_is_over);
  });
  summarise(report);
  return report;
}

}  // namespace demur
