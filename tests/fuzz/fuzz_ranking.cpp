#include "learning/ranking_file.hpp"
#include "learning/recommending.hpp"
#include "learning/synced_file.hpp"

#include <demur/trainer.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

// A ranking file is changed here and there, and its size and checksum are made to fit: the reader refuses it with a
// sentence, or makes a model of it from which anybody can be served. The input is a list of changes: where (two bytes), how
// many bytes go, how many come in their place, and those.
namespace {

using namespace demur;
using namespace demur::learning;

void must(bool kept) {
  if (!kept) std::abort();
}

/// Has a name by which it is opened, and is gone with the process.
class memory_file {
public:
  memory_file() : opened_(::memfd_create("ranking", MFD_CLOEXEC)) { must(opened_.fd >= 0); }
  const std::filesystem::path& path() const { return path_; }
  void write(std::string_view bytes) const { std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes; }
  std::string bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

private:
  descriptor opened_;
  std::filesystem::path path_ = "/proc/self/fd/" + std::to_string(opened_.fd);
};

/// Where ranking_file.cpp has the file's size, and the checksum of all that is behind the head.
constexpr std::size_t size_at = 16, checksum_at = 24, head_size = 32;

std::uint32_t seal(std::string& bytes) {
  if (bytes.size() < head_size) return 0;
  const std::uint64_t size = bytes.size();
  const std::uint32_t sum = checksum(std::string_view(bytes).substr(head_size));
  std::memcpy(&bytes[size_at], &size, sizeof size);
  std::memcpy(&bytes[checksum_at], &sum, sizeof sum);
  return sum;
}

/// Made by hand, not trained: the same on every processor.
std::string small_file() {
  const std::vector<id> items{1, 2, 3, 5, 8, 13};
  const std::vector<float> factors{0.9F, 0.1F, 0.8F, 0.2F, 0.7F, 0.1F, 0.1F, 0.9F, 0.2F, 0.8F, 0.1F, 0.7F};
  const std::vector<float> lengths{0.91F, 0.82F, 0.71F, 0.91F, 0.82F, 0.71F};
  const std::vector<float> appeal{0.1F, 0.0F, -0.1F, 0.2F, 0.0F, 0.1F};
  const std::vector<std::uint32_t> likes{3, 2, 1, 3, 2, 1};
  ranking_model made;
  made.items = items;
  made.factors = factors;
  made.lengths = lengths;
  made.appeal = appeal;
  made.likes = likes;
  made.gram = square_matrix::Identity(2, 2);
  made.mean_user = factor_vector::Constant(2, 0.5F);
  made.features = item_features(std::vector<std::vector<std::string>>{{"genre:Horror", "director:A"},
                                                                      {"genre:Horror", "director:A", "franchise:F"},
                                                                      {"genre:Horror", "director:B"},
                                                                      {"genre:Musical", "director:B"},
                                                                      {"genre:Musical", "franchise:F"},
                                                                      {}});
  made.ials.factors = 2;
  made.trained_through = 3;

  const memory_file file;
  const std::uint32_t sum = write_ranking(file.path(), made).value();
  std::string bytes = file.bytes();
  // Another layout is not to go unnoticed: nothing would be read any more but the head.
  std::string sealed = bytes;
  must(seal(sealed) == sum && sealed == bytes);
  must(map_ranking(file.path(), sum).has_value());
  return bytes;
}

std::string changed(std::string bytes, std::string_view changes) {
  const auto byte = [&](std::size_t i) { return std::size_t{static_cast<unsigned char>(changes[i])}; };
  while (changes.size() >= 4) {
    const std::string_view given = changes.substr(4, byte(3));
    bytes.replace((byte(0) + 256 * byte(1)) % (bytes.size() + 1), byte(2), given);
    changes.remove_prefix(4 + given.size());
  }
  return bytes;
}

/// What was read is written again, and then read as the same.
void must_come_back(const ranking_model& read) {
  static const memory_file first, second;
  const std::uint32_t sum = write_ranking(first.path(), read).value();
  const auto again = map_ranking(first.path(), sum);
  must(write_ranking(second.path(), *again.value()).value() == sum);
}

/// What somebody says of the first movies, by movie: of each that he dislikes for its features, older ones are learnt.
struct somebody {
  somebody(const ranking_model& model, bool likes_one) {
    for (std::size_t k = 0; k < std::min<std::size_t>(model.items.size(), 6); ++k) {
      const bool likes = likes_one && k == 0;
      const id dislike_id = likes ? 0 : static_cast<id>(k) + 1;
      said.push_back({"ann", model.items[k], likes ? opinion_kind::like : opinion_kind::dislike, "wrong_genre", 0.8,
                      as.now - std::chrono::days(k), dislike_id});
      for (const std::uint32_t feature : model.features.of(k))
        blamed[dislike_id].names.push_back(model.features.name(feature));
      blamed[dislike_id].cap = 0.15F;
    }
    std::sort(said.begin(), said.end(),
              [](const training_opinion& a, const training_opinion& b) { return a.movie_id < b.movie_id; });
  }

  opinion_fading as{timestamp(std::chrono::days(20'000)), 30.0, 30.0};
  std::vector<training_opinion> said;
  blame_by_dislike blamed;
};

void must_serve(const ranking_model& model, const somebody& he) {
  const speaker who{he.said, he.as, he.blamed};
  recommending_rules rules;
  rules.n = 2;
  rules.hidden = {1, 2};
  rules.no_features = {"director:A"};
  rules.exploration = 0.5;
  rules.exploration_pool = 2;
  const auto shown = recommend(model, who, rules);
  must(shown.size() <= rules.n);
  for (const recommendation& one : shown) must(one.propensity > 0.0 && one.propensity <= 1.0);
  must(model_scores(model, who, model.items).size() == model.items.size());
  // It solves anew for each dislike: the first and the last movie are enough.
  for (const id movie_id : {model.items.front(), model.items.back()})
    if (knows(model, movie_id)) must(!explain_score(model, who, movie_id).parts.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string whole = small_file();
  static const memory_file file;
  std::string bytes = changed(whole, {reinterpret_cast<const char*>(data), size});
  const std::uint32_t sum = seal(bytes);
  file.write(bytes);
  const auto mapped = map_ranking(file.path(), sum);
  if (!mapped) {
    must(mapped.problem().code == error_code::unavailable);
    must(mapped.problem().detail.find(file.path()) != std::string::npos);
    return 0;
  }
  const ranking_model& model = **mapped;
  must_come_back(model);
  if (model.items.empty()) return 0;
  must_serve(model, somebody(model, true));
  must_serve(model, somebody(model, false));
  return 0;
}
