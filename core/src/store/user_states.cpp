#include "store/user_states.hpp"

#include "domain/digest.hpp"
#include "domain/feature.hpp"
#include "domain/records.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace demur::store {

namespace {

/// A row longer than this is split in time: about a page of the database.
constexpr std::size_t full_row = 4'000;

constexpr long long highest_key = std::numeric_limits<long long>::max();

/// What a row says again and again, said once at its head (two records) and then by its number.
class vocabulary {
public:
  /// Reads the head; an empty text has none.
  explicit vocabulary(record_reader& in) {
    if (in.next() && !in.line().empty())
      while (in.more()) reasons_.push_back(in.text());
    if (in.next() && !in.line().empty())
      while (in.more()) half_lives_.push_back(in.number<double>());
  }

  void write(record_writer& out) const {
    for (const std::string_view reason : reasons_) out.field(reason);
    out.end();
    for (const double days : half_lives_) out.field(days);
    out.end();
  }

  std::string_view reason(std::int64_t number) const { return reasons_.at(static_cast<std::size_t>(number)); }
  double half_life_days(std::int64_t number) const { return half_lives_.at(static_cast<std::size_t>(number)); }
  std::int64_t number_of_reason(std::string_view reason) { return number_of(reasons_, reason); }
  std::int64_t number_of_half_life(double days) { return number_of(half_lives_, days); }

private:
  template <class Values, class Value>
  static std::int64_t number_of(Values& values, const Value& value) {
    const auto found = std::ranges::find(values, value);
    const auto number = found - values.begin();
    if (found == values.end()) values.push_back(value);
    return number;
  }

  std::vector<std::string_view> reasons_;  ///< of the text, or of a state that is being written
  std::vector<double> half_lives_;
};

void write(record_writer& out, const feature_state& state, vocabulary& words) {
  for (const reason_state& part : state.by_reason) {
    out.field(state.feature).compact(words.number_of_reason(part.reason)).compact(part.dislikes);
    const bool only_counted = part.sum == faded_sum{} && part.last_dislike_id == 0 && !part.rise;
    if (!only_counted) {
      out.exact(part.sum.value).compact(to_column(part.sum.reference_at));
      out.compact(words.number_of_half_life(part.sum.half_life_days));
      if (part.last_dislike_id != 0 || part.rise) out.compact(part.last_dislike_id);
      if (part.rise) {
        out.compact(to_column(part.rise->begins_at)).exact(part.rise->magnitude);
        out.exact(part.rise->along.hold_days).exact(part.rise->along.rise_days);
      }
    }
    out.end();
  }
}

/// Goes through the lines of a row's text.
class state_lines {
public:
  explicit state_lines(std::string_view text) : in_(text), words_(in_) {
    if (!in_.ok()) refuse();
    next();
  }

  vocabulary& words() { return words_; }
  bool more() const { return more_; }
  std::string_view feature() const { return feature_; }
  std::string_view line() const { return in_.line(); }  ///< the whole of it, without its end
  void next() {
    more_ = in_.next();
    if (more_) feature_ = in_.text();
  }
  /// Reads all lines of this feature and goes to the next one.
  feature_state take() {
    feature_state state{std::string(feature_), {}};
    do {
      reason_state& part = state.by_reason.emplace_back();
      part.reason = words_.reason(in_.compact());
      part.dislikes = in_.compact();
      if (in_.more()) {
        part.sum.value = in_.exact();
        part.sum.reference_at = to_time(in_.compact());
        part.sum.half_life_days = words_.half_life_days(in_.compact());
      }
      if (in_.more()) part.last_dislike_id = in_.compact();
      if (in_.more()) part.rise = rise();
      if (!in_.ok()) refuse();
      next();
    } while (more_ && feature_ == state.feature);
    return state;
  }

private:
  rising_weight rise() {
    rising_weight read;
    read.begins_at = to_time(in_.compact());
    read.magnitude = in_.exact();
    read.along.hold_days = in_.exact();
    read.along.rise_days = in_.exact();
    return read;
  }
  [[noreturn]] void refuse() const {
    throw std::runtime_error("A row of feature_weights does not read: " + std::string(in_.line()));
  }

  record_reader in_;
  vocabulary words_;
  bool more_ = false;
  std::string_view feature_;
};

bool by_feature(const feature_state& a, const feature_state& b) { return a.feature < b.feature; }

/// A row's text: the head, then the lines.
std::string with_head(const vocabulary& words, const std::string& lines) {
  record_writer out;
  out.reserve(lines.size() + 128);
  words.write(out);
  return out.take() + lines;
}

}  // namespace

std::vector<feature_state> states_in(std::string_view text) {
  std::vector<feature_state> found;
  for (state_lines lines(text); lines.more();) found.push_back(lines.take());
  return found;
}

std::vector<feature_state> states_in(std::string_view text, std::span<const std::string> features) {
  std::vector<feature_state> found;
  auto wanted = features.begin();
  for (state_lines lines(text); lines.more() && wanted != features.end();) {
    const int order = wanted->compare(lines.feature());
    if (order < 0)
      ++wanted;
    else if (order == 0)
      found.push_back(lines.take());
    else
      lines.next();
  }
  return found;
}

