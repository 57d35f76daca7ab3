#include "load_check.hpp"

#include "answers.hpp"
#include "bodies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <string_view>

namespace demur::cli {

namespace {

namespace json = boost::json;

/// Equal, where an integer and the same number with a point are equal too.
bool same(const json::value& a, const json::value& b) {
  boost::system::error_code ignored;
  if (a.is_number() && b.is_number()) return a.to_number<double>(ignored) == b.to_number<double>(ignored);
  return a == b;
}

/// The first field of the history row that is not as it was sent, or nothing.
std::string difference(const json::object& row, const load_row& name) {
  const dislike_request dislike = load_dislike(name, true);
  const json::object sent = dislike_json(dislike, true);
  static constexpr std::string_view fields[] = {"user_id",   "movie_id",      "movie_title", "predicted_score",
                                                "reason",    "feedback_text", "genres",      "cast",
                                                "franchise", "context"};
  for (const std::string_view field : fields) {
    const json::value* was = sent.if_contains(field);
    const json::value* is = row.if_contains(field);
    const bool nothing = !is || is->is_null() || (is->is_array() && is->get_array().empty());
    if (was ? is && same(*was, *is) : nothing) continue;
    return std::string(field) + " is " + (is ? json::serialize(*is) : "missing") + ", sent was " +
           (was ? json::serialize(*was) : "nothing");
  }
  return "";
}

}  // namespace

load_check::load_check(std::vector<journal_entry> journal) {
  for (journal_entry& entry : journal) {
    users_.insert(entry.user_id);
    const auto [at, is_new] = place_.emplace(entry.row, wanted_.size());
    if (is_new) {
      wanted_.push_back({std::move(entry), {}, {}, {}});
    } else if (wanted& first = wanted_[at->second]; first.entry.dislike_id != entry.dislike_id) {
      first.conflict = "was acknowledged twice, as dislike " + std::to_string(first.entry.dislike_id) + " and as " +
                       std::to_string(entry.dislike_id);
    }
  }
}

void load_check::found(const json::object& row) {
  const auto name = parse_load_row(text_of(object_of(row, "context"), "load"));
  const auto at = name ? place_.find(*name) : place_.end();
  if (at == place_.end()) return;
  wanted& checked = wanted_[at->second];
  checked.stored.push_back(integer_of(row, "dislike_id"));
  if (checked.difference.empty()) checked.difference = difference(row, *name);
}

std::string load_check::fault_of(const wanted& checked) const {
  if (!checked.conflict.empty()) return checked.conflict;
  const auto times = std::count(checked.stored.begin(), checked.stored.end(), checked.entry.dislike_id);
  if (checked.stored.empty()) return "is missing";
  if (times == 0) return "is there under another id, " + std::to_string(checked.stored.front());
  if (checked.stored.size() > 1) return "is there " + std::to_string(checked.stored.size()) + " times";
  return checked.difference;
}

std::vector<std::string> load_check::faults() const {
  std::vector<std::string> sentences;
  for (const wanted& checked : wanted_) {
    const std::string fault = fault_of(checked);
    if (fault.empty()) continue;
    sentences.push_back("dislike " + std::to_string(checked.entry.dislike_id) + " of " + checked.entry.user_id +
                        " (row " + checked.entry.row.text() + ") " + fault);
  }
  return sentences;
}

}  // namespace demur::cli
