#include "domain/json_document.hpp"
#include "domain/json_writer.hpp"
#include "domain/reading.hpp"
#include "domain/text.hpp"

#include <boost/test/unit_test.hpp>

#include <atomic>
#include <bit>
#include <charconv>
#include <chrono>
#include <cmath>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace demur;
using namespace demur::test;

namespace {

/// The same odd values on every machine: the standard fixes the engine's numbers, not those of distributions.
class oddities {
public:
  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool coin() { return below(2) == 0; }

  std::string text() {
    static const std::vector<std::string> pieces{"a",
                                                 "Z",
                                                 " ",
                                                 "\"",
                                                 "\\",
                                                 "/",
                                                 "\n",
                                                 "\t",
                                                 "\r",
                                                 "\b",
                                                 "\f",
                                                 std::string(1, '\0'),
                                                 "\x1F",
                                                 "\x7F",
                                                 "\xC3\xA9",
                                                 "\xE2\x82\xAC",
                                                 "\xE2\x80\xA8",
                                                 "\xEF\xBF\xBD",
                                                 "\xF0\x9F\x98\x80",
                                                 "{",
                                                 "]",
                                                 ",",
                                                 ":",
                                                 "null",
                                                 "\\u0041"};
    std::string made;
    for (auto left = below(24); left > 0; --left) made += pieces[below(pieces.size())];
    return made;
  }

  double number() {
    switch (below(4)) {
      case 0:
        return static_cast<double>(below(2'000'000)) / 1e6 - 1.0;
      case 1:
        return std::ldexp(static_cast<double>(engine_() >> 11U), -53);
      case 2:
        return static_cast<double>(below(1'000'000'000'000));
      default:
        break;
    }
    const double any = std::bit_cast<double>(engine_());
    return std::isfinite(any) ? any : 0.0;
  }

