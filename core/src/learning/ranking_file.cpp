#include "learning/ranking_file.hpp"

#include "learning/synced_file.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <utility>
#include <vector>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

constexpr char magic[8] = {'d', 'e', 'm', 'u', 'r', 'r', 'n', 'k'};
constexpr std::uint32_t format = 2;
constexpr std::uint32_t bytes_in_order = 0x01020304;
constexpr std::size_t alignment = 64;

/// What is before the checksum's range.
struct seal {
  char magic[8];
  std::uint32_t format;
  std::uint32_t order;  ///< of the machine's bytes
  std::uint64_t bytes;  ///< of the whole file
  std::uint32_t checksum;
  std::uint32_t unused;
};

/// The small values.
struct counts {
  std::uint64_t items;
  std::uint64_t features;
  std::uint64_t named;       ///< features of all items together
  std::uint64_t name_bytes;  ///< of all features' names together
  std::int64_t trained_through;
  double judges_share;
};

/// What is kept of the options, in this order; another order, or one more, is another `format`. How many threads trained
/// has no part in the outcome.
template <class Ials, class Taste, class Each>
void each_option(Ials& ials, Taste& taste, const Each& each) {
  each(ials.factors), each(ials.alpha0), each(ials.lambda), each(ials.epochs), each(ials.dislike_target);
  each(ials.seed);
  each(taste.overlay_weight), each(taste.overlay_shrink), each(taste.overlay_target), each(taste.overlay_sweeps);
  each(taste.appeal_weight), each(taste.fresh_target), each(taste.fresh_margin), each(taste.neighbour_weight);
  each(taste.neighbour_doubt), each(taste.creator_count), each(taste.reason_count);
}

/// Those that came with format 2.
template <class Taste, class Each>
void each_later_option(Taste& taste, const Each& each) {
  each(taste.opinion_weight), each(taste.opinion_ridge), each(taste.opinion_target);
  each(taste.neighbour_spared);
}

class file_text {
public:
  template <class T>
  void value(const T& one) {
    bytes_.append(reinterpret_cast<const char*>(&one), sizeof one);
  }
  template <class T>
  void part(const T* values, std::size_t count) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment);
    bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(T));
  }
  template <class T>
  void part(std::span<const T> values) {
    part(values.data(), values.size());
  }
  std::string& bytes() { return bytes_; }

private:
  std::string bytes_;
};

/// Goes through a mapped file; what would lie outside of it is empty, and said.
class file_view {
public:
  explicit file_view(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T value() {
    T one{};
    if (const char* at = take(sizeof one, 1)) std::memcpy(&one, at, sizeof one);
    return one;
  }
  template <class T>
  std::span<const T> part(std::uint64_t count) {
    at_ = std::min((at_ + alignment - 1) / alignment * alignment, bytes_.size());
    const char* from = take(sizeof(T), count);
    if (!from) return {};
    return {reinterpret_cast<const T*>(from), static_cast<std::size_t>(count)};
  }
  bool is_whole() const { return whole_ && at_ == bytes_.size(); }

private:
  const char* take(std::size_t size, std::uint64_t count) {
    if (count > (bytes_.size() - at_) / size) {
      whole_ = false;
      return nullptr;
    }
    const char* from = bytes_.data() + at_;
    at_ += size * static_cast<std::size_t>(count);
    return from;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool whole_ = true;
};

class mapped_file {
public:
  mapped_file(void* at, std::size_t bytes) : at_(at), bytes_(bytes) {}
  mapped_file(const mapped_file&) = delete;
  mapped_file& operator=(const mapped_file&) = delete;
  ~mapped_file() { ::munmap(at_, bytes_); }
  std::string_view bytes() const { return {static_cast<const char*>(at_), bytes_}; }

private:
  void* at_;
  std::size_t bytes_;
};

result<std::shared_ptr<const mapped_file>> map(const fs::path& file) {
  const descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (opened.fd < 0) return system_error(file, "open");
  struct ::stat status {};
  if (::fstat(opened.fd, &status) != 0) return system_error(file, "fstat");
  const auto bytes = static_cast<std::size_t>(status.st_size);
  if (bytes < sizeof(seal)) return file_error(file, "found " + std::to_string(bytes) + " bytes, expected more");
  void* at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, opened.fd, 0);
  if (at == MAP_FAILED) return system_error(file, "mmap");
  return std::make_shared<const mapped_file>(at, bytes);
}

void write_features(file_text& out, const item_features& features) {
  std::vector<std::uint64_t> begins{0}, name_ends;
  std::vector<std::uint32_t> all;
  std::string names;
  for (std::size_t item = 0; item < features.items(); ++item) {
    const auto own = features.of(item);
    all.insert(all.end(), own.begin(), own.end());
    begins.push_back(all.size());
  }
  for (std::uint32_t feature = 0; feature < features.features(); ++feature) {
    names += features.name(feature);
    name_ends.push_back(names.size());
  }
  out.part(begins.data(), begins.size());
  out.part(all.data(), all.size());
  out.part(name_ends.data(), name_ends.size());
  out.part(names.data(), names.size());
}

counts counts_of(const ranking_model& made) {
  counts all{made.items.size(), made.features.features(), 0, 0, made.trained_through, made.judges_share};
  for (std::size_t item = 0; item < made.features.items(); ++item) all.named += made.features.of(item).size();
  for (std::uint32_t feature = 0; feature < all.features; ++feature)
    all.name_bytes += made.features.name(feature).size();
  return all;
}

template <class Values>
bool ascends(const Values& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) == values.end();
}

