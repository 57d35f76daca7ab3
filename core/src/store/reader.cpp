#include "domain/feature.hpp"
#include "store/entry_stream.hpp"
#include "store/experiments.hpp"
#include "store/opinion_stream.hpp"
#include "store/recommendation_sets.hpp"
#include "store/rows.hpp"
#include "store/shown_before.hpp"
#include "store/store.hpp"
#include "store/strategies.hpp"
#include "store/user_opinions.hpp"
#include "store/user_states.hpp"
#include "store/versions.hpp"

#include <algorithm>

namespace demur::store {

namespace {

/// One dislike by its id.
class dislike_by_id {
public:
  explicit dislike_by_id(soci::session& session) : ask_(session) {
    row_.into(ask_.statement);
    ask_.statement.exchange(soci::use(wanted_));
    ask_.ready(std::string("select ") + dislike_columns + " from user_dislikes where dislike_id = :id");
  }
  std::optional<dislike> get(id dislike_id) {
    std::optional<dislike> found;
    wanted_ = dislike_id;
    ask_.each([&] { found = row_.value(); });
    return found;
  }

private:
  question ask_;
  long long wanted_ = 0;
  dislike_row row_;
};

}  // namespace

struct reader::parts {
  soci::session session;
  std::shared_ptr<const recent_states> recent;
  recent_states::view seen = recent_states::view::committed;
  std::unique_ptr<dislike_by_id> dislikes;
  std::unique_ptr<user_states> states;
  std::unique_ptr<movies_by_id> movies;
  std::unique_ptr<user_opinions> opinions;  ///< made when it is first asked

  /// What is recent is read first, the table after it: what leaves the one in between is in the other.
  std::vector<user_state> states_of(const std::vector<user_features>& wanted, recent_states::view as) {
    std::vector<std::vector<feature_state>> newer(wanted.size());
    if (recent)
      for (std::size_t i = 0; i < wanted.size(); ++i) newer[i] = recent->of(wanted[i].user_id, wanted[i].features, as);
    std::vector<user_state> found;
    found.reserve(wanted.size());
    soci::transaction one_view(session);  // and one lock for all rows
    states->forget();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto& [user_id, features] = wanted[i];
      const bool all_are_recent = newer[i].size() == features.size();
      found.push_back({user_id, all_are_recent ? std::move(newer[i])
                                               : put_over(states->get(user_id, features), std::move(newer[i]))});
    }
    return found;
  }

  user_state state_of(const std::string& user_id) {
    auto newer = recent ? recent->of(user_id) : std::vector<feature_state>{};
    soci::transaction one_view(session);
    states->forget();
    return {user_id, put_over(states->all(user_id), std::move(newer))};
  }

  user_opinions& all_opinions() {
    if (!opinions) opinions = std::make_unique<user_opinions>(session);
    return *opinions;
  }

  store::tally tally(const std::string& user_id) {
    store::tally counted;
    const auto found = states_of({{user_id, {std::string(tally_feature)}}}, recent_states::view::committed);
    for (const feature_state& state : found.front().features)
      for (const reason_state& part : state.by_reason) {
        counted.total += part.dislikes;
        counted.by_reason[part.reason] = part.dislikes;
        counted.newest_dislike_id = std::max(counted.newest_dislike_id, part.last_dislike_id);
      }
    return counted;
  }
};

