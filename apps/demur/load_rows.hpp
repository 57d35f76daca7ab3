#pragma once

#include <demur/types.hpp>

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::cli {

/// Names one dislike of the load generator; its content follows from the name alone, so that it can be checked later.
struct load_row {
  std::uint64_t seed = 1;
  std::uint64_t users = 1;
  std::uint64_t number = 0;

  /// `seed:users:number`
  std::string text() const;
  friend auto operator<=>(const load_row&, const load_row&) = default;
};
std::optional<load_row> parse_load_row(std::string_view text);

/// The dislike of that name: user, item (ids from 8,000,000 on), genres, cast, franchise, score, reason, at times a text.
/// marked: its context is {"load": "<name>"}.
dislike_request load_dislike(const load_row& row, bool marked);

/// An acknowledged dislike. One line of a journal: dislike_id, idempotency key (`-`: none), user, row; with tabs.
struct journal_entry {
  id dislike_id = 0;
  std::string key;
  std::string user_id;
  load_row row;
};

/// Appends acknowledged dislikes to a file.
class journal_writer {
public:
  /// Throws `failure` (usage) if the file cannot be opened.
  explicit journal_writer(const std::string& path);
  void write(const journal_entry& entry);
  /// Hands over to the system what was written.
  void flush();

private:
  std::string path_;
  std::ofstream file_;
};

/// Throws `failure` (usage) if there is no such file or a line is none of a journal's. A last line without its end is
/// passed over: the writer was killed.
std::vector<journal_entry> read_journal(const std::string& path);

}  // namespace demur::cli
