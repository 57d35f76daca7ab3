#include "plugin/messages.hpp"

#include "domain/rules.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

namespace demur::plugin::wire {

namespace {

/// Of what comes from the server, which is trusted to the length of a frame.
constexpr std::size_t any_length = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t max_sentence = 4 * 1'024;

enum class fading : std::uint8_t { by_strategy, by_half_life, by_rise };
enum class hiding : std::uint8_t { none, for_ever, for_days };

std::string printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto character = text.substr(0, std::max<std::size_t>(length, 1));
    clean += length == 0 || has_control(character, false) ? std::string_view("?") : character;
    text.remove_prefix(character.size());
  }
  return clean;
}

std::string sentence(reader& from) { return printable(from.text(max_sentence)); }
void put_sentence(writer& into, std::string_view text) { into.text(text.substr(0, max_sentence)); }

void put_fault(writer& into, const error& why) {
  put_sentence(into, why.found);
  put_sentence(into, why.allowed);
}

fault read_fault(reader& from) {
  fault wrong;
  wrong.found = sentence(from);
  wrong.expected = sentence(from);
  // Only an error that was made without memory for words has none.
  if (wrong.found.empty()) wrong = {"ran out of memory", "that it takes no more than it may"};
  return wrong;
}

template <class Number>
void put_optional(writer& into, const std::optional<Number>& value) {
  into.flag(value.has_value());
  if (value) into.number(*value);
}

template <class Number>
std::optional<Number> read_optional(reader& from) {
  return from.flag() ? std::optional(from.number<Number>()) : std::nullopt;
}

void put_optional_text(writer& into, const std::optional<std::string>& value) {
  into.flag(value.has_value());
  if (value) into.text(*value);
}

void read_optional_text(reader& from, std::optional<std::string>& value) {
  if (!from.flag()) return value.reset();
  if (!value) value.emplace();
  *value = from.text(any_length);
}

void put_names(writer& into, const std::vector<std::string>& names) {
  into.number(static_cast<std::uint32_t>(names.size()));
  for (const auto& name : names) into.text(name);
}

void read_names(reader& from, std::vector<std::string>& names) {
  names.resize(from.count(any_length));
  for (auto& name : names) name = from.text(any_length);
}

void put_dislike(writer& into, const dislike& row) {
  into.text(row.user_id);
  put_optional(into, row.movie_id);
  into.text(row.movie_title);
  put_optional(into, row.predicted_score);
  into.text(row.reason);
  put_optional_text(into, row.feedback_text);
  into.number(static_cast<std::int64_t>(row.created_at.time_since_epoch().count()));
  put_names(into, row.genres);
  put_names(into, row.cast);
  put_optional_text(into, row.franchise);
  into.text(row.context);
}

timestamp read_time(reader& from) { return timestamp(std::chrono::milliseconds(from.number<std::int64_t>())); }

void read_dislike(reader& from, dislike& row) {
  row.user_id = from.text(any_length);
  row.movie_id = read_optional<id>(from);
  row.movie_title = from.text(any_length);
  row.predicted_score = read_optional<double>(from);
  row.reason = from.text(any_length);
  read_optional_text(from, row.feedback_text);
  row.created_at = read_time(from);
  read_names(from, row.genres);
  read_names(from, row.cast);
  read_optional_text(from, row.franchise);
  row.context = from.text(any_length);
}

void put_adjustment(writer& into, const adjustment& one) {
  into.text(one.feature);
  into.number(one.magnitude);
  into.number(one.rise ? fading::by_rise : one.half_life_days ? fading::by_half_life : fading::by_strategy);
  if (one.rise) {
    into.number(one.rise->hold_days);
    into.number(one.rise->rise_days);
  } else if (one.half_life_days) {
    into.number(*one.half_life_days);
  }
}

void put_verdict(writer& into, const verdict& one) {
  into.number(static_cast<std::uint32_t>(one.adjustments.size()));
  for (const adjustment& each : one.adjustments) put_adjustment(into, each);
  into.number(!one.filter_item ? hiding::none : one.hide_days ? hiding::for_days : hiding::for_ever);
  if (one.filter_item && one.hide_days) into.number(*one.hide_days);
  into.number(one.training_factor);
}

/// Says it again. What the sink does not take it remembers.
void repeat_adjustment(reader& from, const demur_sink& sink) {
  const std::string_view feature = from.text(max_feature);
  const std::size_t colon = feature.find(':');
  const auto part = [&](std::size_t begin, std::size_t length) {
    const std::string_view text = begin < feature.size() ? feature.substr(begin, length) : std::string_view();
    return demur_text{text.data(), text.size()};
  };
  const demur_text family = part(0, colon);
  const demur_text value = colon == feature.npos ? demur_text{} : part(colon + 1, feature.npos);
  const auto magnitude = from.number<double>();
  const auto how = from.number<fading>();
  const auto first = how == fading::by_strategy ? 0.0 : from.number<double>();
  const auto second = how == fading::by_rise ? from.number<double>() : 0.0;
  if (from.failed()) return;
  switch (how) {
    case fading::by_strategy:
      (void)sink.adjust(sink.state, family, value, magnitude);
      return;
    case fading::by_half_life:
      (void)sink.adjust_with_half_life(sink.state, family, value, magnitude, first);
      return;
    case fading::by_rise:
      (void)sink.adjust_with_rise(sink.state, family, value, magnitude, first, second);
      return;
  }
  from.fail();
}

