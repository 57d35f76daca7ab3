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
  std::filesystem::path weights = file;
  weights.replace_extension(".weights" + file.extension().string());
  const auto connection = [](const std::filesystem::path& of) { return "db=\"" + of.string() + "\" timeout=10"; };
  return dialect{"sqlite3", connection(file), file.string(), connection(weights), weights.string()};
}

namespace {

void begin_log(soci::session& session, const settings& chosen) {
  session << "pragma journal_mode = wal";
  session << "pragma cache_size = -" + std::to_string(chosen.store.cache_mib * 1024);
  session << "pragma temp_store = memory";
}

}  // namespace

void open_writing(soci::session& session, const dialect& to, const settings& chosen) {
  session.open(to.backend, to.connection);
  begin_log(session, chosen);
  session << "pragma synchronous = " + chosen.store.synchronous;
  // Merging the log into the file is the checkpointer's work: a commit does not wait for it.
  session << "pragma wal_autocheckpoint = 0";
}

void open_weights(soci::session& session, const dialect& to, const settings& chosen) {
  session.open(to.backend, to.weights_connection);
  begin_log(session, chosen);
  // It is a fold of the rest: what a power cut takes, the next start folds anew.
  session << "pragma synchronous = normal";
  session << "pragma wal_autocheckpoint = " + std::to_string(chosen.store.checkpoint_pages);
}

void open_reading(soci::session& session, const dialect& to, const settings& chosen) {
  session.open(to.backend, to.connection);
  session << "attach '" + to.weights_file + "' as weights";
  session << "pragma weights.cache_size = -" + std::to_string(chosen.store.cache_mib * 1024);
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
