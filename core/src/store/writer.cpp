#include "store/batch_columns.hpp"
#include "store/entry_stream.hpp"
#include "store/experiments.hpp"
#include "store/file_lock.hpp"
#include "store/kept_answers.hpp"
#include "store/log_merger.hpp"
#include "store/recommendation_sets.hpp"
#include "store/rows.hpp"
#include "store/shown_before.hpp"
#include "store/store.hpp"
#include "store/strategies.hpp"
#include "store/versions.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace demur::store {

struct writer::parts {
  file_lock lock;  // first in, last out
  soci::session session;
  std::unique_ptr<log_merger> merger;
  std::unique_ptr<batch_columns> batch;
  std::unique_ptr<kept_answers> answers;
  std::unique_ptr<movies_by_id> movies;
  std::unique_ptr<patterns_by_name> patterns;
  std::unique_ptr<store::set_versions> set_versions;

  /// All of the work or nothing. `rows`: about how many it writes.
  template <class Work>
  result<done> in_transaction(std::size_t rows, const Work& work) {
    return guarded([&]() -> result<done> {
      soci::transaction all(session);
      work(session);
      all.commit();
      merger->committed(session, rows);
      return done{};
    });
  }

  /// Many rows under one lock of the file: to take and leave it costs more than to read a row.
  template <class Read>
  auto in_one_view(const Read& read) -> result<decltype(read())> {
    return guarded([&]() -> result<decltype(read())> {
      soci::transaction one_view(session);
      return read();
    });
  }
};

