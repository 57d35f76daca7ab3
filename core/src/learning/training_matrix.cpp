#include "learning/training_matrix.hpp"

#include "domain/digest.hpp"
#include "domain/feature.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <utility>

namespace demur::learning {

namespace {

/// FNV-1a over texts and numbers, each with its end.
class running_digest {
public:
  void add(std::string_view text) {
    for (const char letter : text) add_byte(static_cast<unsigned char>(letter));
    add_byte(0xff);  // in no UTF-8
  }
  void add(std::int64_t number) {
    for (int shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
  }
  std::string text() const {
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), hash_, 16).ptr;
    return "fnv1a64:" + std::string(digits.data(), end);
  }

private:
  void add_byte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x00000100000001b3; }
  std::uint64_t hash_ = 0xcbf29ce484222325;
};

std::vector<std::string> names_of(const movie& row) {
  std::vector<std::string> names = features_of(row);
  for (const std::string& director : row.directors) names.push_back(feature_name("director", director));
  return names;
}

/// Opinions as they come, sorted by user and movie, with the movies still by their ids.
class collector {
public:
  collector(training_matrix& into, const opinion_fading& as, double judging_share)
      : into_(into), as_(as), judging_share_(judging_share) {}

  void take(const training_opinion& said) {
    into_.trained_through = std::max(into_.trained_through, said.dislike_id);
    digest_.add(said.user_id);
    digest_.add(said.movie_id);
    digest_.add(static_cast<std::int64_t>(said.kind));
    digest_.add(said.created_at.time_since_epoch().count());
    digest_.add(said.dislike_id);
    digest_.add(std::bit_cast<std::int64_t>(said.weight));
    if (said.user_id != user_id_) {
      end_user();
      user_id_ = said.user_id;
    }
    if (said.kind == opinion_kind::seen) return;
    const float entry = entry_of(said, as_);
    // The newest of a pair comes last, and counts.
    if (!row_.empty() && row_.back().first == said.movie_id)
      row_.back().second = entry;
    else
      row_.emplace_back(said.movie_id, entry);
  }

  void take(const movie& row) {
    catalogue_.push_back(row.movie_id);
    names_.push_back(names_of(row));
    digest_.add(row.movie_id);
    for (const std::string& name : names_.back()) digest_.add(name);
  }

  void finish() {
    end_user();
    number_items();
    into_.data_hash = digest_.text();
  }

private:
  void end_user() {
    std::erase_if(row_, [](const auto& said) { return said.second == 0.0F; });
    if (row_.empty()) return;
    if (judges(user_id_, judging_share_)) {
      into_.judges.push_back({user_id_, std::move(row_)});
    } else {
      movies_.reserve(movies_.size() + row_.size());
      for (const auto& [movie_id, entry] : row_) {
        movies_.push_back(movie_id);
        entries_.push_back(entry);
      }
      ends_.push_back(movies_.size());
    }
    row_.clear();
  }

  void number_items() {
    std::vector<id>& items = into_.items;
    items = movies_;
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    items.insert(items.end(), catalogue_.begin(), catalogue_.end());
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());

    into_.by_user = interactions(items.size());
    std::size_t at = 0;
    for (const std::size_t end : ends_) {
      for (; at < end; ++at) {
        into_.by_user.add({number_of(movies_[at]), entries_[at]});
        ++(entries_[at] > 0.0F ? into_.likes : into_.dislikes);
      }
      into_.by_user.end_row();
    }
    std::vector<std::vector<std::string>> names(items.size());
    for (std::size_t k = 0; k < catalogue_.size(); ++k) names[number_of(catalogue_[k])] = std::move(names_[k]);
    into_.features = item_features(names);
  }

  std::uint32_t number_of(id movie_id) const {
    const auto place = std::lower_bound(into_.items.begin(), into_.items.end(), movie_id);
    return static_cast<std::uint32_t>(place - into_.items.begin());
  }

  training_matrix& into_;
  const opinion_fading& as_;
  double judging_share_;
  running_digest digest_;
  std::string user_id_;
  std::vector<std::pair<id, float>> row_;  ///< of the user that is read
  std::vector<id> movies_;                 ///< of the entries of those before him
  std::vector<float> entries_;
  std::vector<std::size_t> ends_;
  std::vector<id> catalogue_;
  std::vector<std::vector<std::string>> names_;
};

}  // namespace

result<training_matrix> read_training_matrix(const training_set& data, const opinion_fading& as, double judging_share) {
  training_matrix made;
  collector all(made, as, judging_share);
  if (auto read = data.each_movie([&](const movie& row) { all.take(row); }); !read) return std::move(read).problem();
  if (auto read = data.each_opinion([&](const training_opinion& said) { all.take(said); }); !read)
    return std::move(read).problem();
  all.finish();
  return made;
}

}  // namespace demur::learning
