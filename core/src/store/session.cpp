#include "store/session.hpp"

#include <filesystem>

namespace demur::store {

result<dialect> dialect_of(const settings& chosen) {
  const std::string& url = chosen.store.url;
  constexpr std::string_view sqlite = "sqlite3://";
  if (!url.starts_with(sqlite))
    return error{error_code::bad_value, "This kind of store is not supported.", "store.url",
                 url.substr(0, url.find("://")), "sqlite3://FILE"};
  std::filesystem::path file = url.substr(sqlite.size());
  if (file.is_relative()) file = std::filesystem::path(chosen.data_folder) / file;
  return dialect{"sqlite3", "db=\"" + file.string() + "\" timeout=10", file.string()};
}

void open_writing(soci::session& session, const dialect& to, const settings& chosen) {
  session.open(to.backend, to.connection);
  session << "pragma journal_mode = wal";
  session << "pragma synchronous = " + chosen.store.synchronous;
  session << "pragma cache_size = -" + std::to_string(chosen.store.cache_mib * 1024);
  session << "pragma temp_store = memory";
  // Merging the log into the file is the checkpointer's work: a commit does not wait for it.
  session << "pragma wal_autocheckpoint = 0";
}

void open_reading(soci::session& session, const dialect& to) {
  session.open(to.backend, to.connection);
  session << "pragma query_only = 1";
}

error store_error(const std::exception& thrown) {
  return {error_code::unavailable, std::string("The store failed: ") + thrown.what(), {}, {}, {},
          std::chrono::seconds(1)};
}

std::string to_column(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text.push_back('\t');
    text += name;
  }
  return text;
}

std::vector<std::string> to_names(const std::string& text) {
  std::vector<std::string> names;
  if (text.empty()) return names;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + 1) {
    end = text.find('\t', begin);
    names.push_back(text.substr(begin, end - begin));
    if (end == std::string::npos) break;
  }
  return names;
}

}  // namespace demur::store
