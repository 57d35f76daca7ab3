#pragma once

#include <cstdint>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace demur::cli {

/// A line that could not be used, and why.
struct odd_line {
  std::string file;
  std::int64_t line = 0;
  std::string why;
};

/// Reads a CSV file with a line of titles (RFC 4180: quotes, doubled quotes, line ends within quotes; LF or CRLF; a byte
/// order mark is skipped, and so are empty lines). Odd lines are noted and passed over.
class csv_reader {
public:
  /// Throws `failure` (usage) if the file cannot be opened or has no titles.
  csv_reader(const std::string& path, std::vector<odd_line>& odd);

  /// The place of a column, by its title. Throws `failure` (usage) that lists the titles there are.
  std::size_t column(std::string_view title) const;
  /// The same of one that need not be there.
  std::optional<std::size_t> find_column(std::string_view title) const;

  /// The place of the first of these titles that there is. Throws `failure` (usage) that lists the titles there are.
  std::size_t column_of(std::initializer_list<std::string_view> titles) const;

  /// The next usable record: as many fields as there are titles. False at the end.
  bool next(std::vector<std::string>& fields);

  /// Notes the record that `next` gave last as odd.
  void note(const std::string& why);

private:
  bool record(std::vector<std::string>& fields);
  bool quoted(std::string& field);
  void go_on_after_first_line();
  void note_at(std::int64_t line, const std::string& why);

  std::string path_;
  std::string name_;
  std::ifstream file_;
  std::vector<odd_line>& odd_;
  std::vector<std::string> titles_;
  std::int64_t line_ = 1;    ///< where the reader is
  std::int64_t record_ = 1;  ///< where the last record began
  std::ifstream::pos_type begin_;
  std::string why_;  ///< the last record is odd because
};

}  // namespace demur::cli
