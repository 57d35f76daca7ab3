#include "pipeline/query_worker.hpp"

#include "domain/digest.hpp"
#include "domain/feature.hpp"
#include "domain/json_read.hpp"
#include "domain/rules.hpp"
#include "domain/text.hpp"
#include "domain/user_state.hpp"
#include "learning/assignment.hpp"
#include "learning/model_file.hpp"
#include "pipeline/known_user.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

namespace demur::pipeline {

namespace {

constexpr auto recent = std::chrono::days(30);
/// Of versions that are held: more than as many experiments as usually may run have arms.
constexpr std::size_t most_named = 20;

/// Times that chance was asked, by any reader: no two draws of a moment are the same.
std::atomic<std::uint32_t> drawn = 0;

std::vector<std::string> genre_features(const std::vector<std::string>& genres) {
  std::vector<std::string> features;
  for (const std::string& genre : genres) features.push_back(feature_name("genre", genre));
  return features;
}

const experiment_arm& arm_of(const experiment_row& experiment, const std::string& user_id) {
  std::vector<double> shares;
  for (const experiment_arm& arm : experiment.plan.arms) shares.push_back(arm.share);
  return experiment.plan.arms[learning::assigned_arm(experiment.experiment_id, user_id, shares)];
}

/// The dislike up to which an answer reflects what the user disliked; 0: it does not.
id heard_through(const user_state& user, bool feedback) { return feedback ? newest_dislike_of(user) : 0; }

/// As his weights multiply scores: what he disliked stays hidden.
std::vector<feature_state> heard_in_weights(std::vector<feature_state> features, bool feedback) {
  if (!feedback) std::erase_if(features, [](const feature_state& one) { return !is_item(one.feature); });
  return features;
}

}  // namespace

result<done> movie_cache::load(store::reader& store, std::uint64_t generation, const std::vector<id>& wanted) {
  if (generation != generation_ || rows_.size() > max_rows) rows_.clear();
  generation_ = generation;
  std::vector<id> missing;
  for (const id movie_id : wanted)
    if (!rows_.contains(movie_id)) missing.push_back(movie_id);
  if (missing.empty()) return done{};
  auto loaded = store.movies(missing);
  if (!loaded) return std::move(loaded).problem();
  for (movie& row : *loaded) rows_.emplace(row.movie_id, std::move(row));
  return done{};
}

const movie* movie_cache::find(id movie_id) const {
  const auto found = rows_.find(movie_id);
  return found == rows_.end() ? nullptr : &found->second;
}

result<std::optional<id>> title_cache::find(store::reader& store, std::uint64_t generation, const std::string& title) {
  if (generation != generation_ || movies_.size() > max_titles) movies_.clear();
  generation_ = generation;
  if (const auto known = movies_.find(title); known != movies_.end()) return known->second;
  auto found = store.movie_titled(title);
  if (found) movies_.emplace(title, *found);
  return found;
}

result<pattern_summary> query_worker::patterns_of(store::reader& store, const std::string& user_id) const {
  if (!rules::is_visible(user_id)) return rules::no_identity("user_id", quoted_excerpt(user_id));
  auto tally = store.tally(user_id);
  if (!tally) return std::move(tally).problem();
  auto trend = store.trend(user_id, shared->clock() - recent);
  if (!trend) return std::move(trend).problem();
  auto rows = store.patterns(user_id);
  if (!rows) return std::move(rows).problem();
  return pattern_summary{user_id, tally->by_reason, *trend, tally->total, *std::move(rows)};
}

result<std::vector<plugin_report>> query_worker::plugins(store::reader& store) const {
  auto pending = store.pending_by_reason();
  if (!pending) return std::move(pending).problem();
  auto all = shared->strategies->reports();
  for (plugin_report& one : all)
    if (one.role == "live") one.pending = (*pending)[one.reasons.front()];
  return all;
}

reply<shadow_report> query_worker::shadow_of(const std::string& plugin) const {
  const auto seated = shared->strategies->current();
  for (const auto& [reason, seat] : *seated) {
    if (seat.live->name() != plugin && !(seat.shadow && seat.shadow->name() == plugin)) continue;
    if (seat.shadow) return {{}, shared->shadows.report(seat)};
    return {error{error_code::not_found, "The plugin " + plugin + " has no shadow.", "name", plugin,
                  "a plugin with `shadow` in its section of the settings"},
            {}};
  }
  return {error{error_code::not_found, "There is no plugin " + quoted_excerpt(plugin) + ".", "name", excerpt(plugin),
                "the name of a plugin that is loaded"},
          {}};
}

result<experiment_assignment> query_worker::assignment(store::reader& store, id experiment_id,
                                                       const std::string& user_id) const {
  if (!rules::is_visible(user_id)) return rules::no_identity("user_id", quoted_excerpt(user_id));
  const auto row = store.experiment(experiment_id);
  if (!row) return row.problem();
  if (row->state != experiment_state::running)
    return error{error_code::conflict, "This experiment has ended; the live model serves everybody.", "experiment_id",
                 std::to_string(experiment_id), "the id of one that is running"};
  const experiment_arm& arm = arm_of(*row, user_id);
  const id live = shared->serving.get()->model_version_id;
  return experiment_assignment{experiment_id, user_id, arm.name, arm.model_version_id.value_or(live), arm.feedback};
}

/// An experiment that has ended leaves everybody with the live model: who still names it must not be left without an answer.
template <class Request>
result<query_worker::served> query_worker::served_for(store::reader& store, const Request& request) {
  served made{nullptr, request.feedback};
  std::optional<id> wanted = request.model_version_id;
  if (request.experiment_id) {
    const auto row = store.experiment(*request.experiment_id);
    if (!row) return row.problem();
    if (row->state == experiment_state::running) {
      const experiment_arm& arm = arm_of(*row, request.user_id);
      wanted = arm.model_version_id;
      made.feedback = made.feedback && arm.feedback;
      made.arm = arm.name;
    }
  }
  auto version = version_for(store, wanted);
  if (!version) return std::move(version).problem();
  made.held = *std::move(version);
  return made;
}

result<user_state> query_worker::read_user(store::reader& store, const std::string& user_id) {
  auto user = store.state(user_id);
  if (!user) return user;
  return with_titled_movies(*std::move(user), [&](const std::string& title) {
    return titles_.find(store, shared->catalogue_generation, title);
  });
}

/// The catalogue's rows for the candidates that bring no features, else null; valid until the next question.
result<std::vector<const movie*>> query_worker::rows_of(store::reader& store, const rerank_request& request) {
  std::vector<const movie*> rows(request.candidates.size());
  const auto asks = [](const rerank_candidate& candidate) { return !candidate.has_features && candidate.movie_id; };
  std::vector<id> wanted;
  for (const auto& candidate : request.candidates)
    if (asks(candidate)) wanted.push_back(*candidate.movie_id);
  if (wanted.empty()) return rows;
  if (auto loaded = movies_.load(store, shared->catalogue_generation, wanted); !loaded)
    return std::move(loaded).problem();
  std::transform(request.candidates.begin(), request.candidates.end(), rows.begin(),
                 [&](const auto& candidate) { return asks(candidate) ? movies_.find(*candidate.movie_id) : nullptr; });
  return rows;
}

result<rerank_answer> query_worker::rerank_for(store::reader& store, const rerank_request& request) {
  if (auto checked = check_scores(request); !checked) return std::move(checked).problem();
  const auto by = served_for(store, request);
  if (!by) return by.problem();
  if (request.scores_of_model) return rerank_by_model(store, request, *by);
  const auto rows = rows_of(store, request);
  if (!rows) return rows.problem();
  auto user = read_user(store, request.user_id);
  if (!user) return std::move(user).problem();
  const timestamp now = shared->clock();
  const id newest = heard_through(*user, by->feedback);
  const ranked_user ranked(heard_in_weights(std::move(user->features), by->feedback), *by->held->version,
                           by->held->shared_weights, shared->chosen.weights, now);
  auto answer = rerank(request, *rows, ranked.basis(), now);
  note_effect(request.user_id, newest);
  answer.model_version_id = by->held->version->model_version_id;
  answer.arm = by->arm;
  return answer;
}

/// The model knows the user's dislikes and features: his weights would count them a second time.
result<rerank_answer> query_worker::rerank_by_model(store::reader& store, const rerank_request& request,
                                                    const served& by) {
  const timestamp now = shared->clock();
  const auto ranking = ranking_of(*by.held->version);
  if (!ranking) return ranking.problem();
  const auto rows = rows_of(store, request);
  if (!rows) return rows.problem();
  const auto user = read_user(store, request.user_id);
  if (!user) return user.problem();
  const id newest = heard_through(*user, by.feedback);
  const auto known =
      read_known_user(store, shared->chosen, request.user_id, newest, learning::trained_through(**ranking), now);
  if (!known) return known.problem();

  std::vector<id> movies;
  for (const auto& candidate : request.candidates) movies.push_back(candidate.movie_id.value_or(-1));
  const auto scores = learning::model_scores(**ranking, known->speaker(shared->tastes), movies);
  auto answer = rank_by_scores(request, *rows, scores, user->features, shared->chosen.weights.unhide_below, now);
  note_effect(request.user_id, newest);
  answer.model_version_id = by.held->version->model_version_id;
  answer.arm = by.arm;
  return answer;
}

void query_worker::note_effect(const std::string& user_id, id newest_dislike_id) const {
  shared->effects.answered(user_id, newest_dislike_id, std::chrono::steady_clock::now());
}

result<query_worker::held_ptr> query_worker::version_for(store::reader& store, const std::optional<id>& wanted) {
  const double floor = shared->chosen.weights.floor;
  auto serving = shared->serving.get();
  if (!live_ || live_->version != serving) live_ = std::make_shared<const held_version>(std::move(serving), floor);
  if (!wanted || *wanted == live_->version->model_version_id) return live_;
  const auto is_wanted = [&](const held_ptr& one) { return one->version->model_version_id == *wanted; };
  const auto held = std::find_if(named_.begin(), named_.end(), is_wanted);
  if (held != named_.end()) {
    std::rotate(named_.begin(), held, held + 1);
    return named_.front();
  }
  auto loaded = load_version(store, *wanted);
  if (!loaded) return std::move(loaded).problem();
  if (named_.size() >= most_named) named_.pop_back();
  return *named_.insert(named_.begin(), std::make_shared<const held_version>(*std::move(loaded), floor));
}

result<std::shared_ptr<const model>> query_worker::load_version(store::reader& store, id wanted) const {
  const auto version = store.model(wanted, 1, 0);
  if (!version) return version.problem();
  const auto unfit = [&](const std::string& why) {
    return error{error_code::conflict, "Model version " + std::to_string(wanted) + " " + why, "model_version_id",
                 std::to_string(wanted), "the id of a version that could serve"};
  };
  const model_state state = version->version.state;
  if (state == model_state::training || state == model_state::failed)
    return unfit("is " + std::string(to_string(state)) + ": it has no model that could serve.");
  auto loaded = learning::load_model(shared->model_folder, wanted);
  if (loaded) return loaded;
  spdlog::warn("queries: {}", loaded.problem().detail);
  return unfit("has no readable file, so it cannot serve.");
}

result<shown_recommendations> query_worker::recommend_to(store::reader& store, const recommendation_request& sent) {
  const auto checked = validate(sent);
  if (!checked) return checked.problem();
  const recommendation_request& request = *checked;
  const timestamp now = shared->clock();
  const auto by = served_for(store, request);
  if (!by) return by.problem();
  const auto ranking = ranking_of(*by->held->version);
  if (!ranking) return ranking.problem();
  const auto user = read_user(store, request.user_id);
  if (!user) return user.problem();
  const id newest = heard_through(*user, by->feedback);
  const auto known =
      read_known_user(store, shared->chosen, request.user_id, newest, learning::trained_through(**ranking), now);
  if (!known) return known.problem();
  auto hidden = not_to_recommend(store, shared->chosen, *user, request.exclude, now);
  if (!hidden) return std::move(hidden).problem();

  learning::recommending_rules rules;
  rules.n = static_cast<std::size_t>(request.n);
  rules.hidden = *std::move(hidden);
  rules.any_features = genre_features(request.genres);
  rules.no_features = genre_features(request.without_genres);
  rules.exploration = request.exploration.value_or(shared->chosen.recommendations.exploration);
  rules.exploration_pool = static_cast<std::size_t>(shared->chosen.recommendations.exploration_pool);
  const std::string draw =
      request.user_id + '\n' + std::to_string(now.time_since_epoch().count()) + '\n' + std::to_string(++drawn);
  rules.seed = static_cast<std::uint32_t>(stable_hash(draw) >> 16U);
  const auto shown = learning::recommend(**ranking, known->speaker(shared->tastes), rules);

  std::vector<id> movies;
  for (const auto& one : shown) movies.push_back(one.movie_id);
  if (auto loaded = movies_.load(store, shared->catalogue_generation, movies); !loaded)
    return std::move(loaded).problem();
  recommendations answer{request.user_id, 0, by->held->version->model_version_id, by->arm, {}};
  auto set = std::make_shared<recommendation_set>();
  set->user_id = request.user_id;
  set->model_version_id = answer.model_version_id;
  set->created_at = now;
  for (const auto& one : shown) {
    const movie* row = movies_.find(one.movie_id);
    answer.recommendations.push_back({one.movie_id, row ? row->movie_title : "",
                                      row ? row->genres : std::vector<std::string>{}, one.score, one.propensity,
                                      one.explored});
    set->items.push_back(
        {one.movie_id, answer.recommendations.back().movie_title, std::clamp(one.score, 0.0, 1.0), one.propensity});
  }
  return shown_recommendations{std::move(answer), std::move(set), newest};
}

}  // namespace demur::pipeline
