#include "load_tally.hpp"

#include "answers.hpp"
#include "table.hpp"

#include <algorithm>
#include <ostream>

namespace demur::cli {

namespace {

double milliseconds(std::chrono::microseconds length) { return static_cast<double>(length.count()) / 1e3; }

}  // namespace

load_tally::load_tally(const load_options& chosen) : chosen_(chosen) {
  if (!chosen.journal.empty()) journal_.emplace(chosen.journal);
  start();
}

load_tally::span load_tally::take(std::size_t wanted) {
  if (chosen_.count > 0) {
    wanted = std::min<std::size_t>(wanted, chosen_.count - next_);
  } else if (seconds() >= chosen_.seconds) {
    wanted = 0;
  }
  const span taken{next_, wanted};
  next_ += wanted;
  return taken;
}

std::string load_tally::key_of(const span& rows) const {
  if (!marked()) return "";
  return "load:" + row(rows.first).text() + (chosen_.batch > 0 ? "+" + std::to_string(rows.rows) : "");
}

void load_tally::note(std::uint64_t number, const std::string& key, const boost::json::object& receipt) {
  if (journal_) journal_->write({integer_of(receipt, "dislike_id"), key, text_of(receipt, "user_id"), row(number)});
}

void load_tally::flush() {
  if (journal_) journal_->flush();
}

std::int64_t load_tally::done() const {
  return static_cast<std::int64_t>(acknowledged_ + already_ + lost_) + refusals_.refused;
}

double load_tally::seconds() const {
  const auto until = end_ == std::chrono::steady_clock::time_point{} ? std::chrono::steady_clock::now() : end_;
  return std::chrono::duration<double>(until - begin_).count();
}

double load_tally::rate() const { return static_cast<double>(acknowledged_) / std::max(seconds(), 1e-3); }

void load_tally::print(std::ostream& out) const {
  table rows({{""}, {"", table::align::right}});
  const auto add = [&rows](const char* name, std::uint64_t value) {
    rows.row({name, grouped(static_cast<std::int64_t>(value))});
  };
  add("acknowledged", acknowledged_);
  if (already_ > 0) add("already there", already_);
  add("refused", static_cast<std::uint64_t>(refusals_.refused));
  add("without an answer", lost_);
  rows.row({"seconds", short_number(seconds())});
  rows.row({"dislikes/s", grouped(static_cast<std::int64_t>(rate()))});
  for (const auto& [name, share] : {std::pair{"p50 ms", 0.5}, {"p99 ms", 0.99}, {"p99.9 ms", 0.999}})
    rows.row({name, short_number(milliseconds(latencies_.percentile(share)))});
  rows.row({"longest ms", short_number(milliseconds(latencies_.largest()))});
  rows.print(out);
  print_refusals(out, refusals_);
}

boost::json::object load_tally::json() const {
  boost::json::object why;
  for (const auto& [reason, rows] : refusals_.why) why[reason] = rows;
  return {{"acknowledged", acknowledged_},
          {"already_there", already_},
          {"refused", refusals_.refused},
          {"refused_because", std::move(why)},
          {"unanswered", lost_},
          {"seconds", seconds()},
          {"dislikes_per_second", rate()},
          {"requests", latencies_.count()},
          {"p50_ms", milliseconds(latencies_.percentile(0.5))},
          {"p99_ms", milliseconds(latencies_.percentile(0.99))},
          {"p999_ms", milliseconds(latencies_.percentile(0.999))},
          {"longest_ms", milliseconds(latencies_.largest())}};
}

}  // namespace demur::cli
