#include "demurd/program.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using options = std::vector<std::string>;

const std::string health = "GET /healthz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n";

/// Options of a server on a free port with a data folder of its own, and what it logs as JSON.
options own(const std::string& data) {
  fs::remove_all(data);
  std::ofstream("json.toml") << "[log]\nformat = 'json'\n";
  return {"--config", "json.toml", "--listen", "127.0.0.1:0", "--data", data, "--plugins", DEMUR_PLUGIN_DIR};
}

std::vector<json::object> lines_of(const program& demurd) {
  std::istringstream text(demurd.err());
  std::vector<json::object> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line).as_object());
  return lines;
}

json::object line_with(const program& demurd, std::string_view message) {
  for (auto& line : lines_of(demurd))
    if (line.at("message").as_string().starts_with(message)) return line;
  BOOST_FAIL("there is no line \"" << message << "\" in\n" << demurd.err());
  return {};
}

void until_started(program& demurd) { BOOST_REQUIRE_MESSAGE(demurd.says("\"started\""), demurd.err()); }

int port_of(const program& demurd) { return static_cast<int>(line_with(demurd, "started").at("port").as_int64()); }

/// A port that is taken while this lives.
class taken_port {
public:
  taken_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(bind(line_, plain, size) == 0 && listen(line_, 1) == 0 && getsockname(line_, plain, &size) == 0);
    number_ = ntohs(address.sin_port);
  }
  taken_port(const taken_port&) = delete;
  taken_port& operator=(const taken_port&) = delete;
  ~taken_port() { close(line_); }
  int number() const { return number_; }

private:
  int line_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int number_ = 0;
};

BOOST_AUTO_TEST_SUITE(life)

BOOST_AUTO_TEST_CASE(it_starts_on_a_free_port_serves_and_ends_cleanly_at_either_signal) {
  for (const int signal : {SIGTERM, SIGINT}) {
    program demurd(own("life"));
    until_started(demurd);
    BOOST_TEST(port_of(demurd) > 0);
    BOOST_TEST(exchange(port_of(demurd), health).starts_with("HTTP/1.1 200"));
    demurd.send(signal);
    BOOST_TEST(demurd.wait() == 0);
    BOOST_TEST(line_with(demurd, "stopping").at("signal").as_string() == (signal == SIGTERM ? "SIGTERM" : "SIGINT"));
    line_with(demurd, "stopped");
  }
}

BOOST_AUTO_TEST_CASE(the_first_line_says_what_runs_where) {
  program demurd(own("life"));
  until_started(demurd);
  const auto line = line_with(demurd, "started");
  const std::string port = std::to_string(port_of(demurd));
  BOOST_TEST(line.at("level").as_string() == "info");
  BOOST_TEST(line.at("listen").as_string() == "127.0.0.1:" + port);
  BOOST_TEST(line.at("data").as_string() == fs::absolute("life").string());
  BOOST_TEST(line.at("store").as_string() == "sqlite3://demur.db");
  BOOST_TEST(line.at("plugins").as_string() == DEMUR_PLUGIN_DIR);
  BOOST_TEST(!line.at("version").as_string().empty());
  BOOST_TEST(line.at("reasons").as_array().size() >= 5U);
  const std::string time(line.at("time").as_string());
  BOOST_TEST((time.size() == 24U && time[10] == 'T' && time.ends_with('Z')), time);
  BOOST_TEST(fs::exists("life/demur.db"));
}

BOOST_AUTO_TEST_CASE(a_taken_port_is_said_and_ends_with_1) {
  const taken_port taken;
  const std::string address = "127.0.0.1:" + std::to_string(taken.number());
  auto asked = own("life");
  asked[3] = address;
  program demurd(asked);
  BOOST_TEST(demurd.wait() == 1);
  const std::string said(line_with(demurd, "could not start").at("message").as_string());
  BOOST_TEST(said.find(address) != std::string::npos, said);
  BOOST_TEST(said.find("in use") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(a_data_folder_that_cannot_be_made_is_said_and_ends_with_1) {
  auto asked = own("life");
  asked[5] = "json.toml/inside";
  program demurd(asked);
  BOOST_TEST(demurd.wait() == 1);
  const std::string said(line_with(demurd, "could not start").at("message").as_string());
  BOOST_TEST(said.find("json.toml/inside") != std::string::npos, said);
}

BOOST_AUTO_TEST_CASE(plugins_that_cannot_be_used_are_said_and_end_with_2) {
  auto absent = own("life");
  absent[7] = "no such folder";
  program without(absent);
  BOOST_TEST(without.wait() == 2);
  const std::string said(line_with(without, "could not start").at("message").as_string());
  BOOST_TEST(said.find("no such folder") != std::string::npos, said);

  const auto constant = own("life");
  std::ofstream("json.toml", std::ios::app) << "[plugins.wrong_genre]\ngenre_deemphasis_factor = 1.5\n";
  program beyond(constant);
  BOOST_TEST(beyond.wait() == 2);
  BOOST_TEST(beyond.err().find("genre_deemphasis_factor") != std::string::npos, beyond.err());
}

BOOST_AUTO_TEST_CASE(without_a_folder_chosen_the_plugins_beside_the_program_are_loaded) {
  auto asked = own("life");
  asked.resize(6);
  program beside(asked);
  until_started(beside);
  BOOST_TEST(line_with(beside, "started").at("plugins").as_string() == DEMUR_PLUGIN_DIR);
  // A folder of that name where it is started goes first.
  fs::create_directories("elsewhere/plugins");
  asked[1] = "../json.toml";
  program here(asked, "cd elsewhere");
  BOOST_TEST(here.wait() == 2);
  fs::remove_all("elsewhere");
}

BOOST_AUTO_TEST_CASE(the_limit_of_open_files_is_raised_as_far_as_allowed) {
  program demurd(own("life"), "ulimit -S -n 256; ulimit -H -n 1024");
  until_started(demurd);
  const std::string limits = content_of("/proc/" + std::to_string(demurd.id()) + "/limits");
  BOOST_TEST(limits.find("Max open files            1024                 1024") != std::string::npos, limits);
  const auto warned = line_with(demurd, "too few open files");
  BOOST_TEST(warned.at("level").as_string() == "warn");
  BOOST_TEST(warned.at("allowed").as_int64() == 1'024);
  BOOST_TEST(warned.at("max_connections").as_int64() == 10'000);
}

BOOST_AUTO_TEST_CASE(lines_below_the_chosen_level_are_not_written) {
  auto asked = own("life");
  asked.insert(asked.end(), {"--log-level", "error"});
  program demurd(asked, "ulimit -n 1024");
  // Without lines there is no port to be told: it is up once its store is.
  for (int tries = 0; tries < 1'000 && !fs::exists("life/demur.db"); ++tries) usleep(10'000);
  demurd.send(SIGTERM);
  BOOST_TEST(demurd.wait() == 0);
  BOOST_TEST(demurd.err() == "");
}

BOOST_AUTO_TEST_CASE(a_closed_standard_error_does_not_end_it) {
  auto asked = own("life");
  program demurd(asked, "exec 2>&-");
  for (int tries = 0; tries < 1'000 && !fs::exists("life/demur.db"); ++tries) usleep(10'000);
  demurd.send(SIGTERM);
  BOOST_TEST(demurd.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
