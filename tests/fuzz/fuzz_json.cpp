#include "domain/json_document.hpp"
#include "domain/json_read.hpp"
#include "domain/json_write.hpp"
#include "domain/text.hpp"

#include <demur/types.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

// Every reader of text from outside is given every input; what it makes of it must keep the promises of its header.
namespace {

using namespace demur;

void must(bool kept) {
  if (!kept) std::abort();
}

void must_be_json(std::string_view text) {
  json_document document;
  must(!document.parse(text));
}

template <class T>
void must_say_why(const result<T>& read) {
  if (read) return;
  must(!read.problem().detail.empty());
  must(is_utf8(read.problem().field) && is_utf8(read.problem().found) && is_utf8(read.problem().allowed));
  must_be_json(problem_json(read.problem()));
}

/// What was read is what the rules allow, in its normal form.
void must_be_valid(const result<dislike_request>& read, timestamp now) {
  must_say_why(read);
  if (!read) return;
  const auto valid = validate(*read, now);
  must(valid && *valid == *read);
}

void read_requests(std::string_view text, const read_context& context) {
  const auto dislikes = read_dislikes(text, context);
  must_say_why(dislikes);
  if (dislikes) {
    must(!dislikes->rows.empty() && dislikes->rows.size() <= 1'000);
    for (const auto& row : dislikes->rows) must_be_valid(row, context.now);
  }
  const auto live = read_live_request(text, context);
  must_be_json(live.id);
  must_be_valid(live.dislike, context.now);
  must_say_why(read_movies(text));
  must_say_why(read_ratings(text, context));
  must_say_why(read_recommendation_set(text, context));
  must_say_why(read_rerank(text, context));
}

void read_answers(std::string_view text) {
  if (const auto read = read_receipt(text)) must(read_receipt(to_json(*read)).value() == *read);
  if (const auto read = read_batch(text)) must(batch_json(read_batch(batch_json(*read)).value()) == batch_json(*read));
}

void read_times(std::string_view text) {
  if (const auto time = parse_time(text)) {
    // An offset may lead out of the years that have a name.
    const std::string written = format_time(*time);
    must(format_time(parse_time(written).value()) == written);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_context context;
  context.now = timestamp{std::chrono::milliseconds{1'772'366'400'000}};
  read_requests(text, context);
  context.user_id = "ann";
  read_requests(text, context);
  read_answers(text);
  read_times(text);
  return 0;
}
