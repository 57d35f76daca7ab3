#include "domain/clock.hpp"
#include "domain/rules.hpp"
#include "pipeline/spawn.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <tuple>

namespace demur::pipeline {

namespace {

using pattern_key = std::tuple<std::string, std::string, std::string>;
pattern_key key_of(const pattern& row) { return {row.user_id, row.pattern_type, row.pattern_value}; }
using known_patterns = std::map<pattern_key, pattern>;

/// A pattern that an entry of a batch takes part in.
struct sighting {
  std::size_t entry = 0;
  pattern seen;
};

class pattern_logic {
public:
  const char* name = "pattern_analysis";
  std::optional<pattern_state> counts;
  std::optional<id_generator> ids;
  known_patterns known_of_all;
  /// `busy`: one runs, or the examples are being counted anew for another live version.
  enum { idle, due, busy } retrain = idle;

  /// Counts the batch, entry by entry, so that the cut between two batches shows nowhere.
  std::vector<sighting> look(case_file& file) {
    std::vector<sighting> sightings;
    std::vector<pattern> found;
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
      case_entry& entry = file.entries[i];
      counts->count(entry);
      found.clear();
      counts->find_patterns(entry, found);
      for (pattern& one : found) sightings.push_back({i, std::move(one)});
      if (retrain != idle || !entry.example) continue;
      file.retrain_due = counts->retrain_due(entry);
      if (!file.retrain_due) continue;
      entry.retraining_triggered = true;
      retrain = due;
    }
    return sightings;
  }

  /// Tells new and risen patterns from those that only occurred once more; all are written.
  void report(const std::vector<sighting>& sightings, const std::vector<pattern>& known_of_users, batch& passing) {
    known_patterns of_users;
    for (const pattern& row : known_of_users) of_users.emplace(key_of(row), row);
    known_patterns to_write;
    for (const sighting& one : sightings) {
      known_patterns& known = one.seen.user_id.empty() ? known_of_all : of_users;
      pattern& row = known[key_of(one.seen)];
      const bool is_new = row.pattern_id == 0;
      const bool risen = one.seen.severity > row.severity;
      if (is_new) {
        row = one.seen;
        row.pattern_id = ids->next(passing.now);
      }
      row.frequency = one.seen.frequency;
      if (is_new || risen) {
        row.severity = one.seen.severity;
        row.identified_at = passing.now;
        passing.file.entries[one.entry].patterns.push_back(row);
      }
      to_write[key_of(row)] = row;
    }
    for (auto& [key, row] : to_write) passing.file.patterns.push_back(std::move(row));
  }

  /// The patterns that a dislike would take part in, and the retrain that it would make due.
  std::vector<sighting> look_ahead(preview& tried) const {
    pattern_state with = counts->excerpt(tried.entry);
    with.count(tried.entry);
    std::vector<pattern> found;
    with.find_patterns(tried.entry, found);
    tried.answer.retraining_triggered =
        retrain == idle && tried.entry.example && with.retrain_due(tried.entry).has_value();
    std::vector<sighting> sightings;
    for (pattern& one : found) sightings.push_back({0, std::move(one)});
    return sightings;
  }

  /// Those of them that are new or have risen.
  void report_ahead(const std::vector<sighting>& sightings, const std::vector<pattern>& known_of_users,
                    preview& tried) const {
    for (const sighting& one : sightings) {
      const auto same = [&](const pattern& row) { return key_of(row) == key_of(one.seen); };
      severity before = severity::none;
      if (one.seen.user_id.empty()) {
        const auto known = known_of_all.find(key_of(one.seen));
        if (known != known_of_all.end()) before = known->second.severity;
      } else if (const auto known = std::ranges::find_if(known_of_users, same); known != known_of_users.end()) {
        before = known->severity;
      }
      if (one.seen.severity <= before) continue;
      tried.answer.patterns.push_back(one.seen);
      tried.answer.patterns.back().identified_at = tried.now;
    }
  }