writer::writer(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
writer::~writer() = default;

result<std::unique_ptr<writer>> writer::open(const settings& chosen) {
  return guarded([&]() -> result<std::unique_ptr<writer>> {
    auto to = dialect_of(chosen);
    if (!to) return std::move(to).problem();
    auto made = std::make_unique<parts>();
    if (auto locked = made->lock.take(to->file + ".lock"); !locked) return std::move(locked).problem();
    open_writing(made->session, *to, chosen);
    if (auto migrated = migrate(made->session); !migrated) return std::move(migrated).problem();
    {
      soci::session weights;
      open_weights(weights, *to, chosen);
      if (auto migrated = migrate_weights(weights); !migrated) return std::move(migrated).problem();
    }
    made->batch = std::make_unique<batch_columns>(made->session);
    made->answers = std::make_unique<kept_answers>(made->session);
    made->movies = std::make_unique<movies_by_id>(made->session);
    made->patterns = std::make_unique<patterns_by_name>(made->session);
    made->set_versions = std::make_unique<store::set_versions>(made->session);
    made->merger = std::make_unique<log_merger>(*to, chosen.store.checkpoint_pages);
    std::unique_ptr<writer> opened(new writer(std::move(made)));
    if (auto finished = opened->finish(); !finished) return std::move(finished).problem();
    return opened;
  });
}

result<done> writer::finish() {
  for (const id interrupted : training_versions(parts_->session))
    if (auto freed = give_back(interrupted, "Its training was interrupted."); !freed) return freed;
  constexpr std::int64_t slice = 10'000;
  for (bool more = true; more;) {
    auto marked = mark_used(slice);
    if (!marked) return std::move(marked).problem();
    more = *marked;
  }
  return done{};
}

result<std::vector<pattern>> writer::patterns(const std::vector<pattern>& wanted) {
  return parts_->in_one_view([&] { return parts_->patterns->get(wanted); });
}

result<std::vector<idempotency_record>> writer::idempotency(
    const std::vector<std::pair<std::string, std::string>>& wanted, timestamp now) {
  return parts_->in_one_view([&] {
    std::vector<idempotency_record> found;
    for (const auto& [user_id, key] : wanted)
      if (auto kept = parts_->answers->get(user_id, key, now)) found.push_back(*std::move(kept));
    return found;
  });
}

result<std::vector<movie>> writer::movies(const std::vector<id>& ids) {
  return parts_->in_one_view([&] { return parts_->movies->get(ids); });
}

result<done> writer::commit(const case_file& batch) {
  return parts_->in_transaction(batch.entries.size() + batch.readjustment.adjusted.size(), [&](soci::session& session) {
    parts_->batch->write(batch);
    write_strategies(session, batch);
    write_shown(session, batch);
  });
}

result<done> writer::put_promotion(const std::string& reason, const std::string& plugin, timestamp now) {
  return parts_->in_transaction(1, [&](soci::session& session) { store::put_promotion(session, reason, plugin, now); });
}

result<std::vector<movie>> writer::put_movies(const std::vector<movie>& movies) {
  std::vector<movie> before;
  auto written = parts_->in_transaction(movies.size(), [&](soci::session& session) {
    std::vector<id> ids;
    for (const movie& row : movies) ids.push_back(row.movie_id);
    before = parts_->movies->get(ids);
    for (const movie& row : movies) {
      const long long movie_id = row.movie_id;
      const std::string genres = to_column(row.genres), cast = to_column(row.cast),
                        directors = to_column(row.directors);
      texts franchise;
      franchise.add(row.franchise);
      session << "insert into movies (movie_id, movie_title, genres, cast_members, franchise, directors) "
                 "values (:i, :t, :g, :c, :f, :d) on conflict (movie_id) do update set "
                 "movie_title = excluded.movie_title, genres = excluded.genres, "
                 "cast_members = excluded.cast_members, franchise = excluded.franchise, "
                 "directors = excluded.directors",
          soci::use(movie_id), soci::use(row.movie_title), soci::use(genres), soci::use(cast),
          soci::use(franchise.values[0], franchise.nulls[0]), soci::use(directors);
    }
  });
  if (!written) return std::move(written).problem();
  return before;
}

result<std::int64_t> writer::put_ratings(const std::vector<user_rating>& ratings) {
  if (ratings.empty()) return 0;
  std::int64_t changed = 0;
  const auto written = parts_->in_transaction(ratings.size(), [&](soci::session& session) {
    texts users;
    numbers movies, liked, created;
    reals stars, weights;
    for (const user_rating& row : ratings) {
      users.add(row.user_id);
      movies.add(static_cast<long long>(row.movie_id));
      stars.add(row.rating);
      liked.add(row.liked ? 1LL : 0LL);
      weights.add(1.0);
      created.add(to_column(row.created_at));
    }
    bulk rows(session,
              "insert into ratings values (:u, :m, :r, :l, :w, :c) on conflict (user_id, movie_id) do "
              "update set rating = excluded.rating, liked = excluded.liked, "
              "created_at = excluded.created_at where excluded.created_at >= ratings.created_at and "
              "(excluded.created_at <> ratings.created_at or excluded.liked <> ratings.liked or "
              "excluded.rating is distinct from ratings.rating)",
              users, movies, stars, liked, weights, created);
    rows.run();
    changed = rows.written();
  });
  if (!written) return written.problem();
  return changed;
}

result<done> writer::put_recommendation_set(const recorded_set& made) {
  const id set_id = made.shown.recommendation_set_id;
  const auto there = guarded([&]() -> result<bool> { return has_recommendation_set(parts_->session, set_id); });
  if (!there) return there.problem();
  if (*there)
    return error{error_code::conflict, "This recommendation set is stored already.", "recommendation_set_id",
                 std::to_string(set_id), "a new id, or none"};
  return parts_->in_transaction(made.shown.items.size(), [&](soci::session& session) { insert(session, made); });
}

result<done> writer::name_versions(std::vector<case_entry>& entries) {
  if (std::ranges::none_of(entries,
                           [](const case_entry& entry) { return entry.row.recommendation_set_id.has_value(); }))
    return done{};
  return parts_->in_one_view([&] {
    for (case_entry& entry : entries)
      if (const auto named = entry.row.recommendation_set_id)
        entry.recommended_by = parts_->set_versions->find(*named, entry.row.dislike_id);
    return done{};
  });
}

result<done> writer::put_snapshot(const snapshot& taken) {
  constexpr std::size_t bytes_a_row = 500;
  return parts_->in_transaction(taken.text.size() / bytes_a_row, [&](soci::session& session) {
    const long long dislike = taken.through_dislike_id, recorded = taken.through_recorded_id;
    session << "insert into snapshots values (:p, :d, :r, :c) on conflict (part) do update set "
               "through_dislike_id = excluded.through_dislike_id, "
               "through_recorded_id = excluded.through_recorded_id, content = excluded.content",
        soci::use(taken.part), soci::use(dislike), soci::use(recorded), soci::use(taken.text);
  });
}

result<claim_range> writer::claim(const model_version& started) {
  std::optional<result<claim_range>> taken;
  auto written = parts_->in_transaction(1, [&](soci::session& session) { taken = register_claim(session, started); });
  if (!written) return std::move(written).problem();
  return *std::move(taken);
}

result<done> writer::publish(const model_version& trained) {
  return parts_->in_transaction(1, [&](soci::session& session) { make_live(session, trained); });
}

result<done> writer::reject(const model_version& trained) {
  model_version rejected = trained;
  rejected.state = model_state::rejected;
  return parts_->in_transaction(1, [&](soci::session& session) { end_version(session, rejected); });
}

result<done> writer::give_back(id model_version_id, const std::string& reason) {
  model_version failed;
  failed.model_version_id = model_version_id;
  failed.state = model_state::failed;
  failed.reason = reason;
  return parts_->in_transaction(1, [&](soci::session& session) { end_version(session, failed); });
}

result<done> writer::change_live(const model_change& change) {
  return parts_->in_transaction(1, [&](soci::session& session) { store::change_live(session, change); });
}

result<bool> writer::mark_used(std::int64_t limit) {
  auto left = parts_->in_one_view([&] { return !marking_of(parts_->session).is_done(); });
  if (!left || !*left) return left;
  auto written = parts_->in_transaction(static_cast<std::size_t>(limit),
                                        [&](soci::session& session) { left = !mark_some(session, limit).is_done(); });
  if (!written) return std::move(written).problem();
  return left;
}

result<std::optional<model_version>> writer::version(id model_version_id) {
  return parts_->in_one_view([&] { return version_of(parts_->session, model_version_id); });
}

result<std::vector<case_entry>> writer::entries(id after, std::int64_t limit) {
  return parts_->in_one_view([&] {
    std::vector<case_entry> found;
    const long long from = after, to = std::numeric_limits<id>::max();
    entry_stream stream(parts_->session, from, to);
    for (case_entry entry; static_cast<std::int64_t>(found.size()) < limit && stream.next(entry);)
      if (entry.readjustment_id == 0) found.push_back(std::move(entry));
    return found;
  });
}

result<done> writer::put_experiment(const experiment_row& begun) {
  return parts_->in_transaction(1, [&](soci::session& session) { insert_experiment(session, begun); });
}

result<done> writer::put_experiment_step(const experiment_step& made) {
  return parts_->in_transaction(1, [&](soci::session& session) { write_step(session, made); });
}

result<std::int64_t> writer::expire(timestamp now, std::int64_t limit) {
  std::int64_t expired = 0;
  auto written = parts_->in_transaction(static_cast<std::size_t>(limit),
                                        [&](soci::session& session) { expired = forget_answers(session, now, limit); });
  if (!written) return std::move(written).problem();
  return expired;
}

}  // namespace demur::store