reader::reader(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
reader::~reader() = default;

result<std::unique_ptr<reader>> reader::open(const settings& chosen, std::shared_ptr<const recent_states> recent,
                                             recent_states::view seen) {
  return guarded([&]() -> result<std::unique_ptr<reader>> {
    auto to = dialect_of(chosen);
    if (!to) return std::move(to).problem();
    auto made = std::make_unique<parts>();
    open_reading(made->session, *to, chosen);
    made->recent = std::move(recent);
    made->seen = seen;
    made->dislikes = std::make_unique<dislike_by_id>(made->session);
    made->states = std::make_unique<user_states>(made->session);
    made->movies = std::make_unique<movies_by_id>(made->session);
    return std::unique_ptr<reader>(new reader(std::move(made)));
  });
}

result<done> reader::ping() {
  return guarded([&]() -> result<done> {
    int one = 0;
    parts_->session << "select 1 from snapshots limit 1", soci::into(one);
    return done{};
  });
}

result<tally> reader::tally(const std::string& user_id) {
  return guarded([&]() -> result<store::tally> { return parts_->tally(user_id); });
}

result<history_page> reader::history(const std::string& user_id, std::int64_t limit, id cursor) {
  return guarded([&]() -> result<history_page> {
    const auto counted = parts_->tally(user_id);
    history_page page;
    page.user_id = user_id;
    page.total = counted.total;
    id next = cursor ? cursor : counted.newest_dislike_id;
    while (next != 0 && static_cast<std::int64_t>(page.dislikes.size()) < limit) {
      auto row = parts_->dislikes->get(next);
      if (!row || row->user_id != user_id)
        return error{error_code::bad_value, "This cursor leads nowhere.", "cursor", std::to_string(next),
                     "next_cursor of a page of the same user"};
      next = row->previous_dislike_id;
      row->adjustment_pending = is_pending(parts_->session, row->dislike_id);
      page.dislikes.push_back(*std::move(row));
    }
    if (next != 0) page.next_cursor = next;
    return page;
  });
}

result<dislike_trend> reader::trend(const std::string& user_id, timestamp since) {
  return guarded([&]() -> result<dislike_trend> {
    dislike_trend recent;
    std::int64_t with_score = 0;
    double sum = 0.0;
    for (id next = parts_->tally(user_id).newest_dislike_id; next != 0;) {
      const auto row = parts_->dislikes->get(next);
      if (!row) break;
      next = row->previous_dislike_id;
      if (row->created_at < since) continue;
      ++recent.total_dislikes;
      if (!row->predicted_score) continue;
      ++with_score;
      sum += *row->predicted_score;
    }
    if (with_score > 0) recent.avg_predicted_score = sum / static_cast<double>(with_score);
    return recent;
  });
}

result<std::vector<pattern>> reader::patterns(const std::string& user_id) {
  return guarded([&]() -> result<std::vector<pattern>> {
    std::vector<pattern> found;
    pattern_row row;
    question ask(parts_->session);
    row.into(ask.statement);
    ask.statement.exchange(soci::use(user_id));
    ask.ready(std::string("select ") + pattern_columns +
              " from dislike_patterns where user_id = :u order by identified_at desc, pattern_id desc");
    ask.each([&] { found.push_back(row.value()); });
    return found;
  });
}

result<user_state> reader::state(const std::string& user_id) {
  return guarded([&]() -> result<user_state> { return parts_->state_of(user_id); });
}

result<std::vector<user_state>> reader::states(const std::vector<user_features>& wanted) {
  return guarded([&]() -> result<std::vector<user_state>> { return parts_->states_of(wanted, parts_->seen); });
}

result<std::vector<movie>> reader::movies(const std::vector<id>& ids) {
  return guarded([&]() -> result<std::vector<movie>> {
    soci::transaction one_view(parts_->session);  // and one lock for all rows
    return parts_->movies->get(ids);
  });
}

result<std::vector<model_version>> reader::models() {
  return guarded([&]() -> result<std::vector<model_version>> { return all_versions(parts_->session); });
}

result<model_version_page> reader::model(id model_version_id, std::int64_t limit, id cursor) {
  return guarded([&]() -> result<model_version_page> {
    soci::transaction one_view(parts_->session);
    const auto version = version_of(parts_->session, model_version_id);
    if (!version)
      return error{error_code::not_found, "There is no model version " + std::to_string(model_version_id) + ".",
                   "model_version_id", std::to_string(model_version_id), "one of GET /api/models"};
    if (cursor != 0 && (cursor <= version->claim_after || cursor > version->claim_through))
      return error{error_code::bad_value, "This cursor leads nowhere.", "cursor", std::to_string(cursor),
                   "next_cursor of a page of the same version"};
    // One more than a page tells where the next one begins.
    auto claimed = claimed_dislikes(parts_->session, *version, cursor ? cursor : version->claim_through, limit + 1);
    model_version_page page{*version, {}, std::nullopt};
    if (static_cast<std::int64_t>(claimed.size()) > limit) {
      page.next_cursor = claimed.back();
      claimed.pop_back();
    }
    page.claimed_dislikes = std::move(claimed);
    return page;
  });
}

result<std::optional<snapshot>> reader::latest_snapshot(const std::string& part) {
  return guarded([&]() -> result<std::optional<snapshot>> {
    long long dislike = 0, recorded = 0;
    std::string content;
    parts_->session << "select through_dislike_id, through_recorded_id, content from snapshots "
                       "where part = :p",
        soci::into(dislike), soci::into(recorded), soci::into(content), soci::use(part);
    if (!parts_->session.got_data()) return std::optional<snapshot>();
    return std::optional(snapshot{part, dislike, recorded, content});
  });
}

result<done> reader::each_movie(const std::function<void(const movie&)>& visit) {
  return guarded([&]() -> result<done> {
    movie_row row;
    question ask(parts_->session);
    row.into(ask.statement);
    ask.ready(std::string("select ") + movie_columns + " from movies order by movie_id");
    ask.each([&] { visit(row.value()); });
    return done{};
  });
}

result<done> reader::each_recommendation_set(id after, const std::function<void(const recorded_set&)>& visit) {
  return guarded([&]() -> result<done> {
    store::each_recommendation_set(parts_->session, after, visit);
    return done{};
  });
}

result<std::vector<impressions_before>> reader::impressions(id after_dislike_id, id after_recorded_id) {
  return guarded([&]() -> result<std::vector<impressions_before>> {
    soci::transaction one_view(parts_->session);
    return store::impressions(parts_->session, after_dislike_id, after_recorded_id);
  });
}

result<id> reader::claimed_through() {
  return guarded([&]() -> result<id> { return store::claimed_through(parts_->session); });
}

result<id> reader::judged_through() {
  return guarded([&]() -> result<id> { return store::judged_through(parts_->session); });
}

result<done> reader::each_adjustment(const claim_range& claim,
                                     const std::function<void(const claimed_adjustment&)>& visit) {
  return each_entry(claim.after, claim.through, [&](const case_entry& entry) {
    for (const recorded_impact& moved : entry.impacts)
      if (moved.row.impact_type != filter_impact)
        visit({entry.row.dislike_id, entry.row.user_id, entry.row.reason,
               item_feature(entry.row.movie_id, entry.row.movie_title), moved.row.feature_affected,
               moved.row.adjustment_magnitude});
  });
}

result<done> reader::each_opinion(id through, double rating_weight,
                                  const std::function<bool(const training_opinion&)>& visit) {
  return guarded([&]() -> result<done> {
    soci::transaction one_view(parts_->session);
    opinion_stream stream(parts_->session, through, rating_weight);
    for (training_opinion one; stream.next(one) && visit(one);) continue;
    return done{};
  });
}

result<std::vector<training_opinion>> reader::opinions(const std::string& user_id, id newest_dislike_id,
                                                       double rating_weight) {
  return guarded([&]() -> result<std::vector<training_opinion>> {
    soci::transaction one_view(parts_->session);
    return parts_->all_opinions().get(user_id, newest_dislike_id, rating_weight, most_dislikes);
  });
}

result<bool> reader::has_likes() {
  return guarded([&]() -> result<bool> {
    int liked = 0;
    parts_->session << "select exists (select 1 from ratings where liked = 1)", soci::into(liked);
    return liked != 0;
  });
}

result<std::optional<id>> reader::movie_titled(const std::string& title) {
  return guarded([&]() -> result<std::optional<id>> { return parts_->all_opinions().titled(title); });
}

result<std::vector<id>> reader::rated_movies(const std::string& user_id) {
  return guarded([&]() -> result<std::vector<id>> { return parts_->all_opinions().rated(user_id); });
}

result<std::vector<recorded_impact>> reader::impacts(id dislike_id) {
  return guarded(
      [&]() -> result<std::vector<recorded_impact>> { return store::impacts_of(parts_->session, dislike_id); });
}

result<std::vector<strategy_version>> reader::strategy_versions() {
  return guarded([&]() -> result<std::vector<strategy_version>> { return store::strategy_versions(parts_->session); });
}

result<std::map<std::string, std::int64_t>> reader::pending_by_reason() {
  return guarded(
      [&]() -> result<std::map<std::string, std::int64_t>> { return store::pending_by_reason(parts_->session); });
}

result<std::vector<pending_adjustment>> reader::pending_adjustments(const std::string& reason, std::int64_t from,
                                                                    std::int64_t to, std::int64_t limit) {
  return guarded([&]() -> result<std::vector<pending_adjustment>> {
    return store::pending_adjustments(parts_->session, reason, from, to, limit);
  });
}

result<std::map<std::string, std::string>> reader::promoted_strategies() {
  return guarded(
      [&]() -> result<std::map<std::string, std::string>> { return store::promoted_strategies(parts_->session); });
}

result<std::vector<experiment_row>> reader::experiments(std::int64_t limit) {
  return guarded([&]() -> result<std::vector<experiment_row>> { return store::experiments(parts_->session, limit); });
}

result<std::vector<experiment_row>> reader::open_experiments() {
  return guarded([&]() -> result<std::vector<experiment_row>> { return store::open_experiments(parts_->session); });
}

result<experiment_row> reader::experiment(id experiment_id) {
  return guarded([&]() -> result<experiment_row> {
    if (auto found = store::experiment(parts_->session, experiment_id)) return *std::move(found);
    return error{error_code::not_found, "There is no experiment " + std::to_string(experiment_id) + ".",
                 "experiment_id", std::to_string(experiment_id), "an id of GET /api/experiments"};
  });
}

result<std::optional<experiment_look>> reader::newest_look(id experiment_id) {
  return guarded(
      [&]() -> result<std::optional<experiment_look>> { return store::newest_look(parts_->session, experiment_id); });
}

result<done> reader::follow(const experiment_place& after, id through,
                            const std::function<void(id, const std::string&, std::int64_t)>& shown,
                            const std::function<void(id, const std::string&)>& disliked) {
  return guarded([&]() -> result<done> {
    soci::transaction one_view(parts_->session);
    store::follow(parts_->session, after, through, shown, disliked);
    return done{};
  });
}

result<std::int64_t> reader::likes_since(const std::string& user_id, timestamp since) {
  return guarded([&]() -> result<std::int64_t> { return store::likes_since(parts_->session, user_id, since); });
}

result<id> reader::newest_entry_id() {
  return guarded([&]() -> result<id> {
    long long dislike = 0, readjustment = 0;
    parts_->session << "select coalesce(max(dislike_id), 0) from user_dislikes", soci::into(dislike);
    parts_->session << "select coalesce(max(readjustment_id), 0) from readjustments", soci::into(readjustment);
    return id{std::max(dislike, readjustment)};
  });
}

result<id> reader::newest_id() {
  return guarded([&]() -> result<id> {
    long long newest = 0;
    for (const char* table : {"select coalesce(max(dislike_id), 0) from user_dislikes",
                              "select coalesce(max(impact_id), 0) from dislike_feedback_impact where dislike_id >= "
                              "(select coalesce(max(dislike_id), 0) from dislike_feedback_impact)",
                              "select coalesce(max(pattern_id), 0) from dislike_patterns",
                              "select coalesce(max(readjustment_id), 0) from readjustments",
                              "select coalesce(max(recorded_id), 0) from recommendation_sets",
                              "select coalesce(max(experiment_id), 0) from experiments",
                              "select coalesce(max(model_version_id), 0) from model_versions"}) {
      long long found = 0;
      parts_->session << table, soci::into(found);
      newest = std::max(newest, found);
    }
    return id{newest};
  });
}

result<done> reader::each_entry(id after, id through, const std::function<void(const case_entry&)>& visit) {
  return guarded([&]() -> result<done> {
    const long long from = after, to = through;
    soci::transaction one_view(parts_->session);
    entry_stream stream(parts_->session, from, to);
    for (case_entry entry; stream.next(entry);) visit(entry);
    return done{};
  });
}

}  // namespace demur::store
