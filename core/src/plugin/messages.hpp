#pragma once

#include "plugin/checked_sink.hpp"
#include "plugin/fault.hpp"
#include "plugin/strategy.hpp"
#include "plugin/verdict.hpp"
#include "plugin/wire.hpp"

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// What the frames hold. `put` makes a frame; `read` takes one apart that came from the other side, and gives nothing if it
/// is not one of these from end to end. What comes from a plugin's process is believed in nothing: lengths are bounded,
/// sentences made printable, answers checked again.
namespace demur::plugin::wire {

inline constexpr std::size_t max_hello = 16 * 1'024;
inline constexpr std::size_t max_call = 8 * 1'024;     ///< weight and movie
inline constexpr std::size_t max_feature = 4 * 1'024;  ///< that a weight is asked of
inline constexpr std::size_t max_rest = 16 * 1'024;    ///< of answers, beside their rows
inline constexpr std::size_t max_row = 128 * 1'024;    ///< 256 adjustments at their longest

/// What a process is to load.
struct order {
  std::string file;
  std::string shown;  ///< the file that it is a copy of, for sentences
  std::string config;
  std::uint64_t memory_mib = 0;

  friend bool operator==(const order&, const order&) = default;
};
void put(writer& into, const order& what);
std::optional<order> read_order(std::string_view parts);

/// With what was reported meanwhile.
template <class T>
struct answered {
  T said;
  std::string reports;
};

/// The strategy is there, or why it is not. File and digest are not the process's to tell.
void put_hello(writer& into, const result<strategy_info>& made, std::string_view reports);
std::optional<answered<result<strategy_info>>> read_hello(std::string_view parts);

/// Of ask and, with one row, explain: the fields that a plugin sees.
void put_question(writer& into, kind of, timestamp now, std::span<const dislike* const> rows);
struct question {
  timestamp now{};
  std::size_t rows = 0;
};
/// The rows are the first of `rows`; what is there already is written over, for its memory.
std::optional<question> read_question(std::string_view parts, std::vector<dislike>& rows);

void put_text(writer& into, std::string_view text);  ///< of fit
std::optional<std::string_view> read_text(std::string_view parts);

/// What a strategy said to a row or a text; instead of what it should have said, a fault.
template <class T>
using said = std::variant<T, fault>;

void put_answers(writer& into, std::span<const result<verdict>> all, std::string_view reports);
void put_explained(writer& into, const result<std::string>& one, std::string_view reports);
void put_fits(writer& into, const result<double>& one, std::string_view reports);

/// Otherwise: what it sent, for a sentence. Verdicts go through `checked` as if they were being said here.
using read_verdicts = std::variant<answered<std::vector<said<verdict>>>, fault>;
read_verdicts read_answers(std::string_view parts, std::size_t rows, checked_sink& checked);
std::optional<answered<said<std::string>>> read_explained(std::string_view parts);
std::optional<answered<said<double>>> read_fits(std::string_view parts);

struct weight_question {
  std::size_t row = 0;  ///< its place in the batch
  std::string_view feature;
};
void put_weight_question(writer& into, const weight_question& asked);
std::optional<weight_question> read_weight_question(std::string_view parts, std::size_t rows);
void put_weight(writer& into, double weight);
std::optional<double> read_weight(std::string_view parts);

void put_movie_question(writer& into, id movie_id);
std::optional<id> read_movie_question(std::string_view parts);
/// Null: there is no such row.
void put_movie(writer& into, const movie* row);
std::optional<std::optional<movie>> read_movie(std::string_view parts);

}  // namespace demur::plugin::wire
