#include "web/request_parser.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace demur::web {
namespace {

using state = request_parser::state;

/// What came of some bytes: `METHOD target|body` for each request, and the failure's status at the end.
struct reading {
  std::vector<std::string> requests;
  state end = state::idle;
  error problem;
};

/// Feeds the bytes in pieces of this size, as a connection would.
reading read_all(std::string_view bytes, std::size_t piece, const parser_limits& limits = {}) {
  request_parser parser(limits);
  reading made;
  std::string waiting;
  while (!bytes.empty() && parser.now() != state::failed) {
    waiting += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = true; more && !waiting.empty();) {
      const state before = parser.now();
      const std::size_t used = parser.feed(waiting);
      more = used > 0 || parser.now() != before;
      if (parser.now() == state::complete) {
        const request& got = parser.current();
        made.requests.push_back(std::string(got.method) + ' ' + std::string(got.target) + '|' + std::string(got.body));
        parser.next();
      }
      waiting.erase(0, used);
      if (parser.now() == state::failed) break;
    }
  }
  made.end = parser.now();
  made.problem = parser.problem();
  return made;
}

struct example {
  std::string_view bytes;
  std::string_view first;  ///< the first request, or empty
  state end = state::idle;
};

std::ostream& operator<<(std::ostream& out, const example& each) { return out << each.bytes.substr(0, 120); }

BOOST_AUTO_TEST_SUITE(request_parser_reads)

const std::vector<example> good{
    {"GET / HTTP/1.1\r\n\r\n", "GET /|"},
    {"\r\n\r\nGET /a?b=c HTTP/1.0\r\n\r\n", "GET /a?b=c|"},
    {"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", "POST /|abc"},
    {"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "POST /|"},
    {"POST / HTTP/1.1\r\ncontent-length:3\r\nContent-Length: 3\r\n\r\nabc", "POST /|abc"},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n", "POST /|abc"},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n0\r\nX-User-ID: eve\r\n\r\n", "POST /|abc"},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "POST /|"},
    {"GET / HTTP/1.1\r\nX: a\tb\r\n\r\n", "GET /|"},
};
BOOST_DATA_TEST_CASE(whole_requests_in_pieces_of_any_size, boost::unit_test::data::make(good)) {
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1'000U}) {
    const reading made = read_all(std::string(sample.bytes), piece);
    BOOST_TEST_CONTEXT("pieces of " << piece) {
      BOOST_TEST_REQUIRE(made.requests.size() == 1U);
      BOOST_TEST(made.requests[0] == sample.first);
      BOOST_TEST((made.end == state::idle));
    }
  }
}

