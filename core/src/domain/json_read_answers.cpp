#include "domain/json_reader.hpp"
#include "domain/json_write.hpp"
#include "domain/problem.hpp"

#include <array>
#include <limits>
#include <span>
#include <utility>

namespace demur {

namespace {

using reader = json_reader;
using value = json_value;
using place = json_place;

// What we wrote needs no limits, only its form back.
constexpr rules::integers integer{std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max(),
                                  "an integer"};
constexpr rules::numbers number{-std::numeric_limits<double>::max(), std::numeric_limits<double>::max(), false,
                                "a number"};
constexpr std::string_view given = "given";

template <auto Field>
constexpr auto as_text = [](reader& in, value v, const place& at, auto& to) {
  if (v.type() != json_kind::string) return in.refuse(v, at, "a text");
  to.*Field = v.text();
  return true;
};

template <auto Field>
constexpr auto as_truth = [](reader& in, value v, const place& at, auto& to) {
  if (v.type() != json_kind::boolean) return in.refuse(v, at, "true or false");
  to.*Field = v.truth();
  return true;
};

constexpr std::array<json_member<impact>, 6> impact_members{{
    {"impact_id", by_rule<&impact::impact_id, integer>, given},
    {"impact_type", as_text<&impact::impact_type>, given},
    {"feature_affected", as_text<&impact::feature_affected>, given},
    {"adjustment_magnitude", by_rule<&impact::adjustment_magnitude, number>, given},
    {"weight_before", by_rule<&impact::weight_before, number>, given},
    {"weight_after", by_rule<&impact::weight_after, number>, given},
}};

constexpr std::array<json_member<pattern>, 7> pattern_members{{
    {"pattern_id", by_rule<&pattern::pattern_id, integer>, given},
    {"user_id", as_text<&pattern::user_id>},
    {"pattern_type", as_text<&pattern::pattern_type>, given},
    {"pattern_value", as_text<&pattern::pattern_value>, given},
    {"frequency", by_rule<&pattern::frequency, integer>, given},
    {"severity",
     [](reader& in, value v, const place& at, pattern& to) {
       const auto level = v.type() == json_kind::string ? severity_of(v.text()) : std::nullopt;
       if (!level) return in.refuse(v, at, "none, low, medium or high");
       to.severity = *level;
       return true;
     },
     given},
    {"identified_at",
     [](reader& in, value v, const place& at, pattern& to) {
       const auto time = v.type() == json_kind::string ? parse_time(v.text()) : std::nullopt;
       if (!time) return in.refuse(v, at, "an RFC 3339 time");
       to.identified_at = *time;
       return true;
     },
     given},
}};

template <class Row>
bool read_list(reader& in, value v, const place& at, std::span<const json_member<Row>> members,
               std::vector<Row>& into) {
  if (v.type() != json_kind::array) return in.refuse(v, at, "an array");
  into.reserve(v.size());
  place element{&at};
  for (value row = v.first(); row != v.next(); row = row.next(), ++element.index) {
    if (!in.object(row, &element, members, into.emplace_back())) return false;
  }
  return true;
}

// What came with a later version may be missing in a receipt that was kept by an earlier one.
constexpr std::array<json_member<receipt>, 12> receipt_members{{
    {"dislike_id", by_rule<&receipt::dislike_id, integer>, given},
    {"user_id", as_text<&receipt::user_id>, given},
    {"example_id", by_rule<&receipt::example_id, integer>},
    {"weight", by_rule<&receipt::weight, number>},
    {"strategy", as_text<&receipt::strategy>},
    {"strategy_version", as_text<&receipt::strategy_version>},
    {"adjustments",
     [](reader& in, value v, const place& at, receipt& to) {
       return read_list<impact>(in, v, at, impact_members, to.adjustments);
     },
     given},
    {"adjustment_pending", as_truth<&receipt::adjustment_pending>},
    {"filtered", as_truth<&receipt::filtered>, given},
    {"patterns",
     [](reader& in, value v, const place& at, receipt& to) {
       return read_list<pattern>(in, v, at, pattern_members, to.patterns);
     },
     given},
    {"retraining_triggered", as_truth<&receipt::retraining_triggered>, given},
    {"model_version_id", by_rule<&receipt::model_version_id, integer>, given},
}};

bool read_receipt_value(reader& in, value v, const place* at, receipt& into) {
  if (!in.object<receipt>(v, at, receipt_members, into)) return false;
  for (impact& adjustment : into.adjustments) {
    adjustment.dislike_id = into.dislike_id;
    adjustment.model_version_id = into.model_version_id;
  }
  return true;
}

/// The title and the status follow from the type.
constexpr auto not_needed = [](reader&, value, const place&, error&) { return true; };

constexpr std::array<json_member<error>, 7> problem_members{{
    {"type",
     [](reader& in, value v, const place& at, error& to) {
       const auto code = v.type() == json_kind::string ? code_of_problem(v.text()) : std::nullopt;
       if (!code) return in.refuse(v, at, "the type of a problem");
       to.code = *code;
       return true;
     },
     given},
    {"title", not_needed},
    {"status", not_needed},
    {"detail", as_text<&error::detail>},
    {"field", as_text<&error::field>},
    {"found", as_text<&error::found>},
    {"allowed", as_text<&error::allowed>},
}};

struct batch_row {
  std::int64_t status = 0;
  std::optional<demur::receipt> receipt;
  std::optional<error> problem;
};

constexpr std::array<json_member<batch_row>, 3> row_members{{
    {"status", by_rule<&batch_row::status, integer>, given},
    {"receipt", [](reader& in, value v, const place& at,
                   batch_row& to) { return read_receipt_value(in, v, &at, to.receipt.emplace()); }},
    {"problem", [](reader& in, value v, const place& at,
                   batch_row& to) { return in.object<error>(v, &at, problem_members, to.problem.emplace()); }},
}};

struct batch_answer {
  std::vector<batch_row> rows;
};

constexpr std::array<json_member<batch_answer>, 1> batch_members{{
    {"results",
     [](reader& in, value v, const place& at, batch_answer& to) {
       return read_list<batch_row>(in, v, at, row_members, to.rows);
     },
     given},
}};

}  // namespace

result<receipt> read_receipt(std::string_view json) {
  json_document& document = reading_document();
  if (auto failure = document.parse(json)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  receipt read;
  if (!read_receipt_value(in, document.root(), nullptr, read)) return std::move(in.problem);
  return read;
}

result<std::vector<result<receipt>>> read_batch(std::string_view json) {
  json_document& document = reading_document();
  if (auto failure = document.parse(json)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  batch_answer answer;
  if (!in.object<batch_answer>(document.root(), nullptr, batch_members, answer)) return std::move(in.problem);
  std::vector<result<receipt>> rows;
  rows.reserve(answer.rows.size());
  for (batch_row& row : answer.rows) {
    if (row.receipt.has_value() == row.problem.has_value())
      return rules::refusal("results", "a row without either", "either a receipt or a problem in each row");
    if (row.receipt) {
      rows.emplace_back(std::move(*row.receipt));
    } else {
      rows.emplace_back(std::move(*row.problem));
    }
  }
  return rows;
}

}  // namespace demur
