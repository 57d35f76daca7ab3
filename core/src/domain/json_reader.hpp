#pragma once

#include "domain/json_document.hpp"
#include "domain/json_read.hpp"
#include "domain/rules.hpp"

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace demur {

/// Where a value stands; becomes text only in an error: `candidates[3].genres[0]`.
struct json_place {
  const json_place* outer = nullptr;
  std::string_view name{};  ///< none: an element of an array
  std::size_t index = 0;

  std::string to_string() const;
  static std::string to_string(const json_place* place) { return place ? place->to_string() : std::string(); }
};

class json_reader;

/// A key that an object may have, and how its value gets into the target. A key that need not be given may be null,
/// which says the same as leaving it out.
template <class Target>
struct json_member {
  std::string_view name;
  bool (*read)(json_reader&, json_value, const json_place&, Target&);
  std::string_view required{};  ///< what it must be, in words; empty: it need not be given
};

/// Turns values into fields. Every read returns false when it refuses, and leaves the reason in `problem`.
class json_reader {
public:
  explicit json_reader(const read_context& given) : context(given) {}

  const read_context& context;
  error problem;

  bool read(json_value value, const json_place& place, const rules::text& rule, std::string& into);
  bool read(json_value value, const json_place& place, const rules::integers& rule, std::int64_t& into);
  bool read(json_value value, const json_place& place, const rules::numbers& rule, double& into);
  template <class Rule, class Field>
  bool read(json_value value, const json_place& place, const Rule& rule, std::optional<Field>& into) {
    return read(value, place, rule, into.emplace());
  }
  /// Repeats count once.
  bool names(json_value value, const json_place& place, std::vector<std::string>& into,
             const rules::names& rule = rules::features);
  bool past_time(json_value value, const json_place& place, std::optional<timestamp>& into);
  bool user_id(json_value value, const json_place& place, std::string& into);
  bool reason(json_value value, const json_place& place, std::string& into);
  /// An object with any content, kept as it stands.
  bool free_object(json_value value, const json_place& place, std::string& into);

  /// An array of 1 to rules::max_rows elements. `place` null: the body.
  bool is_row_array(json_value value, const json_place* place);

  /// The one schema of an object: its members.
  template <class Target>
  bool object(json_value value, const json_place* place, std::span<const json_member<Target>> members, Target& into);

  bool refuse(json_value value, const json_place* place, std::string_view allowed);
  bool refuse(json_value value, const json_place& place, std::string_view allowed) {
    return refuse(value, &place, allowed);
  }
  bool refuse_missing(const json_place& place, std::string_view allowed);
  bool refuse_repeated(json_value key, const json_place* place);

private:
  bool refuse_unknown(json_value key, const json_place* place, std::span<const std::string_view> known);
};

template <class Target>
bool json_reader::object(json_value value, const json_place* place, std::span<const json_member<Target>> members,
                         Target& into) {
  if (value.type() != json_kind::object) return refuse(value, place, "an object");
  std::uint64_t seen = 0;
  // Senders keep an order of keys: the next key is looked for behind the last one.
  std::size_t at = 0;
  for (json_value key = value.first(); key != value.next(); key = key.next().next()) {
    const std::string_view name = key.text();
    std::size_t tried = 0;
    while (tried < members.size() && members[at].name != name) {
      at = at + 1 == members.size() ? 0 : at + 1;
      ++tried;
    }
    if (tried == members.size()) {
      std::vector<std::string_view> known;
      for (const auto& member : members) known.push_back(member.name);
      return refuse_unknown(key, place, known);
    }
    if ((seen >> at & 1U) != 0) return refuse_repeated(key, place);
    seen |= std::uint64_t{1} << at;
    const json_value content = key.next();
    const bool left_out = content.type() == json_kind::null && members[at].required.empty();
    if (!left_out && !members[at].read(*this, content, {place, members[at].name}, into)) return false;
  }
  for (std::size_t index = 0; index < members.size(); ++index) {
    if (!members[index].required.empty() && (seen >> index & 1U) == 0)
      return refuse_missing({place, members[index].name}, members[index].required);
  }
  return true;
}

/// For the second place of a json_member: into this field of the target, by this rule.
template <auto Field, const auto& Rule>
inline constexpr auto by_rule = [](json_reader& in, json_value value, const json_place& place, auto& into) {
  return in.read(value, place, Rule, into.*Field);
};
template <auto Field, const auto& Rule = rules::features>
inline constexpr auto as_names = [](json_reader& in, json_value value, const json_place& place, auto& into) {
  return in.names(value, place, into.*Field, Rule);
};
template <auto Field>
inline constexpr auto as_past_time = [](json_reader& in, json_value value, const json_place& place, auto& into) {
  return in.past_time(value, place, into.*Field);
};
template <auto Field>
inline constexpr auto as_user_id = [](json_reader& in, json_value value, const json_place& place, auto& into) {
  return in.user_id(value, place, into.*Field);
};

/// An array of 1 to 1,000 candidates for ranking.
bool read_candidates(json_reader& in, json_value value, const json_place& place, std::vector<rerank_candidate>& into);

/// The document that this thread reads into, one use at a time.
json_document& reading_document();

}  // namespace demur
