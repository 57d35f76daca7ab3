#pragma once

#include <boost/test/unit_test.hpp>
#include <sqlite3.h>

#include <filesystem>
#include <string>

namespace demur::store {

/// SQL past the store.
class raw_file {
public:
  explicit raw_file(const std::filesystem::path& file) {
    BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &file_), SQLITE_OK);
  }
  ~raw_file() { sqlite3_close(file_); }
  raw_file(const raw_file&) = delete;
  raw_file& operator=(const raw_file&) = delete;
  void run(const std::string& sql) {
    char* why = nullptr;
    sqlite3_exec(file_, sql.c_str(), nullptr, nullptr, &why);
    BOOST_REQUIRE_MESSAGE(!why, sql << ": " << why);
  }
  std::string ask(const std::string& sql) {
    std::string all;
    const auto add = [](void* to, int columns, char** values, char**) {
      for (int i = 0; i < columns; ++i)
        *static_cast<std::string*>(to) += std::string(values[i] ? values[i] : "-") + " ";
      return 0;
    };
    BOOST_REQUIRE_EQUAL(sqlite3_exec(file_, sql.c_str(), add, &all, nullptr), SQLITE_OK);
    return all;
  }

private:
  sqlite3* file_ = nullptr;
};

/// Takes away what the third and later steps of the schema added.
inline void go_back_to_schema_2(const std::filesystem::path& file) {
  raw_file raw(file);
  raw.run("drop index movies_by_title");
  for (const std::string column : {"disliked_movies", "blamed_movies"})
    raw.run("alter table recommendation_sets drop column " + column);
  raw.run("alter table movies drop column directors");
  for (const std::string table : {"used_examples_progress", "shown_before", "experiments", "experiment_looks"})
    raw.run("drop table " + table);
  for (const std::string column :
       {"data_hash", "reason", "dislike_rate_before", "dislike_rate_now", "impressions_since"})
    raw.run("alter table model_versions drop column " + column);
  raw.run("delete from schema_migrations where version > 2");
}

/// And what the second step added.
inline void go_back_to_schema_1(const std::filesystem::path& file) {
  go_back_to_schema_2(file);
  raw_file raw(file);
  for (const std::string table :
       {"strategy_versions", "pending_adjustments", "readjustments", "shadow_adjustments", "promoted_strategies"})
    raw.run("drop table " + table);
  for (const std::string column : {"strategy_version_id", "hold_days", "rise_days", "readjustment_id"})
    raw.run("alter table dislike_feedback_impact drop column " + column);
  raw.run("delete from schema_migrations where version > 1");
}

}  // namespace demur::store
