#include "domain/json_document.hpp"
#include "domain/text.hpp"
#include "web/live_filter.hpp"
#include "web/message.hpp"
#include "web/request_parser.hpp"
#include "web/routes.hpp"
#include "web/target.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

// A connection's bytes, read in pieces of two sizes: both must make the same requests of them, and each request must get
// an answer that keeps to the contract. The first byte says how large the pieces are.
namespace {

using namespace demur;
using namespace demur::web;

constexpr parser_limits limits{512, 2'048};

void must(bool kept) {
  if (!kept) std::abort();
}

void must_be_an_answer(const response& made) {
  must(made.status >= 200 && made.status < 600);
  must((made.media == media::problem) == (made.status >= 400));
  if (made.media != media::none) {
    json_document document;
    must(!document.parse(made.text()));
  }
  must(made.extra.empty() || made.extra.ends_with("\r\n"));
  must(made.extra.find("\r\n\r\n") == std::string::npos);
  std::string bytes;
  append_response(bytes, made, {});
  must(bytes.ends_with(made.text()));
}

/// What one request came to, as text that can be compared.
std::string outcome_of(const request& asked) {
  static const route_context context{[] { return timestamp(std::chrono::days(20'000)); }, 1'024,
                                     [] { return std::vector<std::string>{"wrong_genre"}; }};
  const outcome made = route(asked, context);
  if (const auto* answered = std::get_if<response>(&made)) {
    must_be_an_answer(*answered);
    return std::to_string(answered->status) + std::string(answered->text());
  }
  if (const auto* live = std::get_if<live_upgrade>(&made)) return "live " + live->user_id + live->filter.user_id;
  const auto& wanted = std::get<command>(made);
  const load counted = load_of(wanted);
  must(counted.written >= 0 && counted.read >= 0);
  return "command " + std::to_string(wanted.index()) + " " + std::to_string(counted.written);
}

std::string read_all(std::string_view bytes, std::size_t piece) {
  using state = request_parser::state;
  request_parser parser(limits);
  std::string seen;
  std::string waiting;
  while (!bytes.empty()) {
    waiting += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = true; more && !waiting.empty();) {
      const state before = parser.now();
      const std::size_t used = parser.feed(waiting);
      must(used <= waiting.size());
      more = used > 0 || parser.now() != before;
      if (parser.now() == state::complete) {
        must(parser.current().body.size() <= limits.body);
        seen += outcome_of(parser.current()) + "\n";
        parser.next();
      }
      waiting.erase(0, used);
      if (parser.now() == state::failed) {
        must_be_an_answer(problem_response(parser.problem()));
        return seen + "failed";
      }
      // What a client has yet to finish is bounded, whatever it sends.
      must(more || waiting.size() <= limits.head + piece);
    }
  }
  return seen;
}

void read_words(std::string_view text) {
  const auto where = read_target(text);
  if (where)
    for (const auto& [name, value] : where->query) must(is_utf8(name) && is_utf8(value) && !has_control(value, false));
  const auto filter = read_live_filter({text, text, text}, {"wrong_genre"});
  must(filter || is_utf8(filter.problem().found));
  const auto number = read_number("limit", text, 1, 500);
  must(!number || (*number >= 1 && *number <= 500));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  must(read_all(bytes, size) == read_all(bytes, std::size_t{1} + data[0] % 16));
  read_words(bytes);
  return 0;
}
