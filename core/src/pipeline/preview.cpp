#include "domain/rules.hpp"
#include "domain/user_state.hpp"
#include "pipeline/adjustment_logic.hpp"
#include "pipeline/completion.hpp"
#include "pipeline/known_user.hpp"
#include "pipeline/rerank.hpp"

#include <utility>

/// A dislike that is only tried.
namespace demur::pipeline {

namespace {

/// Sorts after everything that is stored.
constexpr id not_stored = rules::max_id;

void take_over(preview_answer& answer, const case_entry& entry) {
  answer.user_id = entry.row.user_id;
  answer.reason = entry.row.reason;
  answer.strategy = entry.strategy;
  answer.strategy_version = entry.strategy_version;
  if (entry.example) answer.weight = entry.example->weight;
  for (const recorded_impact& moved : entry.impacts) {
    impact& shown = answer.adjustments.emplace_back(moved.row);
    shown.impact_id = shown.dislike_id = 0;
  }
  answer.adjustment_pending = entry.row.adjustment_pending;
  answer.filtered = entry.filtered;
  answer.model_version_id = entry.model_version_id;
}

}  // namespace

result<done> adjustment_logic::preview(pipeline::preview& of) {
  look_around(of.now);
  auto row = complete_preview(*of.asked);
  if (!row) return std::move(row).problem();
  auto user = store_->state(row->user_id);
  if (!user) return std::move(user).problem();
  const auto rows = rows_of(*of.asked);
  if (!rows) return rows.problem();
  const auto before = rank_candidates(*of.asked, *rows, *user);
  if (!before) return before.problem();

  case_file file;
  file.users.push_back(*std::move(user));
  of.entry.row = make_row(*std::move(row), not_stored, now_);
  of.entry.example = make_example(of.entry.row, shared_->chosen.weights, now_);
  const auto said = verdicts(file, {&of.entry, 1}, false);
  in_their_words(of, file);  // before anything moves
  if (auto loaded = load_states(file, {{of.entry.row.user_id, features_touched_by(of.entry)}}); !loaded) return loaded;
  adjust_one(file, of.entry, said.front(), false);
  take_over(of.answer, of.entry);

  const auto after = rank_candidates(*of.asked, *rows, file.users.front());
  if (!after) return after.problem();
  for (std::size_t i = 0; i < of.asked->candidates.size(); ++i) {
    const rerank_candidate& sent = of.asked->candidates[i];
    of.answer.candidates.push_back({sent.movie_id, sent.movie_title, sent.score, (*before)[i], (*after)[i]});
  }
  return done{};
}

result<dislike_request> adjustment_logic::complete_preview(const preview_request& asked) {
  std::optional<movie> known;
  if (needs_catalogue(asked.dislike)) {
    auto rows = store_->movies({*asked.dislike.movie_id});
    if (!rows) return std::move(rows).problem();
    if (!rows->empty()) known = std::move(rows->front());
  }
  return complete(asked.dislike, known ? &*known : nullptr, *seated_);
}

/// Of the candidates that bring no features; read once for both rankings.
result<candidate_rows> adjustment_logic::rows_of(const preview_request& asked) {
  std::vector<id> wanted;
  for (const rerank_candidate& candidate : asked.candidates)
    if (!candidate.has_features && candidate.movie_id) wanted.push_back(*candidate.movie_id);
  candidate_rows rows;
  if (wanted.empty()) return rows;
  auto found = store_->movies(wanted);
  if (!found) return std::move(found).problem();
  for (movie& row : *found) rows.emplace(row.movie_id, std::move(row));
  return rows;
}

/// The adjusted score of each candidate, in order; nothing where it is hidden from the user.
result<std::vector<std::optional<double>>> adjustment_logic::rank_candidates(const preview_request& asked,
                                                                             const candidate_rows& rows,
                                                                             const user_state& user) const {
  if (asked.candidates.empty()) return std::vector<std::optional<double>>{};
  auto known = with_titled_movies(user, [this](const std::string& title) { return store_->movie_titled(title); });
  if (!known) return std::move(known).problem();
  std::vector<const movie*> row_of;
  for (const rerank_candidate& candidate : asked.candidates) {
    const bool asks = !candidate.has_features && candidate.movie_id;
    const auto found = asks ? rows.find(*candidate.movie_id) : rows.end();
    row_of.push_back(found == rows.end() ? nullptr : &found->second);
  }
  const weight_table shared = table_of(*serving_, shared_->chosen.weights.floor);
  const ranked_user ranked(std::move(known->features), *serving_, shared, shared_->chosen.weights, now_);
  return adjusted_scores(asked.candidates, row_of, ranked.basis(), now_);
}

/// What the strategies say of it that have something to say: how it would be, and which reason the person's own words mean.
void adjustment_logic::in_their_words(pipeline::preview& of, const case_file& file) {
  const dislike& row = of.entry.row;
  if (const plugin::seat* seat = seat_of(row); seat && seat->live->info().explains)
    if (auto said = seat->live->explain(row, services_for(file))) of.answer.explanation = *std::move(said);
  if (!row.feedback_text) return;
  for (const auto& [reason, seat] : *seated_) {
    if (!seat.live->info().reads_text) continue;
    if (const auto fits = seat.live->fit(*row.feedback_text); fits && *fits > 0.0)
      of.answer.suggested_reasons[reason] = *fits;
  }
}

}  // namespace demur::pipeline