const std::vector<example> bad{
    {"GET /\r\n\r\n", "", state::failed},
    {"GET / HTTP/2.0\r\n\r\n", "", state::failed},
    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "", state::failed},
    {"GET / HTTP/1.1\nHost: a\n\n", "", state::failed},
    {"\x16\x03\x01\x02", "", state::failed},
    {"GET / HTTP/1.1\r\nNo colon\r\n\r\n", "", state::failed},
    {"GET / HTTP/1.1\r\nX : a\r\n\r\n", "", state::failed},
    {"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", "", state::failed},
    {"GET / HTTP/1.1\r\n\xc3\xb6: a\r\n\r\n", "", state::failed},
    {"GET /a b HTTP/1.1\r\n\r\n", "", state::failed},
    {"G@T / HTTP/1.1\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", "", state::failed},
    {"\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\na", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\na", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: 1, 2\r\n\r\nab", "", state::failed},
    {"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "", state::failed},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", "", state::failed},
};
BOOST_DATA_TEST_CASE(what_is_not_http_fails_in_pieces_of_any_size, boost::unit_test::data::make(bad)) {
  for (const std::size_t piece : {1U, 5U, 1'000U}) {
    const reading made = read_all(sample.bytes, piece);
    BOOST_TEST_CONTEXT("pieces of " << piece) {
      BOOST_TEST(made.requests.empty());
      BOOST_TEST((made.end == state::failed));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_nul_byte_is_no_part_of_a_head) {
  BOOST_TEST((read_all(std::string_view("GET /\0 HTTP/1.1\r\n\r\n", 20), 100).end == state::failed));
  BOOST_TEST((read_all(std::string_view("GET / HTTP/1.1\r\nX: \0\r\n\r\n", 24), 100).end == state::failed));
}

BOOST_AUTO_TEST_CASE(requests_follow_each_other) {
  const std::string two =
      "POST /a HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"
      "GET /b HTTP/1.1\r\n\r\n"
      "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n0\r\n\r\n";
  for (const std::size_t piece : {1U, 10U, 1'000U}) {
    const reading made = read_all(two, piece);
    BOOST_TEST(made.requests == (std::vector<std::string>{"POST /a|hi", "GET /b|", "POST /c|ho"}),
               boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(a_head_over_the_limit_is_too_large_however_it_comes) {
  const std::string line = "X-Padding: " + std::string(100, 'x') + "\r\n";
  std::string head = "GET / HTTP/1.1\r\n";
  while (head.size() < 16 * 1024) head += line;
  for (const std::size_t piece : {1U, 4'096U, 100'000U}) {
    const reading made = read_all(head + "\r\n", piece);
    BOOST_TEST((made.end == state::failed));
    BOOST_TEST((made.problem.code == error_code::too_large));
    BOOST_TEST(made.problem.field == "head");
  }
}

BOOST_AUTO_TEST_CASE(a_body_over_the_limit_is_too_large_before_it_comes) {
  parser_limits limits;
  limits.body = 10;
  const auto failed = [&](std::string_view bytes) {
    const reading made = read_all(bytes, 1'000, limits);
    return made.end == state::failed && made.problem.code == error_code::too_large && made.requests.empty();
  };
  BOOST_TEST(failed("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n"));
  BOOST_TEST(failed("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\n"));
  BOOST_TEST(!failed("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n0123456789"));
}

BOOST_AUTO_TEST_CASE(a_trailer_and_a_chunks_head_have_a_limit_too) {
  const std::string start = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  const reading trailer = read_all(start + "0\r\n" + "X: " + std::string(20'000, 'x'), 1'000);
  BOOST_TEST((trailer.problem.code == error_code::too_large));
  const reading extension = read_all(start + "1;" + std::string(20'000, 'x'), 1'000);
  BOOST_TEST((extension.problem.code == error_code::too_large));
}

BOOST_AUTO_TEST_CASE(a_connection_ends_when_http_says_so) {
  const auto stays = [](std::string_view bytes) {
    request_parser parser({});
    parser.feed(bytes);
    BOOST_TEST((parser.now() == state::complete));
    return parser.keep_alive();
  };
  BOOST_TEST(stays("GET / HTTP/1.1\r\n\r\n"));
  BOOST_TEST(!stays("GET / HTTP/1.1\r\nConnection: close\r\n\r\n"));
  BOOST_TEST(!stays("GET / HTTP/1.0\r\n\r\n"));
  BOOST_TEST(stays("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(the_head_can_be_looked_at_before_the_body_comes) {
  request_parser parser({});
  const std::string_view head =
      "POST /x HTTP/1.1\r\nExpect: 100-continue\r\nX-User-ID: ann\r\nContent-Length: 2\r\n\r\n";
  BOOST_TEST(parser.feed(std::string(head) + "hi") == head.size());
  BOOST_TEST((parser.now() == state::body));
  BOOST_TEST(parser.expects_continue());
  BOOST_TEST(parser.current().find("x-user-id").value == "ann");
  BOOST_TEST(parser.current().body.empty());
}

BOOST_AUTO_TEST_CASE(a_trailer_is_no_header) {
  request_parser parser({});
  const std::string_view bytes =
      "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-User-ID: eve\r\n\r\n";
  const std::size_t head = parser.feed(bytes);
  parser.feed(bytes.substr(head));
  BOOST_TEST((parser.now() == state::complete));
  BOOST_TEST(parser.current().find("X-User-ID").count == 0U);
}

BOOST_AUTO_TEST_CASE(a_list_of_tokens_is_searched) {
  request_parser parser({});
  parser.feed("GET / HTTP/1.1\r\nConnection: keep-alive ,Upgrade\r\nConnection: x\r\n\r\n");
  BOOST_TEST(parser.current().lists("connection", "upgrade"));
  BOOST_TEST(parser.current().lists("Connection", "X"));
  BOOST_TEST(!parser.current().lists("Connection", "up"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
