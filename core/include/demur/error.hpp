#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace demur {

/// Why something was refused or failed. One line each; the web room maps each to one HTTP status.
enum class error_code {
  malformed,    ///< not parsable at all (HTTP 400)
  no_identity,  ///< no usable user id (401)
  not_found,    ///< no such thing (404)
  bad_method,   ///< the path exists, the method does not (405)
  conflict,     ///< the state does not allow it now (409)
  too_large,    ///< over a size limit (413)
  bad_media,    ///< a content type we do not take (415)
  bad_value,    ///< a field's value is not allowed (422)
  too_many,     ///< this sender has too much waiting (429 with Retry-After)
  overloaded,   ///< a queue is full, try later (503 with Retry-After)
  unavailable,  ///< the store or the pipeline is down; `detail` says what that means (503 with Retry-After)
  internal,     ///< our fault (500)
};

/// An error as a value: a sentence, and where a field is to blame, what was found there and what is allowed.
struct error {
  error_code code = error_code::internal;
  std::string detail;   ///< one sentence for a person
  std::string field;    ///< JSON pointer-like name (`genres[3]`, `X-User-ID`), empty if none
  std::string found;    ///< what stood there, shortened to a readable length
  std::string allowed;  ///< what may stand there
  std::optional<std::chrono::seconds> retry_after = std::nullopt;

  friend bool operator==(const error&, const error&) = default;
};

/// A value or the error that stands in its place; std::expected is not in C++20.
/// Reading the side that is not there throws std::bad_variant_access.
template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error problem) : state_(std::in_place_index<1>, std::move(problem)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const error& problem() const& { return std::get<1>(state_); }
  error&& problem() && { return std::get<1>(std::move(state_)); }

private:
  std::variant<T, error> state_;
};

/// For functions that have nothing to return but success.
struct done {
  friend bool operator==(const done&, const done&) = default;
};

}  // namespace demur