void repeat_verdict(reader& from, const demur_sink& sink) {
  const std::size_t count = from.count(any_length);
  for (std::size_t i = 0; i < count && !from.failed(); ++i) repeat_adjustment(from, sink);
  const auto hides = from.number<hiding>();
  if (hides > hiding::for_days) from.fail();
  const auto days = hides == hiding::for_days ? from.number<double>() : 0.0;
  const auto factor = from.number<double>();
  if (from.failed()) return;
  if (hides == hiding::for_ever) (void)sink.filter_item(sink.state);
  if (hides == hiding::for_days) (void)sink.hide_item(sink.state, days);
  (void)sink.training_factor(sink.state, factor);
}

template <class T, class Put>
void put_one(writer& into, kind of, const result<T>& one, std::string_view reports, const Put& put) {
  into.begin(of);
  into.flag(one.has_value());
  if (one)
    put(*one);
  else
    put_fault(into, one.problem());
  put_sentence(into, reports);
  into.end();
}

template <class T, class Read>
std::optional<answered<said<T>>> read_one(std::string_view parts, const Read& read) {
  reader from(parts);
  answered<said<T>> all;
  if (from.flag())
    all.said = read(from);
  else
    all.said = read_fault(from);
  all.reports = sentence(from);
  if (!from.finished()) return std::nullopt;
  return all;
}

}  // namespace

void put(writer& into, const order& what) {
  into.begin(kind::order);
  into.number(protocol);
  into.text(what.file);
  into.text(what.shown);
  into.text(what.config);
  into.number(what.memory_mib);
  into.end();
}

std::optional<order> read_order(std::string_view parts) {
  reader from(parts);
  if (from.number<std::uint32_t>() != protocol) return std::nullopt;
  order what;
  what.file = from.text(any_length);
  what.shown = from.text(any_length);
  what.config = from.text(any_length);
  what.memory_mib = from.number<std::uint64_t>();
  if (!from.finished()) return std::nullopt;
  return what;
}

void put_hello(writer& into, const result<strategy_info>& made, std::string_view reports) {
  into.begin(kind::hello);
  into.number(protocol);
  into.flag(made.has_value());
  if (made) {
    into.text(made->name);
    into.text(made->version);
    into.text(made->reason);
    into.number(made->abi_minor);
    into.number(made->half_life_days);
    for (const bool has : {made->explains, made->reads_text, made->asks_weights}) into.flag(has);
  } else {
    put_sentence(into, made.problem().detail);
    put_fault(into, made.problem());
  }
  put_sentence(into, reports);
  into.end();
}

std::optional<answered<result<strategy_info>>> read_hello(std::string_view parts) {
  reader from(parts);
  if (from.number<std::uint32_t>() != protocol) return std::nullopt;
  if (!from.flag()) {
    error why{error_code::bad_value, sentence(from), "plugins", {}, {}};
    why.found = sentence(from);
    why.allowed = sentence(from);
    std::string reports = sentence(from);
    if (!from.finished()) return std::nullopt;
    return answered<result<strategy_info>>{std::move(why), std::move(reports)};
  }
  strategy_info info;
  constexpr std::size_t longest = 64;
  info.name = from.text(longest);
  info.version = from.text(longest);
  info.reason = from.text(longest);
  info.abi_minor = from.number<std::uint32_t>();
  info.half_life_days = from.number<double>();
  for (bool* has : {&info.explains, &info.reads_text, &info.asks_weights}) *has = from.flag();
  const bool allowed = rules::is_reason(info.name) && rules::is_visible(info.version) &&
                       rules::is_reason(info.reason) && std::isfinite(info.half_life_days) &&
                       info.half_life_days <= rules::longest_days;
  std::string reports = sentence(from);
  if (!from.finished() || !allowed) return std::nullopt;
  return answered<result<strategy_info>>{std::move(info), std::move(reports)};
}

void put_question(writer& into, kind of, timestamp now, std::span<const dislike* const> rows) {
  into.begin(of);
  into.number(static_cast<std::int64_t>(now.time_since_epoch().count()));
  into.number(static_cast<std::uint32_t>(rows.size()));
  for (const dislike* row : rows) put_dislike(into, *row);
  into.end();
}