  id number_of_id() { return static_cast<id>(below(std::uint64_t{1} << 53U)); }
  timestamp time() { return timestamp{std::chrono::milliseconds{below(4'000'000'000'000)}}; }

private:
  std::mt19937_64 engine_{20'260'301};
};

receipt odd_receipt(oddities& odd) {
  receipt made;
  made.dislike_id = odd.number_of_id();
  made.user_id = odd.text();
  if (odd.coin()) made.example_id = odd.number_of_id();
  if (odd.coin()) made.weight = odd.number();
  made.model_version_id = odd.number_of_id();
  for (auto left = odd.below(5); left > 0; --left)
    made.adjustments.push_back({odd.number_of_id(), made.dislike_id, made.model_version_id, odd.text(), odd.text(),
                                odd.number(), timestamp{}, odd.number(), odd.number()});
  made.filtered = odd.coin();
  for (auto left = odd.below(3); left > 0; --left)
    made.patterns.push_back({odd.number_of_id(), odd.text(), odd.text(), odd.text(), odd.number_of_id(),
                             static_cast<severity>(odd.below(4)), odd.time()});
  made.retraining_triggered = odd.coin();
  return made;
}

error odd_error(oddities& odd) {
  const auto code = static_cast<error_code>(odd.below(static_cast<std::uint64_t>(error_code::internal) + 1));
  return {code, odd.text(), odd.text(), odd.text(), odd.text()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(reading_back_what_was_written)

BOOST_AUTO_TEST_CASE(every_receipt_reads_back_the_same) {
  oddities odd;
  for (int count = 0; count < 5'000; ++count) {
    const receipt made = odd_receipt(odd);
    const std::string json = to_json(made);
    const auto read = read_receipt(json);
    BOOST_TEST_REQUIRE(read.has_value(), json);
    BOOST_TEST_REQUIRE((*read == made), json);
    BOOST_TEST_REQUIRE(to_json(*read) == json);
  }
}

BOOST_AUTO_TEST_CASE(threads_do_not_meet) {
  std::atomic<int> wrong{0};
  const auto work = [&wrong](const std::string& user) {
    for (int count = 0; count < 2'000; ++count) {
      const std::string title = user + std::to_string(count);
      const auto read = read_dislikes(R"({"movie_title":"\u0041)" + title + "\"}", sent_by(user));
      if (!read || read->rows.front()->movie_title != "A" + title || read->rows.front()->user_id != user) ++wrong;
    }
  };
  std::vector<std::thread> threads;
  for (const char* user : {"ann", "bob", "cleo", "dan"}) threads.emplace_back(work, user);
  for (auto& thread : threads) thread.join();
  BOOST_TEST(wrong == 0);
}

BOOST_AUTO_TEST_CASE(every_batch_reads_back_the_same) {
  oddities odd;
  for (int count = 0; count < 500; ++count) {
    std::vector<result<receipt>> rows;
    for (auto left = odd.below(6); left > 0; --left) {
      if (odd.coin()) {
        rows.emplace_back(odd_receipt(odd));
      } else {
        rows.emplace_back(odd_error(odd));
      }
    }
    const std::string json = batch_json(rows);
    const auto read = read_batch(json);
    BOOST_TEST_REQUIRE(read.has_value(), json);
    BOOST_TEST_REQUIRE(read->size() == rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
      BOOST_TEST_REQUIRE((*read)[row].has_value() == rows[row].has_value());
      if (rows[row]) BOOST_TEST_REQUIRE((*(*read)[row] == *rows[row]));
      if (!rows[row]) BOOST_TEST_REQUIRE(((*read)[row].problem() == rows[row].problem()));
    }
    BOOST_TEST_REQUIRE(batch_json(*read) == json);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_was_damaged_is_refused) {
  const std::string json = to_json(receipt{});
  for (std::size_t length = 0; length < json.size(); ++length)
    BOOST_TEST(!read_receipt(json.substr(0, length)).has_value());
  BOOST_TEST(!read_receipt(R"({"dislike_id":1})").has_value());
  BOOST_TEST(!read_receipt(R"([])").has_value());
  BOOST_TEST(!read_batch(R"({"results":[{"status":201}]})").has_value());
  BOOST_TEST(!read_batch(R"({"results":[{"status":422,"problem":{"type":"/problems/none"}}]})").has_value());
  BOOST_TEST(!read_batch(R"({"results":{}})").has_value());
}

BOOST_AUTO_TEST_CASE(every_number_reads_back_the_same_and_is_plain_where_it_should_be) {
  oddities odd;
  for (int count = 0; count < 200'000; ++count) {
    const double made = odd.number();
    const std::string text = number_text(made);
    double read = 1e300;
    std::from_chars(text.data(), text.data() + text.size(), read);
    BOOST_TEST_REQUIRE(read == made);
    const double size = std::abs(made);
    if (size >= 1e-5 && size < 1e15) BOOST_TEST_REQUIRE(text.find('e') == std::string::npos, text);
  }
}

BOOST_AUTO_TEST_CASE(every_text_is_written_as_json_that_reads_back_the_same) {
  oddities odd;
  json_document document;
  for (int count = 0; count < 20'000; ++count) {
    const std::string made = odd.text();
    json_writer out;
    out.value(made);
    const std::string json = out.take();
    BOOST_TEST_REQUIRE(!document.parse(json).has_value(), json);
    BOOST_TEST_REQUIRE(document.root().text() == made);
    BOOST_TEST_REQUIRE(document.root().raw() == json);
  }
}

BOOST_AUTO_TEST_CASE(every_string_of_bytes_is_written_as_valid_json) {
  oddities odd;
  json_document document;
  for (int count = 0; count < 20'000; ++count) {
    std::string bytes;
    for (auto left = odd.below(32); left > 0; --left) bytes.push_back(static_cast<char>(odd.below(256)));
    json_writer out;
    out.value(bytes);
    const std::string json = out.take();
    BOOST_TEST_REQUIRE(!document.parse(json).has_value(), json);
    if (is_utf8(bytes)) BOOST_TEST_REQUIRE(document.root().text() == bytes);
  }
}

BOOST_AUTO_TEST_SUITE_END()
