#include "domain/clock.hpp"
#include "domain/json_write.hpp"
#include "pipeline/completion.hpp"
#include "pipeline/debts.hpp"
#include "pipeline/spawn.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <deque>
#include <set>
#include <tuple>

namespace demur::pipeline {

namespace {

/// Gathers what waits, and makes batches of it.
class ingestion_state {
public:
  const char* name = "ingestion";
  surroundings_ptr shared;
  std::optional<id_generator> ids;
  /// Of dislikes that had to wait for their strategies: one batch at a time asks again, so that none is adjusted twice.
  enum { idle, wanted, under_way } readjustment = idle;

  void wait_for_batch(ticket number, submission_ptr from) {
    waiting_.push_back({number, from, {}, std::chrono::steady_clock::now()});
  }
  bool anything_waits() const { return !waiting_.empty() || readjustment == wanted; }

  /// Takes what fits into one batch. Of the submissions with one idempotency key only the first: the others must see what
  /// became of it.
  batch_ptr take() {
    auto taken = std::make_shared<batch>();
    taken->now = shared->clock();
    std::set<std::pair<std::string_view, std::string_view>> keys;
    std::deque<submitted> later;
    const auto limit = static_cast<std::size_t>(shared->chosen.pipeline.batch);
    std::size_t rows = 0;
    while (!waiting_.empty()) {
      submitted& first = waiting_.front();
      if (rows > 0 && rows + first.from->rows.size() > limit) break;
      const bool again = !first.from->idempotency_key.empty() &&
                         !keys.emplace(first.from->user_id, first.from->idempotency_key).second;
      if (again) {
        later.push_back(std::move(first));
      } else {
        rows += first.from->rows.size();
        taken->submissions.push_back(std::move(first));
      }
      waiting_.pop_front();
    }
    waiting_.insert(waiting_.begin(), std::make_move_iterator(later.begin()), std::make_move_iterator(later.end()));
    return taken;
  }

  /// What the store must be asked before the batch can be filled.
  static lookup questions(const batch& taken) {
    lookup wanted;
    wanted.now = taken.now;
    for (const submitted& one : taken.submissions) {
      if (!one.from->idempotency_key.empty()) wanted.keys.emplace_back(one.from->user_id, one.from->idempotency_key);
      for (const auto& row : one.from->rows)
        if (row && needs_catalogue(*row)) wanted.movies.push_back(*row->movie_id);
    }
    std::sort(wanted.movies.begin(), wanted.movies.end());
    wanted.movies.erase(std::unique(wanted.movies.begin(), wanted.movies.end()), wanted.movies.end());
    return wanted;
  }

  /// Makes the dislikes. Submissions that are settled without storing anything leave the batch, with their answers.
  std::vector<std::pair<ticket, submission_answer_ptr>> fill(batch& taken, const lookup_answer& known) {
    std::vector<std::pair<ticket, submission_answer_ptr>> settled;
    std::vector<submitted> accepted;
    for (submitted& one : taken.submissions) {
      auto answer = repeated(*one.from, known);
      if (!answer) answer = admit(one, taken, known);
      if (answer)
        settled.emplace_back(one.ticket, std::move(answer));
      else
        accepted.push_back(std::move(one));
    }
    taken.submissions = std::move(accepted);
    if (readjustment == wanted) {
      readjustment = under_way;
      taken.file.readjustment.readjustment_id = ids->next(taken.now);
    }
    return settled;
  }

private:
  static submission_answer_ptr repeated(const submission& from, const lookup_answer& known) {
    if (from.idempotency_key.empty()) return nullptr;
    const auto named = [](const idempotency_record& record) { return std::tie(record.user_id, record.key); };
    const auto wanted = std::tie(from.user_id, from.idempotency_key);
    const auto kept = std::ranges::lower_bound(known.kept, wanted, {}, named);
    if (kept == known.kept.end() || named(*kept) != wanted) return nullptr;
    if (kept->body_digest != from.body_digest)
      return refusal({error_code::bad_value, "This key was used for another request.", "Idempotency-Key",
                      from.idempotency_key, "a new key, or the same body as before"});
    auto answer = std::make_shared<submission_answer>();
    answer->json = kept->answer;
    answer->replayed = true;
    return answer;
  }

  /// An answer if nothing of it can be stored.
  submission_answer_ptr admit(submitted& one, batch& taken, const lookup_answer& known) {
    bool any = false;
    for (const auto& sent : one.from->rows) {
      submitted::row& row = one.rows.emplace_back();
      auto complete_row = check(sent, known);
      if (!complete_row) {
        row.refused = std::move(complete_row).problem();
        continue;
      }
      any = true;
      row.entry = taken.file.entries.size();
      taken.file.entries.emplace_back().row = make_row(*std::move(complete_row), ids->next(taken.now), taken.now);
    }
    if (any) return nullptr;
    if (!one.from->batch && !one.rows.empty()) return refusal(*one.rows.front().refused);
    auto answer = std::make_shared<submission_answer>();
    for (const auto& row : one.rows) answer->rows.emplace_back(*row.refused);
    answer->json = batch_json(answer->rows);
    return answer;
  }

