#include "store/entry_stream.hpp"

namespace demur::store {

namespace {

void begin(question& ask, const long long& after, const long long& through, const std::string& sql) {
  ask.statement.exchange(soci::use(after));
  ask.statement.exchange(soci::use(through));
  ask.ready(sql);
  ask.statement.execute(false);
}

}  // namespace

impact_stream::impact_stream(soci::session& session, const std::string& where, const long long& first,
                             const long long& second)
    : ask_(session) {
  auto& i = ask_.statement;
  into_all(i, impact_of_, impact_id_, version_, type_, feature_, magnitude_, applied_, half_life_, strategy_version_);
  i.exchange(soci::into(hold_days_.value, hold_days_.null));
  i.exchange(soci::into(rise_days_.value, rise_days_.null));
  i.exchange(soci::use(first));
  i.exchange(soci::use(second));
  ask_.ready(
      "select dislike_id, impact_id, model_version_id, impact_type, feature_affected, adjustment_magnitude, "
      "applied_at, half_life_days, strategy_version_id, hold_days, rise_days from dislike_feedback_impact where " +
      where + " order by dislike_id, impact_id");
}

void impact_stream::begin() {
  ask_.statement.execute(false);
  more_ = ask_.statement.fetch();
}

void impact_stream::take(id dislike_id, std::vector<recorded_impact>& into) {
  for (; more_ && impact_of_ == dislike_id; more_ = ask_.statement.fetch()) {
    recorded_impact& moved = into.emplace_back();
    moved.row.impact_id = impact_id_;
    moved.row.dislike_id = impact_of_;
    moved.row.model_version_id = version_;
    moved.row.impact_type = type_;
    moved.row.feature_affected = feature_;
    moved.row.adjustment_magnitude = magnitude_;
    moved.row.applied_at = to_time(applied_);
    moved.half_life_days = half_life_;
    moved.strategy_version_id = strategy_version_;
    const auto hold = hold_days_.get();
    if (hold) moved.rise = straight_rise{*hold, rise_days_.get().value_or(0.0)};
  }
}

std::vector<recorded_impact> impacts_of(soci::session& session, id dislike_id) {
  const long long from = dislike_id, to = dislike_id;
  impact_stream stream(session, "dislike_id >= :a and dislike_id <= :b", from, to);
  stream.begin();
  std::vector<recorded_impact> found;
  stream.take(dislike_id, found);
  return found;
}

entry_stream::entry_stream(soci::session& session, const long long& after, const long long& through)
    : dislikes_(session),
      examples_(session),
      readjustments_(session),
      impacts_(session, "dislike_id > :a and dislike_id <= :b and readjustment_id = 0", after, through),
      late_impacts_(session, "readjustment_id = :r and dislike_id = :d", readjustment_id_, readjusted_dislike_) {
  row_.into(dislikes_.statement);
  dislikes_.statement.exchange(soci::into(recommended_by_.value, recommended_by_.null));
  begin(dislikes_, after, through,
        std::string("select ") + dislike_columns +
            ", (select model_version_id from recommendation_sets s where s.recommendation_set_id = "
            "user_dislikes.recommendation_set_id and s.recorded_id < dislike_id) from user_dislikes "
            "where dislike_id > :a and dislike_id <= :b order by dislike_id");
  auto& e = examples_.statement;
  into_all(e, example_id_, actual_);
  e.exchange(soci::into(predicted_.value, predicted_.null));
  e.exchange(soci::into(wrong_by_.value, wrong_by_.null));
  into_all(e, weight_, used_);
  begin(examples_, after, through,
        "select example_id, actual_rating, predicted_rating, error, weight, used_in_training "
        "from negative_training_examples where example_id > :a and example_id <= :b order by example_id");
  readjustments_.statement.exchange(soci::into(readjustment_id_));
  readjusted_.into(readjustments_.statement);
  begin(readjustments_, after, through,
        std::string("select readjustment_id, ") + dislike_columns +
            " from user_dislikes join (select readjustment_id, dislike_id as readjusted_id from readjustments "
            "where readjustment_id > :a and readjustment_id <= :b) as readjusted on readjusted_id = dislike_id "
            "order by readjustment_id, dislike_id");
  impacts_.begin();
  more_dislikes_ = dislikes_.statement.fetch();
  more_examples_ = examples_.statement.fetch();
  more_readjustments_ = readjustments_.statement.fetch();
}

bool entry_stream::next(case_entry& entry) {
  const bool dislike_first = more_dislikes_ && (!more_readjustments_ || row_.dislike_id < readjustment_id_);
  return dislike_first ? next_dislike(entry) : next_readjustment(entry);
}

bool entry_stream::next_dislike(case_entry& entry) {
  entry = case_entry{};
  entry.row = row_.value();
  const dislike& row = entry.row;
  if (more_examples_ && example_id_ == row.dislike_id) {
    entry.example = training_example{row.dislike_id,   row.user_id,     row.movie_id, row.movie_title, actual_,
                                     predicted_.get(), wrong_by_.get(), weight_,      used_ != 0};
    more_examples_ = examples_.statement.fetch();
  }
  impacts_.take(row.dislike_id, entry.impacts);
  entry.recommended_by = recommended_by_.get();
  more_dislikes_ = dislikes_.statement.fetch();
  return true;
}

bool entry_stream::next_readjustment(case_entry& entry) {
  if (!more_readjustments_) return false;
  entry = case_entry{};
  entry.row = readjusted_.value();
  entry.readjustment_id = readjustment_id_;
  readjusted_dislike_ = entry.row.dislike_id;
  late_impacts_.begin();
  late_impacts_.take(entry.row.dislike_id, entry.impacts);
  more_readjustments_ = readjustments_.statement.fetch();
  return true;
}

}  // namespace demur::store
