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
constexpr std::size_t most_versions = 4;

/// Times that chance was asked, by any reader: no two draws of a moment are the same.
std::atomic<std::uint32_t> drawn = 0;

std::vector<std::string> genre_features(const std::vector<std::string>& genres) {
  std::vector<std::string> features;
  for (const std::string& genre : genres) features.push_back(feature_name("genre", genre));
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
  std::vector<double> shares;
  for (const experiment_arm& arm : row->plan.arms) shares.push_back(arm.share);
  const experiment_arm& arm = row->plan.arms[learning::assigned_arm(experiment_id, user_id, shares)];
  const id live = shared->serving.get()->model_version_id;
  return experiment_assignment{experiment_id, user_id, arm.name, arm.model_version_id.value_or(live), arm.feedback};
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

void query_worker::use_model(std::shared_ptr<const model> now_serving) {
  if (serving_ == now_serving) return;
  shared_weights_ = table_of(*now_serving, shared->chosen.weights.floor);  // first: it looks into the model
  serving_ = std::move(now_serving);
}

result<rerank_answer> query_worker::rerank_for(store::reader& store, const rerank_request& request) {
  if (auto checked = check_scores(request); !checked) return std::move(checked).problem();
  if (request.scores_of_model) return rerank_by_model(store, request);
  const auto rows = rows_of(store, request);
  if (!rows) return rows.problem();
  auto user = store.state(request.user_id);
  if (!user) return std::move(user).problem();
  const timestamp now = shared->clock();
  use_model(shared->serving.get());
  const id newest = newest_dislike_of(*user);
  const ranked_user ranked(std::move(user->features), *serving_, shared_weights_, shared->chosen.weights, now);
  auto answer = rerank(request, *rows, ranked.basis(), now);
  note_effect(request.user_id, newest);
  answer.model_version_id = serving_->model_version_id;
  return answer;
}

/// The model knows the user's dislikes and features: his weights would count them a second time.
result<rerank_answer> query_worker::rerank_by_model(store::reader& store, const rerank_request& request) {
  const timestamp now = shared->clock();
  const auto serving = shared->serving.get();
  const auto ranking = ranking_of(*serving);
  if (!ranking) return ranking.problem();
  const auto rows = rows_of(store, request);
  if (!rows) return rows.problem();
  const auto user = store.state(request.user_id);
  if (!user) return user.problem();
  const auto known = read_known_user(store, shared->chosen, *user, learning::trained_through(**ranking), now);
  if (!known) return known.problem();

  std::vector<id> movies;
  for (const auto& candidate : request.candidates) movies.push_back(candidate.movie_id.value_or(-1));
  const auto scores = learning::model_scores(**ranking, known->speaker(), movies);
  auto answer = rank_by_scores(request, *rows, scores, user->features, shared->chosen.weights.unhide_below, now);
  note_effect(request.user_id, newest_dislike_of(*user));
  answer.model_version_id = serving->model_version_id;
  return answer;
}

void query_worker::note_effect(const std::string& user_id, id newest_dislike_id) const {
  shared->effects.answered(user_id, newest_dislike_id, std::chrono::steady_clock::now());
}

result<std::shared_ptr<const model>> query_worker::version_for(store::reader& store, const std::optional<id>& wanted) {
  const auto live = shared->serving.get();
  if (!wanted || *wanted == live->model_version_id) return live;
  if (const auto found = versions_.find(*wanted); found != versions_.end()) return found->second;
  const auto version = store.model(*wanted, 1, 0);
  if (!version) return version.problem();
  const auto unfit = [&](const std::string& why) {
    return error{error_code::conflict, "Model version " + std::to_string(*wanted) + " " + why, "model_version_id",
                 std::to_string(*wanted), "the id of a version that could serve"};
  };
  const model_state state = version->version.state;
  if (state == model_state::training || state == model_state::failed)
    return unfit("is " + std::string(to_string(state)) + ": it has no model that could serve.");
  auto loaded = learning::load_model(shared->model_folder, *wanted);
  if (!loaded) {
    spdlog::warn("queries: {}", loaded.problem().detail);
    return unfit("has no readable file, so it cannot serve.");
  }
  if (versions_.size() >= most_versions) versions_.erase(versions_.begin());
  versions_.emplace(*wanted, *loaded);
  return *loaded;
}

result<shown_recommendations> query_worker::recommend_to(store::reader& store, const recommendation_request& sent) {
  const auto checked = validate(sent);
  if (!checked) return checked.problem();
  const recommendation_request& request = *checked;
  const timestamp now = shared->clock();
  const auto serving = version_for(store, request.model_version_id);
  if (!serving) return serving.problem();
  const auto ranking = ranking_of(**serving);
  if (!ranking) return ranking.problem();
  const auto user = store.state(request.user_id);
  if (!user) return user.problem();
  const auto known = read_known_user(store, shared->chosen, *user, learning::trained_through(**ranking), now);
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
  const auto shown = learning::recommend(**ranking, known->speaker(), rules);

  std::vector<id> movies;
  for (const auto& one : shown) movies.push_back(one.movie_id);
  if (auto loaded = movies_.load(store, shared->catalogue_generation, movies); !loaded)
    return std::move(loaded).problem();
  recommendations answer{request.user_id, 0, (*serving)->model_version_id, {}};
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
  return shown_recommendations{std::move(answer), std::move(set), newest_dislike_of(*user)};
}

}  // namespace demur::pipeline
