#include "domain/clock.hpp"
#include "domain/json_write.hpp"
#include "domain/leak.hpp"
#include "pipeline/spawn.hpp"

#include <caf/sec.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace demur::pipeline {

namespace {

receipt make_receipt(const case_entry& entry) {
  receipt made;
  made.dislike_id = entry.row.dislike_id;
  made.user_id = entry.row.user_id;
  if (entry.example) {
    made.example_id = entry.example->example_id;
    made.weight = entry.example->weight;
  }
  for (const recorded_impact& moved : entry.impacts) made.adjustments.push_back(moved.row);
  made.strategy = entry.strategy;
  made.strategy_version = entry.strategy_version;
  made.adjustment_pending = entry.row.adjustment_pending;
  made.filtered = entry.filtered;
  made.patterns = entry.patterns;
  made.retraining_triggered = entry.retraining_triggered;
  made.model_version_id = entry.model_version_id;
  return made;
}

submission_answer_ptr make_answer(const submitted& one, const std::vector<receipt>& receipts) {
  auto answer = std::make_shared<submission_answer>();
  answer->rows.reserve(one.rows.size());
  for (const submitted::row& row : one.rows) {
    if (row.refused)
      answer->rows.emplace_back(*row.refused);
    else
      answer->rows.emplace_back(receipts[row.entry]);
  }
  answer->json = one.from->batch ? batch_json(answer->rows) : to_json(*answer->rows.front());
  return answer;
}

/// A submission that has come this far has a row that was accepted.
id first_dislike(const submitted& one, const case_file& file) {
  const auto accepted = std::ranges::find_if(one.rows, [](const submitted::row& row) { return !row.refused; });
  return file.entries[accepted->entry].row.dislike_id;
}

using answer_list = std::vector<std::pair<ticket, submission_answer_ptr>>;

/// The answers as they will be sent, written down before the commit: those with a key are kept with the batch.
std::shared_ptr<answer_list> make_answers(batch& passing, std::chrono::hours ttl) {
  passing.receipts.reserve(passing.file.entries.size());
  for (const case_entry& entry : passing.file.entries) passing.receipts.push_back(make_receipt(entry));
  for (const case_entry& entry : passing.file.readjustment.adjusted) passing.readjusted.push_back(make_receipt(entry));
  auto answers = std::make_shared<answer_list>();
  answers->reserve(passing.submissions.size());
  for (const submitted& one : passing.submissions) {
    auto answer = make_answer(one, passing.receipts);
    if (!one.from->idempotency_key.empty())
      passing.file.idempotency.push_back({first_dislike(one, passing.file), one.from->user_id,
                                          one.from->idempotency_key, one.from->body_digest, answer->json,
                                          passing.now + ttl});
    answers->emplace_back(one.ticket, std::move(answer));
  }
  return answers;
}

answers_ptr refuse_all(const batch& passing, error why) {
  // A commit whose fsync fails is no commit; but a crash right after may find it whole in the log.
  why.detail += " Whether it was stored is not known; with an Idempotency-Key it is safe to send it again.";
  auto refused = std::make_shared<submission_answer>();
  refused->json = problem_json(why);
  refused->refused = std::move(why);
  auto answers = std::make_shared<answer_list>();
  for (const submitted& one : passing.submissions) answers->emplace_back(one.ticket, refused);
  return answers;
}

struct journal_state {
  const char* name = "journal";
  surroundings_ptr shared;
  std::unique_ptr<store::writer> store;
  std::unique_ptr<store::reader> states;  ///< of the users as they are committed
  std::optional<id_generator> ids;        ///< of recommendation sets and experiments
  id newest_id = 0;                       ///< of what was committed
  weight_keeper_actor keeper;
  metrics_actor metrics;
  answers_actor answers;
  bool merging = false;                                 ///< the keeper was asked and has not answered
  std::vector<caf::typed_response_promise<bool>> held;  ///< who is answered when it has
};
using journal_pointer = journal_actor::stateful_pointer<journal_state>;

/// Of a later millisecond than all dislikes that were committed before, though their ids may run ahead of the clock: so ids
/// tell what came first.
id next_id(journal_state& state, timestamp now) {
  return state.ids->next(std::max(now, time_of(state.newest_id) + std::chrono::milliseconds(1)));
}

/// A store that fails ends the journal, and with it the pipeline: the next one begins with what is stored.
caf::error give_up(journal_pointer self, const error& why) {
  spdlog::error("journal: {}", why.detail);
  caf::error failed = caf::make_error(caf::sec::runtime_error, why.detail);
  self->quit(failed);
  return failed;
}

template <class T>
caf::result<T> or_give_up(journal_pointer self, result<T> got) {
  if (got) return *std::move(got);
  return give_up(self, got.problem());
}

void merge(journal_pointer self) {
  self->state.merging = true;
  self->request(self->state.keeper, caf::infinite, merge_atom::value).then([self] {
    self->state.merging = false;
    auto held = std::exchange(self->state.held, {});
    if (!held.empty()) merge(self);
    for (auto& owed : held) owed.deliver(true);
  });
}

/// Has what is recent merged when there is enough of it. If as much again came meanwhile, the next batch must wait.
caf::result<bool> caught_up(journal_pointer self) {
  auto& state = self->state;
  const auto enough = static_cast<std::size_t>(state.shared->chosen.store.merge_users);
  if (state.shared->recent->waiting() < enough) return true;
  if (!state.merging) {
    merge(self);
    return true;
  }
  return state.held.emplace_back(self->make_response_promise<bool>());
}

void note_commit(effect_times& effects, const batch& passing) {
  const auto now = std::chrono::steady_clock::now();
  for (const submitted& one : passing.submissions)
    for (const submitted::row& row : one.rows) {
      if (row.refused) continue;
      const dislike& made = passing.file.entries[row.entry].row;
      effects.committed(made.user_id, made.dislike_id, one.accepted_at, now);
    }
}

void commit(journal_pointer self, const batch_ptr& passing) {
  auto& state = self->state;
  auto answers = make_answers(*passing, state.shared->chosen.pipeline.idempotency_ttl);
  auto written = state.store->name_versions(passing->file.entries);
  if (written && !passing->file.empty()) written = state.store->commit(passing->file);
  if (!written) {
    self->send(state.answers, answer_atom::value, refuse_all(*passing, written.problem()));
    give_up(self, written.problem());
    return;
  }
  // Before the answers, so that whoever was answered finds himself in his weights and in the figures.
  note_commit(state.shared->effects, *passing);  // first: an answer must find what it is the effect of
  state.shared->recent->commit(passing->file.last_id());
  state.newest_id = std::max(state.newest_id, passing->file.last_id());
  self->send(state.metrics, committed_atom::value, passing);
  self->send(state.answers, answer_atom::value, answers_ptr(std::move(answers)));
}

caf::result<std::shared_ptr<const lookup_answer>> look_up(journal_pointer self, const lookup& wanted) {
  auto found = std::make_shared<lookup_answer>();
  if (!wanted.keys.empty()) {
    auto kept = self->state.store->idempotency(wanted.keys, wanted.now);
    if (!kept) return give_up(self, kept.problem());
    found->kept = *std::move(kept);
  }
  std::ranges::sort(found->kept, {}, [](const auto& record) { return std::tie(record.user_id, record.key); });
  if (!wanted.movies.empty()) {
    auto movies = self->state.store->movies(wanted.movies);
    if (!movies) return give_up(self, movies.problem());
    found->movies = *std::move(movies);
  }
  return std::shared_ptr<const lookup_answer>(std::move(found));
}

caf::result<reply<set_shown_ptr>> put_set(journal_pointer self, recommendation_set shown) {
  auto& state = self->state;
  const timestamp now = state.shared->clock();
  const id recorded_id = next_id(state, now);
  if (shown.recommendation_set_id == 0) shown.recommendation_set_id = recorded_id;
  if (shown.created_at == timestamp{}) shown.created_at = now;
  std::vector<id> ids;
  for (const recommended_item& item : shown.items)
    if (item.movie_id) ids.push_back(*item.movie_id);
  auto rows = state.store->movies(ids);
  if (!rows) return give_up(self, rows.problem());
  const auto users = state.states->states({features_asked_by(shown, *rows)});
  if (!users) return give_up(self, users.problem());
  const auto leak = leak_of(shown, users->front(), *rows, state.shared->chosen, now);
  auto news = std::make_shared<set_shown>(set_shown{{recorded_id, std::move(shown), leak}, *std::move(rows)});
  if (auto stored = state.store->put_recommendation_set(news->made); !stored) {
    if (stored.problem().code == error_code::conflict) return reply<set_shown_ptr>{stored.problem(), {}};
    return give_up(self, stored.problem());
  }
  self->send(state.metrics, shown_atom::value, set_shown_ptr(news));
  return reply<set_shown_ptr>{{}, std::move(news)};
}

caf::result<catalogue_change_ptr> put_movies(journal_pointer self, const std::vector<movie>& movies) {
  auto before = self->state.store->put_movies(movies);
  if (!before) return give_up(self, before.problem());
  return std::make_shared<const catalogue_change>(catalogue_change{*std::move(before), movies});
}

caf::result<reply<store::claim_range>> claim(journal_pointer self, const model_version& version) {
  auto taken = self->state.store->claim(version);
  if (taken) return reply<store::claim_range>{{}, *taken};
  if (taken.problem().code == error_code::conflict) return reply<store::claim_range>{taken.problem(), {}};
  return give_up(self, taken.problem());
}

caf::result<std::int64_t> put_ratings(journal_pointer self, const std::vector<user_rating>& ratings) {
  auto stored = self->state.store->put_ratings(ratings);
  if (stored) self->state.shared->rated.note(ratings);
  return or_give_up(self, std::move(stored));
}

caf::result<experiment_row> begin_experiment(journal_pointer self, experiment_row row) {
  row.experiment_id = next_id(self->state, self->state.shared->clock());
  if (auto stored = self->state.store->put_experiment(row); !stored) return give_up(self, stored.problem());
  return row;
}

caf::result<void> done_or_give_up(journal_pointer self, const result<done>& got) {
  if (got) return {};
  return give_up(self, got.problem());
}

void put_snapshot(journal_pointer self, const snapshot& taken) {
  if (auto stored = self->state.store->put_snapshot(taken); !stored) give_up(self, stored.problem());
}

/// Examples that are marked, or keys that are forgotten, between two batches.
constexpr std::int64_t slice = 2'000;

void mark(journal_pointer self) {
  const auto more = self->state.store->mark_used(slice);
  if (!more)
    give_up(self, more.problem());
  else if (*more)
    self->send(self, mark_atom::value);
}

caf::result<reply<model_version>> find_version(journal_pointer self, id model_version_id) {
  auto found = self->state.store->version(model_version_id);
  if (!found) return give_up(self, found.problem());
  if (*found) return reply<model_version>{{}, **std::move(found)};
  const std::string number = std::to_string(model_version_id);
  return reply<model_version>{error{error_code::not_found, "There is no model version " + number + ".",
                                    "model_version_id", number, "one of GET /api/models"},
                              {}};
}

journal_actor::behavior_type journal(journal_pointer self, surroundings_ptr shared,
                                     const std::shared_ptr<journal_sessions>& begin, id newest_id,
                                     weight_keeper_actor keeper, metrics_actor metrics, answers_actor answers) {
  auto& state = self->state;
  state.ids.emplace(shared->chosen.node.id, newest_id);
  state.newest_id = newest_id;
  state.shared = std::move(shared);
  state.store = std::move(begin->store);
  state.states = std::move(begin->states);
  state.keeper = std::move(keeper);
  state.metrics = std::move(metrics);
  state.answers = std::move(answers);
  self->delayed_send(self, std::chrono::minutes(1), tick_atom::value);
  return {
      [self](const batch_ptr& passing) { commit(self, passing); },
      [self](caught_up_atom) { return caught_up(self); },
      [self](lookup_atom, const std::shared_ptr<const lookup>& wanted) { return look_up(self, *wanted); },
      [self](known_atom, const std::shared_ptr<const std::vector<pattern>>& wanted)
          -> caf::result<std::shared_ptr<const std::vector<pattern>>> {
        auto known = self->state.store->patterns(*wanted);
        if (!known) return give_up(self, known.problem());
        return std::make_shared<const std::vector<pattern>>(*std::move(known));
      },
      [self](movies_atom, const std::shared_ptr<const std::vector<movie>>& movies) {
        return put_movies(self, *movies);
      },
      [self](ratings_atom, const std::shared_ptr<const std::vector<user_rating>>& ratings) {
        return put_ratings(self, *ratings);
      },
      [self](shown_atom, const std::shared_ptr<const recommendation_set>& shown) { return put_set(self, *shown); },
      [self](snapshot_atom, const snapshot& taken) {
        put_snapshot(self, taken);
        // What the metrics answer includes every batch that they were told of before.
        self->request(self->state.metrics, caf::infinite, snapshot_atom::value)
            .then([self](const snapshot& of_metrics) { put_snapshot(self, of_metrics); });
      },
      [self](claim_atom, const model_version& version) { return claim(self, version); },
      [self](publish_atom, const model_version& trained) {
        self->send(self, mark_atom::value);
        return done_or_give_up(self, self->state.store->publish(trained));
      },
      [self](reject_atom, const model_version& trained) {
        return done_or_give_up(self, self->state.store->reject(trained));
      },
      [self](giveback_atom, id model_version_id, const std::string& reason) {
        return done_or_give_up(self, self->state.store->give_back(model_version_id, reason));
      },
      [self](serve_atom, const store::model_change& change) {
        self->send(self, mark_atom::value);
        return done_or_give_up(self, self->state.store->change_live(change));
      },
      [self](mark_atom) { mark(self); },
      [self](model_atom, id model_version_id) { return find_version(self, model_version_id); },
      [self](entries_atom, id after, std::int64_t limit) -> caf::result<entries_ptr> {
        auto found = self->state.store->entries(after, limit);
        if (!found) return give_up(self, found.problem());
        return std::make_shared<const std::vector<case_entry>>(*std::move(found));
      },
      [self](begin_atom, experiment_row& row) { return begin_experiment(self, std::move(row)); },
      [self](step_atom, const experiment_step& made) {
        return done_or_give_up(self, self->state.store->put_experiment_step(made));
      },
      [self](promote_atom, const plugin_promotion& made) {
        const timestamp now = self->state.shared->clock();
        return done_or_give_up(self, self->state.store->put_promotion(made.reason, made.live, now));
      },
      [self](tick_atom) {
        const auto expired = self->state.store->expire(self->state.shared->clock(), slice);
        if (!expired) {
          give_up(self, expired.problem());
          return;
        }
        const bool more = *expired == slice;
        self->delayed_send(self, more ? std::chrono::milliseconds(10) : std::chrono::minutes(1), tick_atom::value);
      },
  };
}

}  // namespace

journal_actor spawn_journal(const spawner& with, journal_sessions begin, id newest_id, weight_keeper_actor keeper,
                            metrics_actor metrics, answers_actor answers) {
  auto owned = std::make_shared<journal_sessions>(std::move(begin));
  if (with.threads_of_their_own)
    return with.system.spawn<caf::detached>(journal, with.shared, std::move(owned), newest_id, std::move(keeper),
                                            std::move(metrics), std::move(answers));
  return with.system.spawn(journal, with.shared, std::move(owned), newest_id, std::move(keeper), std::move(metrics),
                           std::move(answers));
}

}  // namespace demur::pipeline
