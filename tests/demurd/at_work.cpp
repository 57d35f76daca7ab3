#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace demur {

namespace {

std::uint16_t port_in(const std::string& log) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    const auto told = boost::json::parse(line).as_object();
    if (told.at("message").as_string() == "started") return static_cast<std::uint16_t>(told.at("port").as_int64());
  }
  return 0;
}

std::string user_line(std::string_view user_id) {
  return user_id.empty() ? std::string() : "X-User-ID: " + std::string(user_id) + "\r\n";
}

}  // namespace

kept_port::kept_port() : line_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(bind(line_, plain, size) == 0 && getsockname(line_, plain, &size) == 0);
  // Only now: while it is chosen, a port that somebody else keeps in this way must not count as free.
  const int on = 1;
  BOOST_REQUIRE(setsockopt(line_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0);
  number_ = ntohs(address.sin_port);
}

kept_port::~kept_port() { close(line_); }

demurd_at_work::demurd_at_work(const std::string& data, const std::string& chosen, const std::string& shell_before,
                               const std::string& plugins)
    : data_(data), settings_file_(data + ".toml"), shell_before_(shell_before), plugins_(plugins) {
  std::filesystem::remove_all(data);
  std::ofstream(settings_file_) << "[log]\nformat = 'json'\n" << chosen;
  start();
}

void demurd_at_work::start() {
  process_ = std::make_unique<program>(std::vector<std::string>{"--config", settings_file_, "--listen", "127.0.0.1:0",
                                                                "--data", data_, "--plugins", plugins_},
                                       shell_before_);
  BOOST_REQUIRE_MESSAGE(process_->says("\"started\""), process_->err());
  port_ = port_in(process_->err());
}

void demurd_at_work::end() {
  process_->send(SIGTERM);
  BOOST_TEST(process_->wait() == 0, process_->err());
}

void demurd_at_work::restart() {
  end();
  start();
}

web::http_answer post(web::http_client& over, std::string_view target, std::string_view user_id, std::string_view body,
                      std::string_view headers) {
  over.send("POST " + std::string(target) + " HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n" +
            user_line(user_id) + std::string(headers) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
            std::string(body));
  return over.answer();
}

web::http_answer get(web::http_client& over, std::string_view target, std::string_view user_id) {
  return over.get(target, user_line(user_id));
}

std::string stored_part(const std::string& figures) {
  auto kept = boost::json::parse(figures).as_object();
  for (const char* of_process : {"strategies", "time_to_visible", "time_to_effect"}) kept.erase(of_process);
  return boost::json::serialize(kept);
}

}  // namespace demur
