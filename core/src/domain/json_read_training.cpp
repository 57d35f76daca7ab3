#include "domain/feature.hpp"
#include "domain/json_read.hpp"
#include "domain/json_reader.hpp"

#include <array>
#include <span>
#include <utility>

namespace demur {

namespace {

using reader = json_reader;
using value = json_value;
using place = json_place;

constexpr rules::integers epochs{0, 1'000'000'000, "an integer from 0 to 1000000000"};
constexpr rules::numbers finite{-1e300, 1e300, false, "a number"};
constexpr rules::numbers seconds{0.0, 1e9, false, "a number of seconds"};
/// exp(20) is further than any weight should go; what is beyond is a mistake.
constexpr rules::numbers log_weight{-20.0, 20.0, false, "a number from -20 to 20"};
constexpr rules::text hash{1, 200, false, "1 to 200 characters, none of them a control character"};
constexpr rules::text sentence{1, 1'000, false, "1 to 1,000 characters, none of them a control character"};
constexpr rules::text file{1, 255, false, "the name of a file in the training's folder"};

/// A table of numbers by names that `fits` allows.
template <class Table>
bool numbers_by_name(reader& in, value v, const place& at, const rules::numbers& rule, std::string_view allowed_name,
                     bool (*fits)(std::string_view), Table& into) {
  if (v.type() != json_kind::object) return in.refuse(v, at, "an object of numbers");
  for (value key = v.first(); key != v.next(); key = key.next().next()) {
    const place member{&at, key.text()};
    if (!rules::obeys(key.text(), rules::title) || !fits(key.text())) return in.refuse(key, member, allowed_name);
    const auto [entry, is_new] = into.try_emplace(std::string(key.text()));
    if (!is_new) return in.refuse_repeated(key, &at);
    if (!in.read(key.next(), member, rule, entry->second)) return false;
  }
  return true;
}

bool is_feature(std::string_view name) { return !family_of(name).empty() && !value_of(name).empty(); }
bool is_any(std::string_view) { return true; }

constexpr std::array<json_member<training_progress>, 5> progress_members{{
    {"phase",
     [](reader& in, value v, const place& at, training_progress& to) {
       const auto phase = v.type() == json_kind::string ? training_phase_of(v.text()) : std::nullopt;
       if (!phase) return in.refuse(v, at, "waiting, reading, training, evaluating or exporting");
       to.phase = *phase;
       return true;
     }},
    {"epoch", by_rule<&training_progress::epoch, epochs>},
    {"epochs", by_rule<&training_progress::epochs, epochs>},
    {"loss", by_rule<&training_progress::loss, finite>},
    {"eta_s", by_rule<&training_progress::eta_s, seconds>},
}};

struct result_row : training_result {
  bool has_metrics = false;
};

constexpr std::array<json_member<result_row>, 6> result_members{{
    {"error", by_rule<&result_row::error, sentence>},
    {"metrics",
     [](reader& in, value v, const place& at, result_row& to) {
       to.has_metrics = true;
       return numbers_by_name(in, v, at, finite, rules::title.allowed, is_any, to.metrics);
     }},
    {"shared_log_weights",
     [](reader& in, value v, const place& at, result_row& to) {
       return numbers_by_name(in, v, at, log_weight, "a feature, like genre:Horror", is_feature,
                              to.shared_log_weights.emplace());
     }},
    {"data_hash", by_rule<&result_row::data_hash, hash>},
    {"rejection", by_rule<&result_row::rejection, sentence>},
    {"model",
     [](reader& in, value v, const place& at, result_row& to) {
       if (!in.read(v, at, file, to.model)) return false;
       const bool is_plain = to.model.find('/') == std::string::npos && to.model != "." && to.model != "..";
       return is_plain || in.refuse(v, at, file.allowed);
     }},
}};

bool complete(json_reader&, const training_progress&) { return true; }

bool complete(json_reader& in, const result_row& row) {
  if (!row.error.empty() && row.has_metrics)
    in.problem = rules::refusal("error", "given beside metrics", "either error or metrics");
  else if (row.error.empty() && !row.has_metrics)
    in.problem = rules::missing("metrics", "an object of numbers");
  else
    return true;
  return false;
}

template <class Target>
result<Target> read_whole(std::string_view json, std::span<const json_member<Target>> members) {
  json_document& document = reading_document();
  if (auto failure = document.parse(json)) return std::move(*failure);
  const read_context nobody;
  json_reader in(nobody);
  Target read;
  if (!in.object(document.root(), nullptr, members, read) || !complete(in, read)) return std::move(in.problem);
  return read;
}

}  // namespace

result<training_progress> read_training_progress(std::string_view json) {
  return read_whole<training_progress>(json, progress_members);
}

result<training_result> read_training_result(std::string_view json) {
  auto read = read_whole<result_row>(json, result_members);
  if (!read) return std::move(read).problem();
  return training_result(*std::move(read));
}

}  // namespace demur