  result<dislike_request> check(const result<dislike_request>& sent, const lookup_answer& known) const {
    if (!sent) return sent;
    const auto row = sent->movie_id ? std::ranges::lower_bound(known.movies, *sent->movie_id, {}, &movie::movie_id)
                                    : known.movies.end();
    const bool is_known = row != known.movies.end() && row->movie_id == *sent->movie_id;
    return complete(*sent, is_known ? &*row : nullptr, *shared->strategies->current());
  }

  std::deque<submitted> waiting_;
};

struct ingestion_actor_state : ingestion_state {
  weighting_actor weighting;
  journal_actor journal;
  scheduler_actor scheduler;
  answers_actor answers;
  bool gathering = false;       ///< what came together is being read
  bool making = false;          ///< a batch is on its way to the journal
  std::size_t uncommitted = 0;  ///< batches, with that one
};
using ingestion_pointer = ingestion_actor::stateful_pointer<ingestion_actor_state>;

void gather(ingestion_pointer self);

void send_down(ingestion_pointer self, const batch_ptr& taken, const lookup_answer& known) {
  auto settled = self->state.fill(*taken, known);
  if (!settled.empty())
    self->send(
        self->state.answers, answer_atom::value,
        answers_ptr(std::make_shared<std::vector<std::pair<ticket, submission_answer_ptr>>>(std::move(settled))));
  const bool readjusting = taken->file.readjustment.readjustment_id != 0;
  if (taken->submissions.empty() && !readjusting) {
    self->state.making = false;
    --self->state.uncommitted;
    gather(self);
    return;
  }
  self->request(self->state.weighting, caf::infinite, taken).then([self, readjusting](const batch_ptr& with_journal) {
    self->state.making = false;
    self->request(self->state.journal, caf::infinite, caught_up_atom::value)
        .then([self, readjusting, due = with_journal->file.retrain_due](bool) {
          if (due) self->send(self->state.scheduler, due_atom::value, *due);
          if (readjusting) self->state.readjustment = ingestion_state::idle;
          --self->state.uncommitted;
          gather(self);
        });
    gather(self);
  });
}

/// Between two times that those who wait for their strategies ask whether it can answer.
constexpr std::chrono::milliseconds readjustment_interval{100};

/// One that is being committed, and one behind it.
constexpr std::size_t most_uncommitted = 2;

/// Lets a batch go as soon as all that came together is read: behind it in the mailbox.
void gather(ingestion_pointer self) {
  auto& state = self->state;
  if (state.making || state.gathering || state.uncommitted == most_uncommitted || !state.anything_waits()) return;
  state.gathering = true;
  self->send(self, gathered_atom::value);
}

void let_go(ingestion_pointer self) {
  self->state.gathering = false;
  self->state.making = true;
  ++self->state.uncommitted;
  auto taken = self->state.take();
  auto wanted = std::make_shared<lookup>(ingestion_state::questions(*taken));
  if (wanted->keys.empty() && wanted->movies.empty()) {
    send_down(self, taken, {});
    return;
  }
  self->request(self->state.journal, caf::infinite, lookup_atom::value,
                std::shared_ptr<const lookup>(std::move(wanted)))
      .then([self, taken](const std::shared_ptr<const lookup_answer>& known) { send_down(self, taken, *known); });
}

ingestion_actor::behavior_type ingestion(ingestion_pointer self, surroundings_ptr shared, id newest_id,
                                         weighting_actor weighting, journal_actor journal, scheduler_actor scheduler,
                                         answers_actor answers) {
  ingestion_actor_state& state = self->state;
  state.ids.emplace(shared->chosen.node.id, newest_id);
  state.shared = std::move(shared);
  state.weighting = std::move(weighting);
  state.journal = std::move(journal);
  state.scheduler = std::move(scheduler);
  state.answers = std::move(answers);
  self->delayed_send(self, readjustment_interval, tick_atom::value);
  return {
      [self](submit_atom, ticket number, submission_ptr& from) {
        self->state.wait_for_batch(number, std::move(from));
        gather(self);
      },
      [self](gathered_atom) { let_go(self); },
      [self](tick_atom) {
        auto& now = self->state;
        if (now.shared->adjustments_pending > 0 && now.readjustment == ingestion_state::idle)
          now.readjustment = ingestion_state::wanted;
        gather(self);
        self->delayed_send(self, readjustment_interval, tick_atom::value);
      },
  };
}

}  // namespace

ingestion_actor spawn_ingestion(const spawner& with, id newest_id, weighting_actor weighting, journal_actor journal,
                                scheduler_actor scheduler, answers_actor answers) {
  return with.system.spawn(ingestion, with.shared, newest_id, std::move(weighting), std::move(journal),
                           std::move(scheduler), std::move(answers));
}

}  // namespace demur::pipeline
