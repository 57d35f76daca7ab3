#include "runtime/webhook.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <atomic>
#include <cstdint>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace demur {
namespace {

/// Takes one connection, reads a request and says what it was told to say; "" closes without a word.
class listener {
public:
  explicit listener(std::string answer) : answer_(std::move(answer)), line_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(line_, plain, size) == 0 && ::listen(line_, 1) == 0);
    BOOST_REQUIRE(::getsockname(line_, plain, &size) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~listener() {
    ::shutdown(line_, SHUT_RDWR);
    thread_.join();
    ::close(line_);
  }
  std::string url(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

  std::atomic<bool> has_request = false;
  std::atomic<bool> let_go = true;  ///< false: says nothing until it is
  std::string request;              ///< once has_request

private:
  void serve() {
    const int taken = ::accept(line_, nullptr, nullptr);
    if (taken < 0) return;
    char piece[4'096];
    while (!request.ends_with("the body")) {
      const auto got = ::read(taken, piece, sizeof piece);
      if (got <= 0) break;
      request.append(piece, static_cast<std::size_t>(got));
    }
    has_request = true;
    while (!let_go) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    if (!answer_.empty()) (void)!::write(taken, answer_.data(), answer_.size());
    ::close(taken);
  }

  std::string answer_;
  int line_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

result<done> send(
    const std::string& url, const std::string& secret = {},
    const std::function<bool()>& is_cancelled = [] { return false; }) {
  settings::trainer_section::webhook_section chosen;
  chosen.url = url;
  chosen.secret = secret;
  return webhook_of(chosen)("the body", is_cancelled);
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

BOOST_AUTO_TEST_SUITE(webhook)

// RFC 4231, test cases 1 and 2.
BOOST_AUTO_TEST_CASE(the_signature_is_hmac_sha256) {
  BOOST_TEST(signature_of("Hi There", std::string(20, '\x0b')) ==
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(signature_of("what do ya want for nothing?", "Jefe") ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

BOOST_AUTO_TEST_CASE(an_announcement_is_a_signed_post) {
  listener pipeline("HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n");
  BOOST_TEST(send(pipeline.url("/train?of=demur"), "Jefe").has_value());
  const std::string& got = pipeline.request;
  BOOST_TEST(got.starts_with("POST /train?of=demur HTTP/1.1\r\n"));
  BOOST_TEST(contains(got, "\r\nHost: " + pipeline.host() + "\r\n"));
  BOOST_TEST(contains(got, "\r\nContent-Type: application/json\r\n"));
  BOOST_TEST(contains(got, "\r\nContent-Length: 8\r\n"));
  BOOST_TEST(contains(got, "\r\nX-Demur-Signature: sha256=" + signature_of("the body", "Jefe") + "\r\n"));
  BOOST_TEST(got.ends_with("\r\n\r\nthe body"));
}

BOOST_AUTO_TEST_CASE(without_a_secret_nothing_is_signed_and_without_a_path_it_is_the_root) {
  listener pipeline("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  BOOST_TEST(send(pipeline.url("")).has_value());
  BOOST_TEST(pipeline.request.starts_with("POST / HTTP/1.1\r\n"));
  BOOST_TEST(!contains(pipeline.request, "X-Demur-Signature"));
}

BOOST_AUTO_TEST_CASE(a_refusal_names_the_url_and_the_status) {
  listener pipeline("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
  const auto refused = send(pipeline.url("/train"));
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.problem().detail == "The pipeline at " + pipeline.url("/train") + " answered 500; expected 2xx.");
}

BOOST_AUTO_TEST_CASE(a_pipeline_that_hangs_up_or_is_not_there_is_named) {
  std::string gone;
  {
    listener pipeline("");
    gone = pipeline.url("/train");
    const auto refused = send(gone);
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.problem().detail.starts_with("The pipeline at " + gone + " cannot be told: "));
  }
  const auto refused = send(gone);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(contains(refused.problem().detail, "refused"));
}

BOOST_AUTO_TEST_CASE(who_cancels_does_not_wait_for_a_pipeline_that_is_silent) {
  listener pipeline("");
  pipeline.let_go = false;
  const auto cancelled = send(pipeline.url("/train"), {}, [&] { return pipeline.has_request.load(); });
  pipeline.let_go = true;
  BOOST_REQUIRE(!cancelled);
  BOOST_TEST(cancelled.problem().detail == "The retrain was cancelled.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
