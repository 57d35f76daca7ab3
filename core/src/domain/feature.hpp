#pragma once

#include <demur/types.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How features are named: `family:value`.
namespace demur {

/// The feature under which a user's own dislikes are counted; see reason_state.
inline constexpr std::string_view tally_feature = "dislikes";

std::string feature_name(std::string_view family, std::string_view value);
std::string_view family_of(std::string_view feature);
std::string_view value_of(std::string_view feature);

/// Of an item: genre:..., cast:..., franchise:...; in this order.
std::vector<std::string> features_of(const std::vector<std::string>& genres, const std::vector<std::string>& cast,
                                     const std::optional<std::string>& franchise);
std::vector<std::string> features_of(const movie& item);

/// What identifies an item: `movie:12`, or where it has no id `title:The Title`.
std::string item_feature(const std::optional<id>& movie_id, std::string_view movie_title);
bool is_item(std::string_view feature);
/// The id in `movie:12`; nothing for any other feature.
std::optional<id> movie_of(std::string_view feature);
/// The title in `title:The Title`; nothing for any other feature.
std::optional<std::string_view> title_of(std::string_view feature);

}  // namespace demur
