#include "csv.hpp"

#include "failure.hpp"

#include <algorithm>

namespace demur::cli {

namespace {

constexpr int end_of_file = std::char_traits<char>::eof();

}  // namespace

csv_reader::csv_reader(const std::string& path, std::vector<odd_line>& odd)
    : path_(path), name_(path.substr(path.rfind('/') + 1)), file_(path, std::ios::binary), odd_(odd) {
  if (!file_) throw failure(exit_code::usage, "cannot read " + path);
  for (const char mark : {'\xEF', '\xBB', '\xBF'})
    if (file_.peek() == static_cast<unsigned char>(mark)) file_.get();
  if (!record(titles_) || !why_.empty()) throw failure(exit_code::usage, path + ": there is no line of titles");
}

std::optional<std::size_t> csv_reader::find_column(std::string_view title) const {
  const auto found = std::find(titles_.begin(), titles_.end(), title);
  if (found == titles_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - titles_.begin());
}

std::size_t csv_reader::column(std::string_view title) const {
  if (const auto found = find_column(title)) return *found;
  std::string there;
  for (const auto& name : titles_) there += (there.empty() ? "" : ", ") + name;
  throw failure(exit_code::usage, path_ + ": there is no column \"" + std::string(title) + "\"\n  found    " + there);
}

std::size_t csv_reader::column_of(std::initializer_list<std::string_view> titles) const {
  for (const std::string_view title : titles)
    if (const auto found = find_column(title)) return *found;
  return column(*titles.begin());
}

bool csv_reader::next(std::vector<std::string>& fields) {
  while (record(fields)) {
    if (why_.empty() && fields.size() == titles_.size()) return true;
    note_at(record_, why_.empty()
                         ? std::to_string(fields.size()) + " fields instead of " + std::to_string(titles_.size())
                         : why_);
    // A stray quote swallows all up to the next one: give up its line only.
    if (line_ > record_ + 1 || !why_.empty()) go_on_after_first_line();
  }
  return false;
}

void csv_reader::go_on_after_first_line() {
  file_.clear();
  file_.seekg(begin_);
  std::string skipped;
  std::getline(file_, skipped);
  line_ = record_ + 1;
}

void csv_reader::note(const std::string& why) { note_at(record_, why); }

void csv_reader::note_at(std::int64_t line, const std::string& why) { odd_.push_back({name_, line, why}); }

/// One record of any number of fields; false at the end of the file.
bool csv_reader::record(std::vector<std::string>& fields) {
  fields.clear();
  why_.clear();
  while (file_.peek() == '\n' || file_.peek() == '\r')
    if (file_.get() == '\n') ++line_;
  if (file_.peek() == end_of_file) return false;
  record_ = line_;
  begin_ = file_.tellg();

  std::string field;
  for (int c = file_.get();; c = file_.get()) {
    if (c == '"' && field.empty()) {
      if (!quoted(field)) return true;
    } else if (c == ',') {
      fields.push_back(std::move(field));
      field.clear();
    } else if (c == '\n' || c == end_of_file) {
      if (c == '\n') ++line_;
      if (!field.empty() && field.back() == '\r') field.pop_back();
      fields.push_back(std::move(field));
      return true;
    } else {
      field += static_cast<char>(c);
    }
  }
}

/// The rest of a quoted field, up to and without its closing quote.
bool csv_reader::quoted(std::string& field) {
  for (int c = file_.get(); c != end_of_file; c = file_.get()) {
    if (c == '\n') ++line_;
    if (c != '"') {
      field += static_cast<char>(c);
    } else if (file_.peek() == '"') {
      field += static_cast<char>(file_.get());
    } else {
      const int after = file_.peek();
      if (after == ',' || after == '\n' || after == '\r' || after == end_of_file) return true;
      why_ = "something follows a closing quote";
      return false;
    }
  }
  why_ = "a quote is not closed";
  return false;
}

}  // namespace demur::cli
