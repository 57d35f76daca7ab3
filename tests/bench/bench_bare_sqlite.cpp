#include "dislike_stream.hpp"
#include "store/store.hpp"
#include "store/user_states.hpp"

#include <demur/settings.hpp>

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

// The reference of `bench ingest`: the rows of the store's bench, written by SQLite alone in tables and keys that the
// store itself made, with SQLite's own way of merging its log. Nothing is read.
namespace {

using namespace demur;

void check(sqlite3* database, int code) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  std::fprintf(stderr, "%s\n", sqlite3_errmsg(database));
  std::exit(1);
}

/// A prepared insert whose values are given in the order of its columns.
class insert {
public:
  insert(sqlite3* database, const char* sql) : database_(database) {
    check(database, sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr));
  }
  ~insert() { sqlite3_finalize(statement_); }
  insert(const insert&) = delete;
  insert& operator=(const insert&) = delete;

  template <class... Values>
  void operator()(const Values&... values) {
    int place = 0;
    (bind(++place, values), ...);
    check(database_, sqlite3_step(statement_));
    sqlite3_reset(statement_);
  }

private:
  void bind(int place, const std::string& text) {
    sqlite3_bind_text(statement_, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int place, std::int64_t number) { sqlite3_bind_int64(statement_, place, number); }
  void bind(int place, double number) { sqlite3_bind_double(statement_, place, number); }
  void bind(int place, timestamp time) { bind(place, static_cast<std::int64_t>(time.time_since_epoch().count())); }
  template <class T>
  void bind(int place, const std::optional<T>& value) {
    if (value)
      bind(place, *value);
    else
      sqlite3_bind_null(statement_, place);
  }

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "\t") + name;
  return text;
}

/// A row of feature_weights, ready to be written.
struct user_row {
  std::string user_id;
  std::string states;
};
using user_rows = std::map<std::int64_t, user_row>;

user_rows rows_of(const std::vector<user_state>& users) {
  user_rows rows;
  for (const user_state& user : users) {
    std::vector<const feature_state*> states;
    for (const feature_state& state : user.features) states.push_back(&state);
    rows[store::user_states::key_of(user.user_id)] = {user.user_id, store::with_states({}, states)};
  }
  return rows;
}

struct tables {
  explicit tables(sqlite3* database)
      : dislikes(database,
                 "insert into user_dislikes (dislike_id, user_id, movie_id, movie_title, recommendation_set_id, "
                 "predicted_score, reason, feedback_text, created_at, genres, cast_members, franchise, context, "
                 "half_life_days, previous_dislike_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        examples(database,
                 "insert into negative_training_examples (example_id, user_id, movie_id, movie_title, actual_rating, "
                 "predicted_rating, error, weight, used_in_training) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        impacts(database,
                "insert into dislike_feedback_impact (dislike_id, impact_id, model_version_id, impact_type, "
                "feature_affected, adjustment_magnitude, applied_at, half_life_days, strategy_version_id, hold_days, "
                "rise_days, readjustment_id) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
        states(database,
               "insert into feature_weights (user_key, user_id, part, parts, states) values (?, ?, 0, 1, ?) "
               "on conflict (user_key) do update set parts = excluded.parts, states = excluded.states") {}

  void write(const case_file& batch, const user_rows& users) {
    for (const case_entry& entry : batch.entries) {
      const dislike& row = entry.row;
      const std::string genres = joined(row.genres), cast = joined(row.cast);
      dislikes(row.dislike_id, row.user_id, row.movie_id, row.movie_title, row.recommendation_set_id,
               row.predicted_score, row.reason, row.feedback_text, row.created_at, genres, cast, row.franchise,
               row.context, row.half_life_days, row.previous_dislike_id);
    }
    for (const case_entry& entry : batch.entries) {
      const training_example& row = *entry.example;
      examples(row.example_id, row.user_id, row.movie_id, row.movie_title, row.actual_rating, row.predicted_rating,
               row.error, row.weight, std::int64_t{row.used_in_training});
    }
    for (const case_entry& entry : batch.entries)
      for (const auto& [row, half_life, no_rise, version] : entry.impacts)
        impacts(row.dislike_id, row.impact_id, row.model_version_id, row.impact_type, row.feature_affected,
                row.adjustment_magnitude, row.applied_at, half_life, version, std::optional<double>(),
                std::optional<double>(), std::int64_t{0});
    for (const auto& [key, row] : users) states(key, row.user_id, row.states);
  }

  insert dislikes, examples, impacts, states;
};

void run(const bench::options& asked, const settings& chosen) {
  sqlite3* database = nullptr;
  const auto folder = std::filesystem::path(asked.folder);
  check(database, sqlite3_open_v2((folder / "demur.db").c_str(), &database, SQLITE_OPEN_READWRITE, nullptr));
  const auto say = [&](const std::string& sql) {
    check(database, sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr));
  };
  say("attach '" + (folder / "demur.weights.db").string() + "' as weights");
  say("pragma journal_mode = wal");
  say("pragma main.synchronous = " + chosen.store.synchronous);
  say("pragma weights.synchronous = normal");
  for (const std::string part : {"main", "weights"})
    say("pragma " + part + ".cache_size = -" + std::to_string(chosen.store.cache_mib * 1024));
  say("pragma wal_autocheckpoint = " + std::to_string(chosen.store.checkpoint_pages));
  bench::dislike_stream stream(asked.users);
  bench::windows commits(asked);
  auto into = std::make_unique<tables>(database);
  for (std::int64_t done = 0; done < asked.dislikes; done += asked.batch) {
    const case_file batch = stream.next(asked.batch);
    const user_rows users = rows_of(batch.users);
    commits.measure(asked.batch, [&] {
      say("begin immediate");
      into->write(batch, users);
      say("commit");
    });
  }
  into.reset();
  commits.print_summary("bare");
  sqlite3_close(database);
}

}  // namespace

int main(int count, char** words) {
  const auto asked = bench::read_options(count, words);
  std::filesystem::remove_all(asked.folder);
  std::filesystem::create_directories(asked.folder);
  settings chosen;
  chosen.data_folder = asked.folder;
  if (auto made = store::writer::open(chosen); !made) {
    std::fprintf(stderr, "%s\n", made.problem().detail.c_str());
    return 1;
  }
  run(asked, chosen);
  std::filesystem::remove_all(asked.folder);
}
