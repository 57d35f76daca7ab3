#include "domain/json_reader.hpp"

#include "domain/json_write.hpp"
#include "domain/nearest.hpp"
#include "domain/text.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>
#include <utility>

namespace demur {

namespace {

std::string shown(json_value value) {
  std::string found = excerpt(value.raw());
  if (value.type() != json_kind::string) return found;
  const std::size_t characters = count_characters(value.text());
  if (characters > 60) found += " (" + std::to_string(characters) + " characters)";
  return found;
}

/// Exact, as Boost's own conversion is not.
std::optional<double> as_double(json_value value) {
  const std::string_view text = value.raw();
  double read = 0.0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), read);
  if (failure == std::errc{}) return read + 0.0;  // -0 becomes 0
  if (failure == std::errc::result_out_of_range && value.is_small()) return 0.0;
  return std::nullopt;
}

}  // namespace

std::string json_place::to_string() const {
  std::string path = to_string(outer);
  if (name.data() == nullptr) return path + "[" + std::to_string(index) + "]";
  if (!path.empty()) path += ".";
  return path + excerpt(name);
}

bool json_reader::refuse(json_value value, const json_place* place, std::string_view allowed) {
  problem = rules::refusal(json_place::to_string(place), shown(value), allowed);
  return false;
}

bool json_reader::refuse_missing(const json_place& place, std::string_view allowed) {
  problem = rules::missing(place.to_string(), allowed);
  return false;
}

bool json_reader::refuse_repeated(json_value key, const json_place* place) {
  const json_place twice{place, key.text()};
  const std::string field = twice.to_string();
  problem = {error_code::bad_value, field + " is there twice; a key may stand once in an object.", field,
             "the same key twice", "every key once"};
  return false;
}

bool json_reader::refuse_unknown(json_value key, const json_place* place, std::span<const std::string_view> known) {
  const std::string field = json_place{place, key.text()}.to_string();
  const std::string meant = nearest(key.text(), known);
  std::string allowed;
  if (key.text() == "user_id") {
    allowed = "the user in the header X-User-ID";
  } else if (!meant.empty()) {
    allowed = meant;
  } else {
    for (const std::string_view name : known) allowed.append(allowed.empty() ? "" : ", ").append(name);
  }
  std::string sentence = "There is no field " + field + "; ";
  sentence += meant.empty() || key.text() == "user_id" ? "allowed is " + allowed + "." : "did you mean " + meant + "?";
  problem = {error_code::bad_value, std::move(sentence), field, shown(key), std::move(allowed)};
  return false;
}

bool json_reader::read(json_value value, const json_place& place, const rules::text& rule, std::string& into) {
  if (value.type() != json_kind::string || !rules::obeys(value.text(), rule)) return refuse(value, place, rule.allowed);
  into = value.text();
  return true;
}

bool json_reader::names(json_value value, const json_place& place, std::vector<std::string>& into,
                        const rules::names& rule) {
  if (value.type() != json_kind::array) return refuse(value, place, "an array of names");
  into.reserve(std::min(value.size(), rule.most));
  json_place element{&place};
  for (json_value name = value.first(); name != value.next(); name = name.next(), ++element.index) {
    if (name.type() != json_kind::string || !rules::obeys(name.text(), rules::name))
      return refuse(name, element, rules::name.allowed);
    if (!rules::add_name(into, name.text(), rule)) {
      problem = rules::refusal(place.to_string(), std::string(rule.too_many), rule.allowed);
      return false;
    }
  }
  return true;
}

bool json_reader::read(json_value value, const json_place& place, const rules::integers& rule, std::int64_t& into) {
  const std::string_view raw = value.raw();
  const char* const end = raw.data() + raw.size();
  if (value.type() != json_kind::number) return refuse(value, place, rule.allowed);
  const auto [stop, failure] = std::from_chars(raw.data(), end, into);
  // 5.0 and 5e0 stop at the point and the e: an id is written as one.
  if (failure != std::errc{} || stop != end || !rules::obeys(into, rule)) return refuse(value, place, rule.allowed);
  return true;
}

bool json_reader::read(json_value value, const json_place& place, const rules::numbers& rule, double& into) {
  const std::optional<double> read = value.type() == json_kind::number ? as_double(value) : std::nullopt;
  if (!read || !rules::obeys(*read, rule)) return refuse(value, place, rule.allowed);
  into = *read;
  return true;
}

bool json_reader::past_time(json_value value, const json_place& place, std::optional<timestamp>& into) {
  if (value.type() == json_kind::string) into = parse_time(value.text());
  if (!into || !rules::is_past(*into, context.now)) return refuse(value, place, rules::allowed_time);
  return true;
}

bool json_reader::user_id(json_value value, const json_place& place, std::string& into) {
  if (value.type() != json_kind::string) return refuse(value, place, rules::allowed_user);
  if (!rules::is_visible(value.text())) {
    problem = rules::no_identity(place.to_string(), shown(value));
    return false;
  }
  into = value.text();
  return true;
}

bool json_reader::reason(json_value value, const json_place& place, std::string& into) {
  if (value.type() != json_kind::string || !rules::is_reason(value.text()))
    return refuse(value, place, rules::allowed_reason);
  into = value.text();
  return true;
}

bool json_reader::free_object(json_value value, const json_place& place, std::string& into) {
  if (value.type() != json_kind::object || value.raw().size() > rules::max_context)
    return refuse(value, place, rules::allowed_context);
  if (const auto key = repeated_key(value)) return refuse_repeated(*key, &place);
  into = value.raw();
  return true;
}

bool json_reader::is_row_array(json_value value, const json_place* place) {
  if (value.type() != json_kind::array) return refuse(value, place, rules::allowed_rows);
  if (value.size() >= 1 && value.size() <= rules::max_rows) return true;
  problem =
      rules::refusal(json_place::to_string(place), "an array of " + std::to_string(value.size()), rules::allowed_rows);
  return false;
}

json_document& reading_document() {
  thread_local json_document document;
  return document;
}

}  // namespace demur