  /// Those of them that are about one user, each once.
  static std::vector<pattern> questions(const std::vector<sighting>& sightings) {
    known_patterns distinct;
    for (const sighting& one : sightings)
      if (!one.seen.user_id.empty()) distinct.emplace(key_of(one.seen), one.seen);
    std::vector<pattern> wanted;
    for (auto& [key, row] : distinct) wanted.push_back(std::move(row));
    return wanted;
  }
};

struct pattern_actor_state : pattern_logic {
  journal_actor journal;
  metrics_actor metrics;
  std::int64_t snapshot_interval = 0;
  std::int64_t since_snapshot = 0;
  id through_recorded_id = 0;
  id told_recorded_id = 0;            ///< the store knows that sets up to this were counted before the next batch
  bool analysing = false;             ///< a batch is counted and not yet with the journal
  std::function<void()> after_batch;  ///< a claim or a change of the live version that waits for that
};
using pattern_pointer = pattern_actor::stateful_pointer<pattern_actor_state>;

/// The journal gets it after the batches that it counts.
void take_snapshot(pattern_pointer self, std::size_t counted) {
  auto& state = self->state;
  state.since_snapshot += static_cast<std::int64_t>(counted);
  if (state.since_snapshot < state.snapshot_interval || state.counts->recounting()) return;
  state.since_snapshot = 0;
  self->send(state.journal, snapshot_atom::value,
             snapshot{"patterns", state.counts->through_dislike_id(), state.through_recorded_id, state.counts->save()});
}

void pass_on(pattern_pointer self, const batch_ptr& passing, caf::typed_response_promise<batch_ptr> owed) {
  auto& state = self->state;
  const std::size_t entries = passing->file.entries.size();
  self->send(state.journal, passing);
  state.analysing = false;
  take_snapshot(self, entries);
  if (auto waiting = std::exchange(state.after_batch, nullptr)) waiting();
  owed.deliver(passing);
}

caf::typed_response_promise<batch_ptr> analyse(pattern_pointer self, batch_ptr passing) {
  auto& state = self->state;
  auto owed = self->make_response_promise<batch_ptr>();
  state.analysing = true;
  if (!passing->file.entries.empty() && state.through_recorded_id != state.told_recorded_id)
    passing->file.shown_through = state.told_recorded_id = state.through_recorded_id;
  auto sightings = std::make_shared<std::vector<sighting>>(state.look(passing->file));
  auto wanted = std::make_shared<std::vector<pattern>>(pattern_logic::questions(*sightings));
  if (wanted->empty()) {
    state.report(*sightings, {}, *passing);
    pass_on(self, passing, owed);
    return owed;
  }
  self->request(state.journal, caf::infinite, known_atom::value,
                std::shared_ptr<const std::vector<pattern>>(std::move(wanted)))
      .then([self, sightings, passing, owed](const std::shared_ptr<const std::vector<pattern>>& known) {
        self->state.report(*sightings, *known, *passing);
        pass_on(self, passing, owed);
      });
  return owed;
}

/// With the counts that this dislike would find, of which it keeps none.
caf::typed_response_promise<preview_answer_ptr> look_ahead(pattern_pointer self, preview_ptr tried) {
  auto owed = self->make_response_promise<preview_answer_ptr>();
  auto sightings = std::make_shared<std::vector<sighting>>(self->state.look_ahead(*tried));
  self->request(self->state.journal, caf::infinite, known_atom::value,
                std::make_shared<const std::vector<pattern>>(pattern_logic::questions(*sightings)))
      .then([self, sightings, tried, owed](const std::shared_ptr<const std::vector<pattern>>& known) mutable {
        self->state.report_ahead(*sightings, *known, *tried);
        owed.deliver(std::make_shared<const reply<preview_answer>>(reply<preview_answer>{{}, tried->answer}));
      });
  return owed;
}

void between_batches(pattern_pointer self, std::function<void()> act) {
  if (self->state.analysing)
    self->state.after_batch = std::move(act);
  else
    act();
}

/// The journal is asked after the batches that are counted, so the counts are those of the store that it meets; `await`
/// lets no other batch begin before the claim is written.
void claim(pattern_pointer self, model_version version, caf::typed_response_promise<reply<claim_answer>> owed) {
  if (version.cause.rule == "manual") version.cause.unused_examples = self->state.counts->unused();
  self->request(self->state.journal, caf::infinite, claim_atom::value, version)
      .await([self, version, owed](const reply<store::claim_range>& taken) mutable {
        if (taken.problem) {
          owed.deliver(reply<claim_answer>{taken.problem, {}});
          return;
        }
        auto& state = self->state;
        state.retrain = pattern_logic::busy;
        state.counts->claim_unused(taken.value.through);
        version.claimed_examples = taken.value.examples;
        version.claim_after = taken.value.after;
        version.claim_through = taken.value.through;
        owed.deliver(reply<claim_answer>{{}, {std::move(version), taken.value, state.counts->defective_items()}});
      });
}

/// Why the next retrain is due, if it is.
std::optional<retrain_cause> look_again(pattern_pointer self) {
  auto& state = self->state;
  auto why = state.counts->retrain_due();
  state.retrain = why ? pattern_logic::due : pattern_logic::idle;
  return why;
}

std::optional<retrain_cause> end_retrain(pattern_pointer self, const model_version& ended) {
  pattern_state& counts = *self->state.counts;
  if (ended.state == model_state::live)
    counts.use_claimed();
  else
    counts.give_back_unused(ended.state == model_state::rejected);
  return look_again(self);
}

/// As for a claim: the change meets the batches that are counted, and no other begins before it is written.
void serve(pattern_pointer self, const store::model_change& change, id known_through,
           caf::typed_response_promise<bool> owed) {
  self->request(self->state.journal, caf::infinite, serve_atom::value, change)
      .await([self, known_through, owed]() mutable {
        auto& state = self->state;
        state.retrain = pattern_logic::busy;
        state.counts->recount_unused(known_through, state.counts->judged_through());
        owed.deliver(true);
      });
}

using cause_promise = caf::typed_response_promise<std::optional<retrain_cause>>;

/// Dislikes that are counted anew between two batches.
constexpr std::int64_t recount_slice = 2'000;

/// Those after `after`, slice by slice, beside the batches. The last slice is asked for between two batches, like a claim:
/// with it everything is counted, in its order.
void recount(pattern_pointer self, id after, bool last, cause_promise owed) {
  auto asked = self->request(self->state.journal, caf::infinite, entries_atom::value, after, recount_slice);
  auto go_on = [self, after, last, owed](const entries_ptr& slice) mutable {
    for (const case_entry& entry : *slice) self->state.counts->count_unused(entry);
    const id through = slice->empty() ? after : slice->back().row.dislike_id;
    if (static_cast<std::int64_t>(slice->size()) == recount_slice) {
      recount(self, through, false, owed);
    } else if (!last) {
      between_batches(self, [self, through, owed] { recount(self, through, true, owed); });
    } else {
      self->state.counts->recounted();
      owed.deliver(look_again(self));
    }
  };
  if (last)
    asked.await(std::move(go_on));
  else
    asked.then(std::move(go_on));
}

reply<feature_impact_report> impact_of(const pattern_logic& state, const feature_impact_request& wanted) {
  if (wanted.limit >= 1 && wanted.limit <= 500) return {{}, state.counts->impact(wanted)};
  return {rules::refusal("limit", std::to_string(wanted.limit), "an integer from 1 to 500"), {}};
}

void tell_impressions(pattern_pointer self) {
  const auto& by_genre = self->state.counts->shown().impressions_by_genre();
  if (by_genre.empty()) return;
  self->send(self->state.metrics, exposure_atom::value,
             genre_impressions_ptr(std::make_shared<std::map<std::string, std::int64_t>>(by_genre)));
}

void put_movies(exposure& shown, const catalogue_change& change) {
  std::map<id, const movie*> before;
  for (const movie& row : change.before) before.emplace(row.movie_id, &row);
  for (const movie& row : change.after) {
    const auto old = before.find(row.movie_id);
    shown.put_movie(old == before.end() ? nullptr : old->second, row);
    // A row that comes twice replaces itself.
    before[row.movie_id] = &row;
  }
}

void show(pattern_state& counts, const set_shown& news) {
  counts.count_shown(static_cast<std::int64_t>(news.made.shown.items.size()));
  exposure& shown = counts.shown();
  for (const recommended_item& item : news.made.shown.items) {
    if (!item.movie_id) continue;
    const auto row = std::find_if(news.movies.begin(), news.movies.end(),
                                  [&](const movie& known) { return known.movie_id == *item.movie_id; });
    shown.show(*item.movie_id, row == news.movies.end() ? nullptr : &*row);
  }
}

pattern_actor::behavior_type pattern_analysis(pattern_pointer self, surroundings_ptr shared,
                                              std::shared_ptr<pattern_state> counts,
                                              std::shared_ptr<std::vector<pattern>> known_of_all, id newest_id,
                                              id through_recorded_id, bool due, journal_actor journal,
                                              metrics_actor metrics) {
  auto& state = self->state;
  state.counts = std::move(*counts);
  state.ids.emplace(shared->chosen.node.id, newest_id);
  for (pattern& row : *known_of_all) state.known_of_all.emplace(key_of(row), std::move(row));
  if (due) state.retrain = pattern_logic::due;
  state.snapshot_interval = shared->chosen.pipeline.snapshot_interval;
  state.through_recorded_id = through_recorded_id;
  state.journal = std::move(journal);
  state.metrics = std::move(metrics);
  tell_impressions(self);
  return {
      [self](batch_ptr& passing) { return analyse(self, std::move(passing)); },
      [self](preview_atom, preview_ptr& tried) { return look_ahead(self, std::move(tried)); },
      [self](impact_atom, const feature_impact_request& wanted) { return impact_of(self->state, wanted); },
      [self](movies_atom, const catalogue_change_ptr& change) {
        put_movies(self->state.counts->shown(), *change);
        tell_impressions(self);
      },
      [self](shown_atom, const set_shown_ptr& news) {
        show(*self->state.counts, *news);
        self->state.through_recorded_id = news->made.recorded_id;
        tell_impressions(self);
      },
      [self](claim_atom, const model_version& version) {
        auto owed = self->make_response_promise<reply<claim_answer>>();
        between_batches(self, [self, version, owed] { claim(self, version, owed); });
        return owed;
      },
      [self](ended_atom, const model_version& ended) { return end_retrain(self, ended); },
      [self](serve_atom, const store::model_change& change, id known_through) {
        auto owed = self->make_response_promise<bool>();
        between_batches(self, [self, change, known_through, owed] { serve(self, change, known_through, owed); });
        return owed;
      },
      [self](recount_atom) {
        auto owed = self->make_response_promise<std::optional<retrain_cause>>();
        recount(self, self->state.counts->unused_since(), false, owed);
        return owed;
      },
  };
}

}  // namespace

pattern_actor spawn_pattern_analysis(const spawner& with, pattern_state state, std::vector<pattern> known_of_all,
                                     id newest_id, id through_recorded_id, bool due, journal_actor journal,
                                     metrics_actor metrics) {
  return with.system.spawn(pattern_analysis, with.shared, std::make_shared<pattern_state>(std::move(state)),
                           std::make_shared<std::vector<pattern>>(std::move(known_of_all)), newest_id,
                           through_recorded_id, due, std::move(journal), std::move(metrics));
}

}  // namespace demur::pipeline
