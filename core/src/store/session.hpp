#pragma once

#include <demur/error.hpp>
#include <demur/settings.hpp>
#include <demur/types.hpp>

#include <soci/soci.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <vector>

/// What every file of this room needs of SOCI: how a session is opened, how values become columns, where exceptions end.
namespace demur::store {

/// Which database, and what it says differently. The rest of the room is standard SQL.
struct dialect {
  std::string backend;     ///< SOCI's name of it
  std::string connection;  ///< SOCI's connection string
  std::string file;        ///< of an embedded store
  /// The same for the table feature_weights. An embedded store that locks whole files for one writer keeps it in a second
  /// file, so that it can be written beside the commits; elsewhere it is one more session.
  std::string weights_connection;
  std::string weights_file;
};
/// Errors: `bad_value` naming the URL's scheme and those that are supported.
result<dialect> dialect_of(const settings& chosen);

void open_writing(soci::session& session, const dialect& to, const settings& chosen);
/// The session that writes feature_weights.
void open_weights(soci::session& session, const dialect& to, const settings& chosen);
/// Sees all tables.
void open_reading(soci::session& session, const dialect& to, const settings& chosen);

/// Bring the schema to the newest version, a transaction a step. Errors: a database that is newer than this program.
result<done> migrate(soci::session& session);
result<done> migrate_weights(soci::session& session);

error store_error(const std::exception& thrown);

/// Exceptions of SOCI end here.
template <class Work>
auto guarded(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const std::exception& thrown) {
    return store_error(thrown);
  }
}

inline long long to_column(timestamp time) { return time.time_since_epoch().count(); }
inline timestamp to_time(long long ms) { return timestamp(std::chrono::milliseconds(ms)); }

/// Names hold no tabs (validation sees to it), so a list is one text.
std::string to_column(const std::vector<std::string>& names);
std::vector<std::string> to_names(const std::string& text);

/// A column of many rows, for a statement that is executed with all of them at once.
template <class T>
struct column {
  std::vector<T> values;
  std::vector<soci::indicator> nulls;

  void add(T value) {
    values.push_back(std::move(value));
    nulls.push_back(soci::i_ok);
  }
  template <class Other>
  void add(const std::optional<Other>& value) {
    values.push_back(value ? T(*value) : T());
    nulls.push_back(value ? soci::i_ok : soci::i_null);
  }
  void clear() {
    values.clear();
    nulls.clear();
  }
};
using numbers = column<long long>;
using reals = column<double>;
using texts = column<std::string>;

/// A prepared statement that writes the rows of some columns.
class bulk {
public:
  template <class... Columns>
  bulk(soci::session& session, const std::string& sql, Columns&... columns) : statement_(session) {
    (statement_.exchange(soci::use(columns.values, columns.nulls)), ...);
    statement_.alloc();
    statement_.prepare(sql);
    statement_.define_and_bind();
  }
  void run() { statement_.execute(true); }
  /// Rows that the last run wrote.
  std::int64_t written() { return static_cast<std::int64_t>(statement_.get_affected_rows()); }

private:
  soci::statement statement_;
};

/// A value of a row that may be null.
template <class T>
struct nullable {
  T value{};
  soci::indicator null = soci::i_ok;

  std::optional<T> get() const {
    if (null == soci::i_null) return std::nullopt;
    return value;
  }
};

}  // namespace demur::store