std::optional<question> read_question(std::string_view parts, std::vector<dislike>& rows) {
  reader from(parts);
  question asked;
  asked.now = read_time(from);
  asked.rows = from.count(any_length);
  for (std::size_t i = 0; i < asked.rows && !from.failed(); ++i) {
    if (rows.size() == i) rows.emplace_back();
    read_dislike(from, rows[i]);
  }
  if (!from.finished()) return std::nullopt;
  return asked;
}

void put_text(writer& into, std::string_view text) {
  into.begin(kind::fit);
  into.text(text);
  into.end();
}

std::optional<std::string_view> read_text(std::string_view parts) {
  reader from(parts);
  const auto text = from.text(any_length);
  if (!from.finished()) return std::nullopt;
  return text;
}

void put_answers(writer& into, std::span<const result<verdict>> all, std::string_view reports) {
  into.begin(kind::answers);
  into.number(static_cast<std::uint32_t>(all.size()));
  for (const auto& one : all) {
    into.flag(one.has_value());
    if (one)
      put_verdict(into, *one);
    else
      put_fault(into, one.problem());
  }
  put_sentence(into, reports);
  into.end();
}

read_verdicts read_answers(std::string_view parts, std::size_t rows, checked_sink& checked) {
  constexpr const char* expected = "an answer to each dislike";
  reader from(parts);
  answered<std::vector<said<verdict>>> all;
  const auto count = from.number<std::uint32_t>();
  if (count != rows)
    return fault{"sent " + std::to_string(count) + " answers to " + std::to_string(rows) + " dislikes", expected};
  all.said.reserve(rows);
  for (std::size_t i = 0; i < rows && !from.failed(); ++i) {
    if (!from.flag()) {
      all.said.emplace_back(read_fault(from));
      continue;
    }
    checked.begin();
    repeat_verdict(from, checked.table());
    // Its process has checked this already; whoever got past that may have got further.
    if (auto wrong = checked.wrong()) return *std::move(wrong);
    all.said.emplace_back(checked.take());
  }
  all.reports = sentence(from);
  if (!from.finished()) return fault{"sent what is no answer", expected};
  return all;
}

void put_explained(writer& into, const result<std::string>& one, std::string_view reports) {
  put_one(into, kind::explained, one, reports, [&](const std::string& text) { put_sentence(into, text); });
}

std::optional<answered<said<std::string>>> read_explained(std::string_view parts) {
  return read_one<std::string>(parts, [](reader& from) {
    constexpr std::size_t longest = 2'000;
    const std::string_view text = from.text(longest);
    if (!is_utf8(text)) from.fail();
    return std::string(text);
  });
}

void put_fits(writer& into, const result<double>& one, std::string_view reports) {
  put_one(into, kind::fits, one, reports, [&](double fits) { into.number(fits); });
}

std::optional<answered<said<double>>> read_fits(std::string_view parts) {
  return read_one<double>(parts, [](reader& from) {
    const auto fits = from.number<double>();
    if (!(fits >= 0.0 && fits <= 1.0)) from.fail();
    return fits + 0.0;
  });
}

void put_weight_question(writer& into, const weight_question& asked) {
  into.begin(kind::weight);
  into.number(static_cast<std::uint32_t>(asked.row));
  into.text(asked.feature);
  into.end();
}

std::optional<weight_question> read_weight_question(std::string_view parts, std::size_t rows) {
  reader from(parts);
  weight_question asked;
  asked.row = from.number<std::uint32_t>();
  asked.feature = from.text(max_feature);
  if (!from.finished() || asked.row >= rows) return std::nullopt;
  return asked;
}

void put_weight(writer& into, double weight) {
  into.begin(kind::weight_is);
  into.number(weight);
  into.end();
}

std::optional<double> read_weight(std::string_view parts) {
  reader from(parts);
  const auto weight = from.number<double>();
  if (!from.finished()) return std::nullopt;
  return weight;
}

void put_movie_question(writer& into, id movie_id) {
  into.begin(kind::movie);
  into.number(movie_id);
  into.end();
}

std::optional<id> read_movie_question(std::string_view parts) {
  reader from(parts);
  const auto movie_id = from.number<id>();
  if (!from.finished()) return std::nullopt;
  return movie_id;
}

void put_movie(writer& into, const movie* row) {
  into.begin(kind::movie_is);
  into.flag(row != nullptr);
  if (row) {
    into.number(row->movie_id);
    into.text(row->movie_title);
    put_names(into, row->genres);
    put_names(into, row->cast);
    put_optional_text(into, row->franchise);
  }
  into.end();
}

std::optional<std::optional<movie>> read_movie(std::string_view parts) {
  reader from(parts);
  std::optional<movie> row;
  if (from.flag()) {
    row.emplace();
    row->movie_id = from.number<id>();
    row->movie_title = from.text(any_length);
    read_names(from, row->genres);
    read_names(from, row->cast);
    read_optional_text(from, row->franchise);
  }
  if (!from.finished()) return std::nullopt;
  return row;
}

}  // namespace demur::plugin::wire
