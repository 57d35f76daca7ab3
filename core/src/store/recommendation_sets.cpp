#include "store/recommendation_sets.hpp"

namespace demur::store {

namespace {

std::optional<long long> if_known(const std::optional<set_leak>& leak, std::int64_t set_leak::*count) {
  if (!leak) return std::nullopt;
  return (*leak).*count;
}

}  // namespace

bool has_recommendation_set(soci::session& session, id recommendation_set_id) {
  const long long wanted = recommendation_set_id;
  int there = 0;
  session << "select count(*) from recommendation_sets where recommendation_set_id = :i", soci::into(there),
      soci::use(wanted);
  return there > 0;
}

void insert(soci::session& session, const recorded_set& made) {
  const recommendation_set& shown = made.shown;
  const long long recorded = made.recorded_id, set_id = shown.recommendation_set_id, version = shown.model_version_id,
                  created = to_column(shown.created_at);
  numbers disliked, blamed;
  disliked.add(if_known(made.leak, &set_leak::disliked_movies));
  blamed.add(if_known(made.leak, &set_leak::blamed_movies));
  session << "insert into recommendation_sets values (:r, :i, :u, :m, :c, :d, :b)", soci::use(recorded),
      soci::use(set_id), soci::use(shown.user_id), soci::use(version), soci::use(created),
      soci::use(disliked.values[0], disliked.nulls[0]), soci::use(blamed.values[0], blamed.nulls[0]);
  if (shown.items.empty()) return;
  numbers records, places, movies;
  texts titles;
  reals scores, propensities;
  for (const recommended_item& item : shown.items) {
    places.add(static_cast<long long>(records.values.size()));
    records.add(recorded);
    movies.add(item.movie_id);
    titles.add(item.movie_title);
    scores.add(item.predicted_score);
    propensities.add(item.propensity);
  }
  bulk(session, "insert into recommendation_set_items values (:r, :p, :m, :t, :s, :q)", records, places, movies, titles,
       scores, propensities)
      .run();
}

void each_recommendation_set(soci::session& session, id after, const std::function<void(const recorded_set&)>& visit) {
  const long long since = after;
  long long recorded = 0, set_id = 0, version = 0, created = 0;
  std::string user_id;
  nullable<long long> disliked, blamed, place, movie_id;
  nullable<std::string> title;
  nullable<double> score, propensity;
  question ask(session);
  into_all(ask.statement, recorded, set_id, user_id, version, created);
  ask.statement.exchange(soci::into(disliked.value, disliked.null));
  ask.statement.exchange(soci::into(blamed.value, blamed.null));
  ask.statement.exchange(soci::into(place.value, place.null));
  ask.statement.exchange(soci::into(movie_id.value, movie_id.null));
  ask.statement.exchange(soci::into(title.value, title.null));
  ask.statement.exchange(soci::into(score.value, score.null));
  ask.statement.exchange(soci::into(propensity.value, propensity.null));
  ask.statement.exchange(soci::use(since));
  ask.ready(
      "select s.recorded_id, s.recommendation_set_id, s.user_id, s.model_version_id, s.created_at, s.disliked_movies, "
      "s.blamed_movies, i.place, i.movie_id, i.movie_title, i.predicted_score, i.propensity "
      "from recommendation_sets s left join recommendation_set_items i on i.recorded_id = s.recorded_id "
      "where s.recorded_id > :r order by s.recorded_id, i.place");
  recorded_set open;
  ask.each([&] {
    if (recorded != open.recorded_id) {
      if (open.recorded_id != 0) visit(open);
      open = recorded_set{recorded, {set_id, user_id, version, to_time(created), {}}, std::nullopt};
      if (const auto known = disliked.get()) open.leak = set_leak{*known, blamed.get().value_or(0)};
    }
    if (!place.get()) return;  // a set without items
    const auto known = movie_id.get();
    open.shown.items.push_back(
        {known ? std::optional<id>(*known) : std::nullopt, title.value, score.get(), propensity.get()});
  });
  if (open.recorded_id != 0) visit(open);
}

set_versions::set_versions(soci::session& session) : ask_(session) {
  into_all(ask_.statement, recorded_, version_);
  ask_.statement.exchange(soci::use(wanted_));
  ask_.ready("select recorded_id, model_version_id from recommendation_sets where recommendation_set_id = :i");
}

std::optional<id> set_versions::find(id recommendation_set_id, id dislike_id) {
  if (!met_.contains(recommendation_set_id)) {
    wanted_ = recommendation_set_id;
    if (met_.size() >= most) met_.clear();
    ask_.each([&] { met_[recommendation_set_id] = {recorded_, version_}; });
  }
  const auto known = met_.find(recommendation_set_id);
  if (known == met_.end() || known->second.recorded_id >= dislike_id) return std::nullopt;
  return known->second.model_version_id;
}

}  // namespace demur::store
