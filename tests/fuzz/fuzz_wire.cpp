#include "domain/text.hpp"
#include "plugin/messages.hpp"
#include "plugin/wire.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// Whatever a plugin's process sends, the server takes it for nothing, or for something that plugin.h allows. The first byte
// says how many dislikes were asked about, the second in what pieces the rest comes.
namespace {

using namespace demur;
using namespace demur::plugin;

void must(bool kept) {
  if (!kept) std::abort();
}

void must_be_printable(std::string_view text) { must(is_utf8(text) && !has_control(text, false)); }

void must_be_a_verdict(const verdict& said) {
  must(said.adjustments.size() <= 256);
  for (const adjustment& one : said.adjustments) {
    must(is_utf8(one.feature) && one.feature.find(':') != std::string::npos);
    must(one.magnitude >= -1.0 && one.magnitude < 1.0);
    must(!one.half_life_days || std::isfinite(*one.half_life_days));
  }
  must(said.training_factor >= 0.0 && said.training_factor <= 1.0);
  must(!said.hide_days || (said.filter_item && *said.hide_days > 0.0));
}

/// What was read is sent again, and then read as the same.
void must_come_back(const wire::answered<std::vector<wire::said<verdict>>>& read) {
  std::vector<result<verdict>> all;
  for (const auto& one : read.said) {
    if (const auto* wrong = std::get_if<fault>(&one)) {
      must_be_printable(wrong->found);
      must_be_printable(wrong->expected);
      all.emplace_back(blame("it", *wrong));
    } else {
      must_be_a_verdict(std::get<verdict>(one));
      all.emplace_back(std::get<verdict>(one));
    }
  }
  must_be_printable(read.reports);
  wire::writer out;
  wire::put_answers(out, all, read.reports);
  wire::inbox in;
  for (std::string_view left = out.bytes(); !left.empty();) {
    const auto room = in.room();
    const std::string_view part = left.substr(0, room.size());
    std::copy(part.begin(), part.end(), room.begin());
    in.added(part.size());
    left.remove_prefix(part.size());
  }
  checked_sink checked;
  const auto again = wire::read_answers(in.next().value().parts, all.size(), checked);
  const auto& same = std::get<0>(again);
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i]) must(std::get<verdict>(same.said.at(i)) == *all[i]);
}

void read_as_server(const wire::frame& found, std::size_t rows) {
  checked_sink checked;
  const auto answers = wire::read_answers(found.parts, rows, checked);
  if (const auto* read = std::get_if<0>(&answers)) must_come_back(*read);
  if (const auto hello = wire::read_hello(found.parts)) {
    must_be_printable(hello->reports);
    if (!hello->said) must_be_printable(hello->said.problem().detail);
  }
  if (const auto text = wire::read_explained(found.parts))
    if (const auto* said = std::get_if<std::string>(&text->said)) must(is_utf8(*said) && said->size() <= 2'000);
  if (const auto fits = wire::read_fits(found.parts))
    if (const auto* said = std::get_if<double>(&fits->said)) must(*said >= 0.0 && *said <= 1.0);
  if (const auto asked = wire::read_weight_question(found.parts, rows)) must(asked->row < rows);
  (void)wire::read_movie_question(found.parts);
}

/// The process believes the server, but is not to break either.
void read_as_process(const wire::frame& found, std::vector<dislike>& rows) {
  if (const auto asked = wire::read_question(found.parts, rows)) must(asked->rows <= rows.size());
  (void)wire::read_order(found.parts);
  (void)wire::read_text(found.parts);
  (void)wire::read_weight(found.parts);
  (void)wire::read_movie(found.parts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t rows = data[0];
  const std::size_t piece = std::size_t{data[1]} + 1;
  std::string_view left(reinterpret_cast<const char*>(data) + 2, size - 2);
  wire::inbox in;
  std::vector<dislike> read;
  while (!left.empty()) {
    const auto room = in.room();
    const std::string_view part = left.substr(0, std::min(piece, room.size()));
    std::copy(part.begin(), part.end(), room.begin());
    in.added(part.size());
    left.remove_prefix(part.size());
    while (const auto found = in.next()) {
      read_as_server(*found, rows);
      read_as_process(*found, read);
    }
  }
  return 0;
}