/// False: the numbers lead outside of each other, or what is to be searched is out of order.
bool read_features(file_view& in, const counts& all, item_features& made) {
  const auto begins = in.part<std::uint64_t>(all.items + 1);
  const auto features = in.part<std::uint32_t>(all.named);
  const auto name_ends = in.part<std::uint64_t>(all.features);
  const auto names = in.part<char>(all.name_bytes);
  if (!in.is_whole() || begins.front() != 0 || begins.back() != all.named) return false;
  if (!std::is_sorted(begins.begin(), begins.end()) || !std::is_sorted(name_ends.begin(), name_ends.end()))
    return false;
  if (!name_ends.empty() && name_ends.back() != names.size()) return false;
  if (std::any_of(features.begin(), features.end(), [&](std::uint32_t one) { return one >= all.features; }))
    return false;
  std::vector<std::string> texts;
  texts.reserve(name_ends.size());
  std::uint64_t from = 0;
  for (const std::uint64_t end : name_ends) {
    texts.emplace_back(names.data() + from, names.data() + end);
    from = end;
  }
  if (!ascends(texts)) return false;
  made = item_features(std::move(texts), {begins.begin(), begins.end()}, {features.begin(), features.end()});
  for (std::size_t item = 0; item < made.items(); ++item)
    if (!ascends(made.of(item))) return false;
  return true;
}

bool is_reasonable(const counts& all, const ials_options& ials, const taste_options& taste) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  constexpr int most_sweeps = 1'000;  // each answer does them
  constexpr int most_spared = 10'000;
  return ials.factors > 0 && ials.factors <= 4'096 && taste.opinion_ridge > 0.0F && taste.neighbour_spared > 0 &&
         taste.neighbour_spared <= most_spared && taste.overlay_sweeps >= 0 && taste.overlay_sweeps <= most_sweeps &&
         all.items < most && all.features < most && all.named < most && all.name_bytes < most;
}

result<std::shared_ptr<const ranking_model>> read(const fs::path& file, std::shared_ptr<const mapped_file> mapped) {
  const auto broken = [&] { return file_error(file, "its parts do not fit together"); };
  file_view in(mapped->bytes());
  const auto head = in.value<seal>();
  const auto all = in.value<counts>();
  auto made = std::make_shared<ranking_model>();
  const auto take = [&in]<class Value>(Value& one) { one = in.value<Value>(); };
  each_option(made->ials, made->taste, take);
  if (head.format == format)
    each_later_option(made->taste, take);
  else
    made->taste = taste_options{};  // its items' side is as good as ever
  made->trained_through = all.trained_through;
  made->judges_share = all.judges_share;
  if (!is_reasonable(all, made->ials, made->taste)) return broken();
  const auto d = static_cast<std::uint64_t>(made->ials.factors);
  made->items = in.part<id>(all.items);
  made->factors = in.part<float>(all.items * d);
  made->lengths = in.part<float>(all.items);
  made->appeal = in.part<float>(all.items);
  made->likes = in.part<std::uint32_t>(all.items);
  const auto gram = in.part<float>(d * d);
  const auto mean_user = in.part<float>(d);
  if (!read_features(in, all, made->features) || !ascends(made->items)) return broken();
  made->gram = Eigen::Map<const square_matrix>(gram.data(), made->ials.factors, made->ials.factors);
  made->mean_user = Eigen::Map<const factor_vector>(mean_user.data(), made->ials.factors);
  made->memory = std::move(mapped);
  return std::shared_ptr<const ranking_model>(std::move(made));
}

}  // namespace

result<std::uint32_t> write_ranking(const fs::path& file, const ranking_model& made) {
  file_text out;
  out.value(seal{});
  out.value(counts_of(made));
  const auto put = [&out](const auto& one) { out.value(one); };
  each_option(made.ials, made.taste, put);
  each_later_option(made.taste, put);
  out.part(made.items);
  out.part(made.factors);
  out.part(made.lengths);
  out.part(made.appeal);
  out.part(made.likes);
  out.part(made.gram.data(), static_cast<std::size_t>(made.gram.size()));
  out.part(made.mean_user.data(), static_cast<std::size_t>(made.mean_user.size()));
  write_features(out, made.features);

  std::string& bytes = out.bytes();
  seal head{{}, format, bytes_in_order, bytes.size(), checksum(std::string_view(bytes).substr(sizeof(seal))), 0};
  std::memcpy(head.magic, magic, sizeof magic);
  std::memcpy(bytes.data(), &head, sizeof head);
  if (auto written = write_synced(file, bytes); !written) return std::move(written).problem();
  return head.checksum;
}

result<std::shared_ptr<const ranking_model>> map_ranking(const fs::path& file, std::uint32_t wanted) {
  auto mapped = map(file);
  if (!mapped) return std::move(mapped).problem();
  const std::string_view bytes = (*mapped)->bytes();
  const auto head = file_view(bytes).value<seal>();
  if (std::memcmp(head.magic, magic, sizeof magic) != 0 || head.format < 1 || head.format > format ||
      head.order != bytes_in_order)
    return file_error(file, "found another format, expected demurrnk 1 or 2 of a machine like this one");
  if (head.bytes != bytes.size())
    return file_error(file, "found " + std::to_string(bytes.size()) + " bytes, expected " + std::to_string(head.bytes));
  if (head.checksum != wanted || head.unused != 0 || checksum(bytes.substr(sizeof(seal))) != wanted)
    return file_error(file, "its checksum does not fit its content");
  return read(file, *std::move(mapped));
}

}  // namespace demur::learning
