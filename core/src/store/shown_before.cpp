#include "store/shown_before.hpp"

#include "store/rows.hpp"

namespace demur::store {

void write_shown(soci::session& session, const case_file& batch) {
  if (batch.entries.empty() || batch.shown_through == 0) return;
  const long long first = batch.entries.front().row.dislike_id, through = batch.shown_through;
  session << "insert into shown_before values (:d, :r)", soci::use(first), soci::use(through);
}

std::vector<impressions_before> impressions(soci::session& session, id after_dislike_id, id after_recorded_id) {
  std::vector<impressions_before> found;
  const long long after_dislike = after_dislike_id, after_recorded = after_recorded_id;
  long long dislike_id = 0, through = 0;
  question marks(session);
  into_all(marks.statement, dislike_id, through);
  marks.statement.exchange(soci::use(after_dislike));
  marks.ready("select dislike_id, through_recorded_id from shown_before where dislike_id > :d order by dislike_id");
  marks.each([&] { found.push_back({dislike_id, 0, through}); });
  found.push_back({no_dislike, 0, after_recorded_id});

  long long recorded_id = 0, items = 0;
  question sets(session);
  into_all(sets.statement, recorded_id, items);
  sets.statement.exchange(soci::use(after_recorded));
  sets.ready(
      "select s.recorded_id, count(i.place) from recommendation_sets s left join recommendation_set_items i "
      "on i.recorded_id = s.recorded_id where s.recorded_id > :r group by s.recorded_id order by s.recorded_id");
  auto at = found.begin();
  sets.each([&] {
    while (at->dislike_id != no_dislike && at->through_recorded_id < recorded_id) ++at;
    at->impressions += items;
    if (at->dislike_id == no_dislike) at->through_recorded_id = recorded_id;
  });
  return found;
}

}  // namespace demur::store
