#include "domain/feature.hpp"

#include <charconv>
#include <system_error>

namespace demur {

namespace {

constexpr std::string_view movie_family = "movie";
constexpr std::string_view title_family = "title";

}  // namespace

std::string feature_name(std::string_view family, std::string_view value) {
  std::string name;
  name.reserve(family.size() + 1 + value.size());
  return name.append(family).append(1, ':').append(value);
}

std::string_view family_of(std::string_view feature) { return feature.substr(0, feature.find(':')); }

std::string_view value_of(std::string_view feature) {
  const std::size_t colon = feature.find(':');
  return colon == std::string_view::npos ? std::string_view{} : feature.substr(colon + 1);
}

std::vector<std::string> features_of(const std::vector<std::string>& genres, const std::vector<std::string>& cast,
                                     const std::optional<std::string>& franchise) {
  std::vector<std::string> features;
  features.reserve(genres.size() + cast.size() + 1);
  for (const auto& genre : genres) features.push_back(feature_name("genre", genre));
  for (const auto& member : cast) features.push_back(feature_name("cast", member));
  if (franchise) features.push_back(feature_name("franchise", *franchise));
  return features;
}

std::vector<std::string> features_of(const movie& item) { return features_of(item.genres, item.cast, item.franchise); }

std::string item_feature(const std::optional<id>& movie_id, std::string_view movie_title) {
  return movie_id ? feature_name(movie_family, std::to_string(*movie_id)) : feature_name(title_family, movie_title);
}

bool is_item(std::string_view feature) {
  const std::string_view family = family_of(feature);
  return family.size() < feature.size() && (family == movie_family || family == title_family);
}

std::optional<id> movie_of(std::string_view feature) {
  if (family_of(feature) != movie_family) return std::nullopt;
  const std::string_view digits = value_of(feature);
  id movie_id = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), movie_id);
  if (digits.empty() || failure != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return movie_id;
}

std::optional<std::string_view> title_of(std::string_view feature) {
  if (family_of(feature) != title_family || feature.size() == title_family.size()) return std::nullopt;
  return value_of(feature);
}

}  // namespace demur
