#include "domain/clock.hpp"
#include "domain/json_write.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace demur;
using std::chrono::milliseconds;

namespace {

const timestamp noon = parse_time("2026-03-01T12:00:00Z").value();

}  // namespace

BOOST_AUTO_TEST_SUITE(making_ids)

BOOST_AUTO_TEST_CASE(an_id_is_milliseconds_then_node_then_sequence) {
  id_generator ids(5);
  const timestamp start = parse_time("2024-01-01T00:00:00.000Z").value();
  BOOST_TEST(ids.next(start + milliseconds{3}) == (3 << 12) + (5 << 8));
  BOOST_TEST(ids.next(start + milliseconds{3}) == (3 << 12) + (5 << 8) + 1);
  BOOST_TEST(ids.next(start + milliseconds{4}) == (4 << 12) + (5 << 8));
}

BOOST_AUTO_TEST_CASE(ids_ascend_whatever_the_clock_does) {
  id_generator ids(0);
  id last = 0;
  for (const int step : {0, 0, 1, -50'000, 0, 2, -1, 100'000'000, -100'000'000}) {
    for (int count = 0; count < 1'000; ++count) {
      const id made = ids.next(noon + milliseconds{step});
      BOOST_TEST_REQUIRE(made > last);
      last = made;
    }
  }
}

BOOST_AUTO_TEST_CASE(more_than_256_in_a_millisecond_run_ahead_of_the_clock) {
  id_generator ids(0);
  for (int count = 0; count < 256; ++count) BOOST_TEST_REQUIRE((time_of(ids.next(noon)) == noon));
  BOOST_TEST((time_of(ids.next(noon)) == noon + milliseconds{1}));
  BOOST_TEST((time_of(ids.next(noon + milliseconds{1})) == noon + milliseconds{1}));
  BOOST_TEST((time_of(ids.next(noon + milliseconds{2})) == noon + milliseconds{2}));
}

BOOST_AUTO_TEST_CASE(ids_of_nodes_never_meet) {
  std::set<id> made;
  for (std::int64_t node = 0; node < 16; ++node) {
    id_generator ids(node);
    for (int count = 0; count < 600; ++count) made.insert(ids.next(noon));
  }
  BOOST_TEST(made.size() == 16U * 600U);
}

BOOST_AUTO_TEST_CASE(a_start_goes_on_behind_what_is_stored_by_any_node) {
  id_generator high(15);
  id stored = 0;
  for (int count = 0; count < 300; ++count) stored = high.next(noon);
  id_generator low(0, stored);
  BOOST_TEST(low.next(noon - std::chrono::hours{24}) > stored);
  id_generator now(0, stored);
  BOOST_TEST(now.next(noon) > stored);
}

BOOST_AUTO_TEST_CASE(ids_are_never_0_and_stay_below_2_to_the_53_until_2093) {
  id_generator early(0);
  BOOST_TEST(early.next(timestamp{}) > 0);
  id_generator late(15);
  BOOST_TEST(late.next(parse_time("2092-12-31T23:59:59.999Z").value()) < (std::int64_t{1} << 53));
}

BOOST_AUTO_TEST_CASE(the_wall_clock_tells_a_time_of_our_days) {
  const timestamp now = system_clock()();
  BOOST_TEST((now > parse_time("2024-01-01T00:00:00Z").value()));
  BOOST_TEST((system_clock()() >= now));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(times_as_text)

BOOST_AUTO_TEST_CASE(a_time_is_written_in_utc_with_milliseconds) {
  BOOST_TEST(format_time(timestamp{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(format_time(timestamp{milliseconds{-1}}) == "1969-12-31T23:59:59.999Z");
  BOOST_TEST(format_time(timestamp{milliseconds{1'795'390'472'000}}) == "2026-11-22T23:34:32.000Z");
  BOOST_TEST(format_time(timestamp{milliseconds{951'782'400'007}}) == "2000-02-29T00:00:00.007Z");
}

BOOST_AUTO_TEST_CASE(a_year_that_the_form_cannot_hold_is_written_as_the_nearest_one) {
  BOOST_TEST(format_time(timestamp::max()) == "9999-12-31T23:59:59.999Z");
  BOOST_TEST(format_time(timestamp::min()) == "0000-01-01T00:00:00.000Z");
}

BOOST_AUTO_TEST_CASE(every_form_of_rfc_3339_is_read) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z"},
      {"2026-03-01t12:00:00z", "2026-03-01T12:00:00.000Z"},
      {"2026-03-01T12:00:00.1Z", "2026-03-01T12:00:00.100Z"},
      {"2026-03-01T12:00:00.1239999999999999999999Z", "2026-03-01T12:00:00.123Z"},
      {"2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00.000Z"},
      {"2028-02-28T23:30:00-01:00", "2028-02-29T00:30:00.000Z"},
      {"2026-12-31T23:59:59.999-00:00", "2026-12-31T23:59:59.999Z"},
      {"2026-03-01T12:00:00+23:59", "2026-02-28T12:01:00.000Z"},
      {"2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"},
      {"2016-12-31T18:59:60.5-05:00", "2017-01-01T00:00:00.500Z"},
      {"2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"},
      {"0000-02-29T00:00:00Z", "0000-02-29T00:00:00.000Z"},
      {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"},
  };
  for (const auto& [text, utc] : cases) {
    const auto read = parse_time(text);
    BOOST_TEST_REQUIRE(read.has_value(), text);
    BOOST_TEST(format_time(*read) == utc);
  }
}

BOOST_AUTO_TEST_CASE(what_is_no_rfc_3339_time_is_none) {
  for (const char* text : {"",
                           "2026",
                           "2026-03-01",
                           "2026-03-01T12:00Z",
                           "2026-03-01T12:00:00",
                           "2026-03-01 12:00:00Z",
                           "2026-03-01T12:00:00.Z",
                           "2026-03-01T12:00:00,5Z",
                           "2026-03-01T24:00:00Z",
                           "2026-03-01T12:60:00Z",
                           "2026-03-01T12:00:61Z",
                           "2026-03-01T12:00:60Z",
                           "2026-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-04-31T00:00:00Z",
                           "2026-03-01T12:00:00+24:00",
                           "2026-03-01T12:00:00+1:00",
                           "2026-03-01T12:00:00+0100",
                           "2026-03-01T12:00:00ZZ",
                           " 2026-03-01T12:00:00Z",
                           "2026-03-01T12:00:00Z ",
                           "-026-03-01T12:00:00Z",
                           "+2026-03-01T12:00:00Z",
                           "2026-3-01T12:00:00Z",
                           "2026-03-01T12:00:00.5",
                           "20260301T120000Z",
                           "2026-03-01T12:00:00.000000UTC"})
    BOOST_TEST(!parse_time(text).has_value(), text);
  for (std::size_t length = 0; length < 24; ++length)
    BOOST_TEST(!parse_time(std::string_view("2026-03-01T12:00:00.000Z").substr(0, length)).has_value());
}

BOOST_AUTO_TEST_CASE(what_was_written_reads_back_the_same) {
  std::mt19937_64 any(1);
  for (int count = 0; count < 20'000; ++count) {
    const timestamp time{milliseconds{any() % 60'000'000'000'000}};
    BOOST_TEST_REQUIRE((parse_time(format_time(time)) == time));
  }
}

BOOST_AUTO_TEST_SUITE_END()
