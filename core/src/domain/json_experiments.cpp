#include "domain/json_parts.hpp"
#include "domain/json_read.hpp"
#include "domain/json_reader.hpp"
#include "domain/json_write.hpp"
#include "domain/text.hpp"

#include <array>
#include <span>

namespace demur {

namespace {

using reader = json_reader;
using value = json_value;
using place = json_place;

constexpr rules::numbers share{0.0, 1.0, true, "a number above 0 and up to 1"};
constexpr rules::numbers alpha{0.0, 0.5, true, "a number above 0 and up to 0.5"};
constexpr rules::numbers tau{0.0, 1.0, true, "a number above 0 and up to 1"};
constexpr rules::numbers like_drop{0.0, 1.0, false, "a number from 0 to 1"};
constexpr rules::integers impressions{1, 1'000'000'000'000, "an integer from 1 to 1000000000000"};
constexpr std::string_view two_arms = "an array of two arms: the control, then the candidate";
constexpr std::string_view version_or_live = "an integer from 0 to 9007199254740991, or \"live\"";

template <auto Field>
constexpr auto as_word = [](reader& in, value v, const place& at, auto& to) {
  if (v.type() != json_kind::string) return in.refuse(v, at, "a word in quotes");
  to.*Field = v.text();
  return true;
};

constexpr std::array<json_member<experiment_arm>, 4> arm_members{{
    {"name", by_rule<&experiment_arm::name, rules::name>, rules::name.allowed},
    {"model_version_id",
     [](reader& in, value v, const place& at, experiment_arm& to) {
       if (v.type() == json_kind::string && v.text() == "live") return true;
       return in.read(v, at, rules::any_id, to.model_version_id) || in.refuse(v, at, version_or_live);
     }},
    {"feedback",
     [](reader& in, value v, const place& at, experiment_arm& to) {
       if (v.type() != json_kind::boolean) return in.refuse(v, at, "true or false");
       to.feedback = v.truth();
       return true;
     }},
    {"share", by_rule<&experiment_arm::share, share>},
}};

bool read_arms(reader& in, value v, const place& at, experiment_plan& to) {
  if (v.type() != json_kind::array || v.size() != 2) return in.refuse(v, at, two_arms);
  place element{&at};
  for (value arm = v.first(); arm != v.next(); arm = arm.next(), ++element.index)
    if (!in.object<experiment_arm>(arm, &element, arm_members, to.arms.emplace_back())) return false;
  return true;
}

constexpr std::array<json_member<experiment_plan>, 9> plan_members{{
    {"name", by_rule<&experiment_plan::name, rules::name>, rules::name.allowed},
    {"arms", read_arms, two_arms},
    {"alpha", by_rule<&experiment_plan::alpha, alpha>},
    {"tau", by_rule<&experiment_plan::tau, tau>},
    {"max_like_drop", by_rule<&experiment_plan::max_like_drop, like_drop>},
    {"min_impressions", by_rule<&experiment_plan::min_impressions, impressions>},
    {"max_impressions", by_rule<&experiment_plan::max_impressions, impressions>},
    {"on_win", as_word<&experiment_plan::on_win>},
    {"on_loss", as_word<&experiment_plan::on_loss>},
}};

/// Of a number that obeys no rule.
std::optional<error> broken(const std::string& field, double found, const rules::numbers& rule) {
  if (rules::obeys(found, rule)) return std::nullopt;
  return rules::refusal(field, number_text(found), rule.allowed);
}
std::optional<error> broken(const std::string& field, std::int64_t found, const rules::integers& rule) {
  if (rules::obeys(found, rule)) return std::nullopt;
  return rules::refusal(field, std::to_string(found), rule.allowed);
}
std::optional<error> broken(const std::string& field, const std::string& found, const rules::text& rule) {
  if (is_utf8(found) && rules::obeys(found, rule)) return std::nullopt;
  return rules::refusal(field, quoted_excerpt(found), rule.allowed);
}

std::optional<error> broken(const experiment_arm& arm, const std::string& at) {
  auto found = broken(at + "name", arm.name, rules::name);
  if (!found) found = broken(at + "share", arm.share, share);
  if (!found && arm.model_version_id) found = broken(at + "model_version_id", *arm.model_version_id, rules::any_id);
  return found;
}

std::optional<error> broken_numbers(const experiment_plan& plan) {
  auto found = broken("alpha", plan.alpha, alpha);
  if (!found) found = broken("tau", plan.tau, tau);
  if (!found) found = broken("max_like_drop", plan.max_like_drop, like_drop);
  if (!found) found = broken("min_impressions", plan.min_impressions, impressions);
  if (!found) found = broken("max_impressions", plan.max_impressions, impressions);
  if (!found && plan.max_impressions < plan.min_impressions)
    found = rules::refusal("max_impressions", std::to_string(plan.max_impressions),
                           "at least min_impressions, which is " + std::to_string(plan.min_impressions));
  return found;
}

std::optional<error> broken_consequences(const experiment_plan& plan) {
  if (plan.on_win != "none" && plan.on_win != "promote")
    return rules::refusal("on_win", quoted_excerpt(plan.on_win), "promote or none");
  if (plan.on_loss != "none" && plan.on_loss != "rollback")
    return rules::refusal("on_loss", quoted_excerpt(plan.on_loss), "rollback or none");
  if (plan.on_win == "promote" && !plan.arms[1].model_version_id)
    return rules::refusal("on_win", "promote", "none, unless arms[1] names the model_version_id to be promoted");
  return std::nullopt;
}

}  // namespace

result<experiment_plan> validate(experiment_plan plan) {
  auto found = broken("name", plan.name, rules::name);
  if (!found && plan.arms.size() != 2)
    found = rules::refusal("arms", "an array of " + std::to_string(plan.arms.size()), two_arms);
  for (std::size_t arm = 0; !found && arm < plan.arms.size(); ++arm)
    found = broken(plan.arms[arm], "arms[" + std::to_string(arm) + "].");
  if (!found && plan.arms[0].name == plan.arms[1].name)
    found = rules::refusal("arms[1].name", quoted_excerpt(plan.arms[1].name), "another name than that of arms[0]");
  if (!found) found = broken_numbers(plan);
  if (!found) found = broken_consequences(plan);
  if (found) return *std::move(found);
  return plan;
}

result<experiment_plan> read_experiment(std::string_view body) {
  json_document& document = reading_document();
  if (auto failure = document.parse(body)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  experiment_plan plan;
  if (!in.object<experiment_plan>(document.root(), nullptr, plan_members, plan)) return std::move(in.problem);
  return validate(std::move(plan));
}

// Not in an unnamed namespace: json_writer::value finds them by their argument.

static void write(json_writer& out, const experiment_arm_report& value) {
  out.open_object().member("name", value.arm.name).key("model_version_id");
  if (value.arm.model_version_id)
    out.value(*value.arm.model_version_id);
  else
    out.value("live");
  out.member("feedback", value.arm.feedback)
      .member("share", value.arm.share)
      .member("users", value.users)
      .member("impressions", value.impressions)
      .member("dislikes", value.dislikes)
      .member("likes", value.likes)
      .member("dislike_rate", value.dislike_rate)
      .member("like_rate", value.like_rate)
      .close_object();
}

static void write(json_writer& out, const rate_comparison& value) {
  out.open_object()
      .member("difference", value.difference)
      .member("low", value.low)
      .member("high", value.high)
      .member("variance_reduction", value.variance_reduction)
      .close_object();
}

static void write(json_writer& out, const experiment_action& value) {
  const bool done = value.problem && value.problem->empty();
  out.open_object()
      .member("wanted", value.wanted)
      .member("model_version_id", value.model_version_id == 0 ? std::nullopt : std::optional(value.model_version_id))
      .member("done", done)
      .member("problem", done ? std::nullopt : value.problem)
      .close_object();
}

static void write(json_writer& out, const experiment_report& value) {
  const experiment_plan& plan = value.plan;
  out.open_object()
      .member("experiment_id", value.experiment_id)
      .member("name", plan.name)
      .member("state", to_string(value.state))
      .member("since", value.since)
      .member("decided_at", value.decided_at)
      .member("decision", unless_empty(value.decision))
      .member("action", value.action)
      .member("alpha", plan.alpha)
      .member("tau", plan.tau)
      .member("max_like_drop", plan.max_like_drop)
      .member("min_impressions", plan.min_impressions)
      .member("max_impressions", plan.max_impressions)
      .member("on_win", plan.on_win)
      .member("on_loss", plan.on_loss)
      .member("arms", value.arms)
      .member("looks", value.looks)
      .member("p", value.p)
      .member("dislikes_per_impression", value.dislikes_per_impression)
      .member("likes_per_impression", value.likes_per_impression)
      .member("sample_ratio_p", value.sample_ratio_p)
      .member("impressions_left_out", value.impressions_left_out)
      .close_object();
}

std::string to_json(const experiment_report& value) { return written(value, 2'048); }

std::string to_json(const std::vector<experiment_report>& value) {
  json_writer out(64 + 2'048 * value.size());
  out.open_object().member("experiments", value).close_object();
  return out.take();
}

std::string to_json(const experiment_assignment& value) {
  json_writer out;
  out.open_object()
      .member("experiment_id", value.experiment_id)
      .member("user_id", value.user_id)
      .member("arm", value.arm)
      .member("model_version_id", value.model_version_id)
      .member("feedback", value.feedback)
      .close_object();
  return out.take();
}

std::string experiment_json(std::string_view phase, const experiment_report& value) {
  json_writer out(2'048);
  out.open_object().member("phase", phase).member("experiment", value).close_object();
  return out.take();
}

}  // namespace demur