std::string with_states(std::string_view text, std::span<const feature_state* const> changed) {
  record_writer out;
  out.reserve(text.size() + 128 * changed.size());
  state_lines lines(text);
  for (const feature_state* state : changed) {
    for (; lines.more() && lines.feature() < state->feature; lines.next()) out.line(lines.line());
    while (lines.more() && lines.feature() == state->feature) lines.next();
    write(out, *state, lines.words());
  }
  for (; lines.more(); lines.next()) out.line(lines.line());
  return with_head(lines.words(), out.take());
}

std::int64_t part_of(std::string_view feature, std::int64_t parts) {
  if (parts == 1 || feature == tally_feature) return 0;
  const auto count = static_cast<std::uint64_t>(parts);
  const std::uint64_t hash = stable_hash(feature);
  const std::uint64_t slots = std::bit_ceil(count);
  const std::uint64_t slot = hash % slots;
  return static_cast<std::int64_t>(slot < count ? slot : hash % (slots / 2));
}

user_states::user_states(soci::session& session)
    : select_(session),
      upsert_(session,
              "insert into feature_weights (user_key, user_id, part, parts, states) values (:k, :u, :p, :n, :s) "
              "on conflict (user_key) do update set parts = excluded.parts, states = excluded.states",
              key_, user_id_, part_, parts_, states_) {
  into_all(select_.statement, fetched_.user_id, fetched_.part, fetched_.parts, fetched_.states);
  select_.statement.exchange(soci::use(wanted_key_));
  select_.ready("select user_id, part, parts, states from feature_weights where user_key = :k");
}

long long user_states::key_of(const std::string& user_id) {
  return static_cast<long long>(stable_hash(user_id) & static_cast<std::uint64_t>(highest_key));
}

/// Two owners of one key are as good as impossible; the second one takes the next key. No row is ever deleted, so whoever
/// looks meets the same rows on the way.
user_states::place user_states::locate(const std::string& user_id, long long part) {
  auto key = key_of(part == 0 ? user_id : user_id + '\n' + std::to_string(part));
  for (;; key = key == highest_key ? 0 : key + 1) {
    auto known = rows_.find(key);
    if (known == rows_.end()) {
      bool stored = false;
      wanted_key_ = key;
      select_.each([&] { stored = true; });
      if (!stored) return {key, nullptr};
      known = rows_.emplace(key, fetched_).first;
    }
    if (known->second.part == part && known->second.user_id == user_id) return {key, &known->second};
  }
}

user_states::row& user_states::make(const std::string& user_id, long long part) {
  const auto [key, found] = locate(user_id, part);
  row& made = found ? *found : rows_.emplace(key, row{user_id, part, 1, {}}).first->second;
  made.changed = true;
  return made;
}

std::vector<feature_state> user_states::get(const std::string& user_id, std::span<const std::string> features) {
  const row* head = locate(user_id, 0).found;
  if (!head) return {};
  if (head->parts == 1) return states_in(head->states, features);
  std::map<std::int64_t, std::vector<std::string>> by_part;
  for (const std::string& feature : features) by_part[part_of(feature, head->parts)].push_back(feature);
  std::vector<feature_state> found;
  for (const auto& [part, wanted] : by_part)
    if (const row* of_part = locate(user_id, part).found)
      std::ranges::move(states_in(of_part->states, wanted), std::back_inserter(found));
  std::sort(found.begin(), found.end(), by_feature);
  return found;
}

std::vector<feature_state> user_states::all(const std::string& user_id) {
  const row* head = locate(user_id, 0).found;
  if (!head) return {};
  std::vector<feature_state> found;
  for (long long part = 0; part < head->parts; ++part)
    if (const row* of_part = locate(user_id, part).found)
      std::ranges::move(states_in(of_part->states), std::back_inserter(found));
  std::sort(found.begin(), found.end(), by_feature);
  return found;
}

void user_states::put(const std::string& user_id, std::span<const feature_state> states) {
  row& head = make(user_id, 0);
  std::map<std::int64_t, std::vector<const feature_state*>> by_part;
  for (const feature_state& state : states) by_part[part_of(state.feature, head.parts)].push_back(&state);
  std::size_t splits = 0;
  for (const auto& [part, changed] : by_part) {
    row& of_part = part == 0 ? head : make(head.user_id, part);
    of_part.states = with_states(of_part.states, changed);
    splits += of_part.states.size() / full_row;
  }
  for (; splits > 0; --splits) split_next(head);
}

/// The user gets one row more: what belongs there comes from the one row that had it so far.
void user_states::split_next(row& head) {
  const auto added = static_cast<std::uint64_t>(head.parts++);
  const auto source = static_cast<long long>(added - std::bit_floor(added));
  row& from = source == 0 ? head : make(head.user_id, source);
  row& to = make(head.user_id, static_cast<long long>(added));
  record_writer stays, goes;
  state_lines lines(from.states);
  for (; lines.more(); lines.next()) (part_of(lines.feature(), head.parts) == source ? stays : goes).line(lines.line());
  to.states = with_head(lines.words(), goes.take());
  from.states = with_head(lines.words(), stays.take());
}

void user_states::flush() {
  key_.clear();
  user_id_.clear();
  part_.clear();
  parts_.clear();
  states_.clear();
  for (auto& [key, changed] : rows_) {
    if (!changed.changed) continue;
    key_.add(key);
    user_id_.add(std::move(changed.user_id));
    part_.add(changed.part);
    parts_.add(changed.parts);
    states_.add(std::move(changed.states));
  }
  rows_.clear();
  if (!key_.values.empty()) upsert_.run();
}

}  // namespace demur::store
