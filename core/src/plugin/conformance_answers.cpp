#include "domain/text.hpp"
#include "plugin/conformance_steps.hpp"
#include "plugin/trial_dislikes.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace demur::plugin {

namespace {

constexpr std::size_t usual_rows = 200;
constexpr std::size_t quick_rows = 40;

/// All that a strategy says to a dislike. Faults are compared too: what fails must do so each time.
struct everything_said {
  std::string failed;
  verdict answer;
  std::string explained;
  double fits = 0.0;

  friend bool operator==(const everything_said&, const everything_said&) = default;
};

std::string number_in_words(double number) { return plugin::in_words(number); }

std::string in_words(const everything_said& said) {
  if (!said.failed.empty()) return said.failed;
  std::string words;
  for (const adjustment& one : said.answer.adjustments)
    words += (words.empty() ? "" : ", ") + one.feature + " " + number_in_words(one.magnitude);
  if (words.empty()) words = "no adjustment";
  if (said.answer.filter_item) words += ", hidden";
  if (said.answer.training_factor != 1.0) words += ", factor " + number_in_words(said.answer.training_factor);
  return words;
}

everything_said ask(strategy& asked, const dislike& row) {
  const services offered = trial_services();
  everything_said said;
  auto answer = asked.adjust(row, offered);
  if (answer)
    said.answer = *std::move(answer);
  else
    said.failed = answer.problem().found;
  if (asked.info().explains) {
    auto explained = asked.explain(row, offered);
    said.explained = explained ? *std::move(explained) : explained.problem().found;
  }
  if (asked.info().reads_text) {
    const auto fits = asked.fit(row.feedback_text.value_or(""));
    said.fits = fits ? *fits : -1.0;
  }
  return said;
}

/// What of an answer is not as plugin.h allows. Adds up the adjustments.
std::optional<fault> check_answer(strategy& asked, const dislike& row, const services& offered,
                                  std::size_t& adjustments) {
  const auto answer = asked.adjust(row, offered);
  if (!answer) return fault_of(answer.problem());
  adjustments += answer->adjustments.size();
  if (asked.info().explains)
    if (const auto said = asked.explain(row, offered); !said) return when("explain", fault_of(said.problem()));
  if (asked.info().reads_text)
    if (const auto fits = asked.fit(row.feedback_text.value_or("")); !fits)
      return when("fit", fault_of(fits.problem()));
  return std::nullopt;
}

std::string named(const dislike& row) { return "dislike " + std::to_string(row.dislike_id) + " of the trial"; }

/// The first dislike to which the second answer is not the first.
std::optional<fault> compare(std::span<const dislike> rows, const std::vector<everything_said>& first,
                             const std::vector<everything_said>& second, const std::string& circumstances) {
  const auto [one, other] = std::ranges::mismatch(first, second);
  if (one == first.end()) return std::nullopt;
  const auto place = static_cast<std::size_t>(one - first.begin());
  return fault{"answers " + named(rows[place]) + " with " + excerpt(in_words(*one)) + ", but " + circumstances +
                   " with " + excerpt(in_words(*other)),
               "the same answer to the same dislike, bit for bit"};
}

std::vector<everything_said> ask_all(strategy& asked, std::span<const dislike> rows,
                                     std::span<const std::size_t> order) {
  std::vector<everything_said> all(rows.size());
  for (const std::size_t place : order) all[place] = ask(asked, rows[place]);
  return all;
}

/// The batch form against one by one.
std::optional<fault> compare_batch(strategy& asked, std::span<const dislike> rows,
                                   const std::vector<everything_said>& singly) {
  std::vector<const dislike*> together;
  for (const dislike& row : rows) together.push_back(&row);
  asked.ask(together, trial_services());
  std::vector<everything_said> all = singly;
  const auto answers = asked.answers();
  for (std::size_t i = 0; i < answers.size(); ++i) {
    all[i].answer = answers[i] ? *answers[i] : verdict{};
    all[i].failed = answers[i] ? "" : answers[i].problem().found;
  }
  return compare(rows, singly, all, "in a batch");
}

}  // namespace

finding check_bounds(test_subject& subject) {
  auto made = make_strategy(subject);
  if (!made) return fail(fault_of(made.problem()));
  const auto rows = trial_dislikes(subject.count(usual_rows, quick_rows), subject.reason);
  const services offered = trial_services();
  std::size_t adjustments = 0;
  for (const dislike& row : rows) {
    if (auto wrong = check_answer(**made, row, offered, adjustments)) return fail(when(named(row), *std::move(wrong)));
  }
  return pass("gave " + std::to_string(adjustments) + " adjustments for " + std::to_string(rows.size()) + " dislikes");
}

finding check_determinism(test_subject& subject) {
  auto one = make_strategy(subject);
  auto other = make_strategy(subject);
  if (!one || !other) return fail(fault_of(!one ? one.problem() : other.problem()));
  const auto rows = trial_dislikes(subject.count(usual_rows, quick_rows), subject.reason);
  std::vector<std::size_t> forth(rows.size());
  std::iota(forth.begin(), forth.end(), 0);
  // Every seventh, and so on round: neither of the two numbers of rows is a multiple of seven.
  std::vector<std::size_t> mixed(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) mixed[i] = (i * 7 + 3) % rows.size();

  const auto first = ask_all(**one, rows, forth);
  if (auto wrong = compare(rows, first, ask_all(**one, rows, forth), "the second time")) return fail(*std::move(wrong));
  if (auto wrong = compare(rows, first, ask_all(**other, rows, forth), "another instance"))
    return fail(*std::move(wrong));
  if (auto wrong = compare(rows, first, ask_all(**other, rows, mixed), "in another order"))
    return fail(*std::move(wrong));
  if (auto wrong = compare_batch(**one, rows, first)) return fail(*std::move(wrong));
  return pass("answered " + std::to_string(rows.size()) + " dislikes alike, five times");
}

finding check_hostile_inputs(test_subject& subject) {
  auto made = make_strategy(subject);
  if (!made) return fail(fault_of(made.problem()));
  const auto all = hostile_dislikes(subject.reason);
  std::size_t adjustments = 0;
  for (const hostile_dislike& one : all) {
    auto wrong = check_answer(**made, one.row, trial_services(one.row.created_at), adjustments);
    // What no host sends it may refuse, but not by an exception.
    if (wrong && (one.may_come || wrong->found.starts_with("threw "))) return fail(when(one.what, *std::move(wrong)));
  }
  return pass("gave " + std::to_string(adjustments) + " adjustments for " + std::to_string(all.size()) + " of them");
}

}  // namespace demur::plugin
