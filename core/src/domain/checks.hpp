#pragma once

#include "domain/rules.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Fields that several of the values have which an embedder passes in. `at`: where the value stands, `[3].` or nothing.
namespace demur::checks {

using fault = std::optional<error>;

fault check_text(std::string field, std::string_view value, const rules::text& rule);
fault check_id(std::string field, const std::optional<id>& value, const rules::integers& rule = rules::any_id);
fault check_score(std::string field, const std::optional<double>& value, const rules::numbers& rule = rules::score);
/// An item is known by its id or by its title.
fault check_title(const std::string& at, const std::optional<id>& movie_id, std::string_view title);
/// Repeats count once.
fault check_names(const std::string& at, std::vector<std::string>& genres, std::vector<std::string>& cast,
                  const std::optional<std::string>& franchise);
fault check_directors(const std::string& at, std::vector<std::string>& directors);
fault check_user(std::string field, std::string_view user_id);
fault check_past(std::string field, timestamp value, timestamp now);

}  // namespace demur::checks
