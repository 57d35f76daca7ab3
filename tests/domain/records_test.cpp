#include "domain/digest.hpp"
#include "domain/records.hpp"

#include <boost/test/unit_test.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

using namespace demur;

namespace {

/// What a double is once it was written and read.
double there_and_back(double value) {
  record_writer out;
  out.field(value).exact(value).end();
  const std::string text = out.take();
  record_reader in(text);
  BOOST_TEST_REQUIRE(in.next());
  const double read = in.number<double>(), exact = in.exact();
  BOOST_TEST_REQUIRE(in.ok());
  BOOST_TEST_REQUIRE(std::bit_cast<std::uint64_t>(read) == std::bit_cast<std::uint64_t>(exact));
  return read;
}

void check_exact(double value) {
  BOOST_TEST_REQUIRE(std::bit_cast<std::uint64_t>(there_and_back(value)) == std::bit_cast<std::uint64_t>(value));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(records_of_state)

BOOST_AUTO_TEST_CASE(a_record_is_a_line_and_its_fields_stand_between_tabs) {
  record_writer out;
  out.field("genre:Horror").field(std::int64_t{-3}).field(0.5).end();
  out.field("next").end();
  BOOST_TEST(out.take() == "genre:Horror\t-3\t0.5\nnext\n");
}

BOOST_AUTO_TEST_CASE(what_was_written_reads_the_same) {
  record_writer out;
  out.field("kind").field(std::numeric_limits<std::int64_t>::min()).field(std::numeric_limits<std::uint64_t>::max());
  out.end();
  out.field("título: 映画 “x” ").field(1).end();
  const std::string text = out.take();
  record_reader in(text);
  BOOST_TEST(in.next());
  BOOST_TEST(in.text() == "kind");
  BOOST_TEST(in.number() == std::numeric_limits<std::int64_t>::min());
  BOOST_TEST(in.more());
  BOOST_TEST(in.number<std::uint64_t>() == std::numeric_limits<std::uint64_t>::max());
  BOOST_TEST(!in.more());
  BOOST_TEST(in.next());
  BOOST_TEST(in.text() == "título: 映画 “x” ");
  BOOST_TEST(in.number() == 1);
  BOOST_TEST(!in.next());
  BOOST_TEST(in.ok());
}

BOOST_AUTO_TEST_CASE(random_doubles_come_back_bit_by_bit) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200'000; ++round) {
    const double any = std::bit_cast<double>(random());
    if (!std::isnan(any)) check_exact(any);
  }
  std::uniform_real_distribution<double> share(0.0, 1.0);
  for (int round = 0; round < 100'000; ++round) check_exact(std::log(share(random)));
}

BOOST_AUTO_TEST_CASE(the_doubles_at_the_edges_come_back_bit_by_bit) {
  using limits = std::numeric_limits<double>;
  for (const double edge :
       {0.0, -0.0, 1.0, 0.1, limits::min(), limits::denorm_min(), -limits::denorm_min(), limits::max(),
        limits::lowest(), limits::epsilon(), limits::infinity(), -limits::infinity(), 9'007'199'254'740'993.0})
    check_exact(edge);
  BOOST_TEST(std::isnan(there_and_back(limits::quiet_NaN())));
}

BOOST_AUTO_TEST_CASE(empty_texts_keep_their_place) {
  record_writer out;
  out.field("").field("").field("x").field("").end();
  out.field("").end();
  const std::string text = out.take();
  record_reader in(text);
  BOOST_TEST_REQUIRE(in.next());
  BOOST_TEST(in.text() == "");
  BOOST_TEST(in.text() == "");
  BOOST_TEST(in.text() == "x");
  BOOST_TEST(in.more());
  BOOST_TEST(in.text() == "");
  BOOST_TEST(!in.more());
  BOOST_TEST_REQUIRE(in.next());
  BOOST_TEST(in.text() == "");
  BOOST_TEST(in.ok());
  BOOST_TEST(!in.next());
}

BOOST_AUTO_TEST_CASE(no_text_has_no_records) {
  record_reader in("");
  BOOST_TEST(!in.next());
  BOOST_TEST(in.ok());
}

BOOST_AUTO_TEST_CASE(a_missing_field_is_told_and_reads_as_nothing) {
  record_reader in("only\n");
  BOOST_TEST(in.next());
  BOOST_TEST(in.text() == "only");
  BOOST_TEST(in.ok());
  BOOST_TEST(in.number() == 0);
  BOOST_TEST(!in.ok());
  BOOST_TEST(in.text() == "");
  BOOST_TEST(!in.ok());
}

BOOST_AUTO_TEST_CASE(what_is_no_number_is_told) {
  for (const std::string field : {"", "x", "1x", " 1", "1 ", "+1", "1.5", "9223372036854775808", "0x10"}) {
    BOOST_TEST_CONTEXT(field) {
      const std::string line = field + "\n";
      record_reader in(line);
      BOOST_TEST(in.next());
      in.number();
      BOOST_TEST(!in.ok());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_negative_number_is_no_unsigned_one) {
  record_reader in("-1\n");
  in.next();
  BOOST_TEST(in.number<std::uint64_t>() == 0U);
  BOOST_TEST(!in.ok());
}

BOOST_AUTO_TEST_CASE(a_wrong_field_is_remembered_to_the_end) {
  record_reader in("x\n2\n");
  in.next();
  in.number();
  in.next();
  BOOST_TEST(in.number() == 2);
  BOOST_TEST(!in.ok());
}

BOOST_AUTO_TEST_CASE(the_rest_of_a_record_may_be_left_unread) {
  record_reader in("a\tb\tc\nd\n");
  in.next();
  BOOST_TEST(in.text() == "a");
  in.next();
  BOOST_TEST(in.text() == "d");
  BOOST_TEST(in.ok());
}

BOOST_AUTO_TEST_CASE(a_last_line_without_its_end_is_read) {
  record_reader in("a\nb");
  in.next();
  BOOST_TEST(in.next());
  BOOST_TEST(in.text() == "b");
  BOOST_TEST(!in.next());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(digests)

BOOST_AUTO_TEST_CASE(a_stable_hash_is_fnv_1a_of_64_bits) {
  // The offset basis, and the values that the authors of FNV publish.
  BOOST_TEST(stable_hash("") == 0xcbf29ce484222325U);
  BOOST_TEST(stable_hash("a") == 0xaf63dc4c8601ec8cU);
  BOOST_TEST(stable_hash("foobar") == 0x85944171f73967e8U);
  // Bytes above 127 count as such on machines whose char has a sign, too: (basis ^ 0xff) * prime.
  BOOST_TEST(stable_hash("\xff") == 0xaf64724c8602eb6eU);
}

BOOST_AUTO_TEST_CASE(a_digest_is_hash_and_length_in_hexadecimal) {
  BOOST_TEST(digest("") == "cbf29ce484222325-0");
  BOOST_TEST(digest("foobar") == "85944171f73967e8-6");
  BOOST_TEST(digest(std::string(17, 'a')).substr(17) == "11");
}

BOOST_AUTO_TEST_SUITE_END()
