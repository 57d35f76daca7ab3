#include "demurd/log.hpp"
#include "demurd/program.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <fcntl.h>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>

namespace demur::server_program {
namespace {

/// What is written to standard error meanwhile.
std::string written(const settings::log_section& chosen, const std::function<void()>& write) {
  const std::string file = "written.log";
  std::fflush(stderr);
  const int before = dup(STDERR_FILENO);
  const int to = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  BOOST_REQUIRE(before >= 0 && to >= 0 && dup2(to, STDERR_FILENO) >= 0);
  configure_log(chosen);
  write();
  std::fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  close(to);
  return content_of(file);
}

/// A line without its time.
std::string rest(const std::string& line) {
  BOOST_REQUIRE(line.size() > 25U);
  return line.substr(25);
}

const settings::log_section text{"info", "text"};
const settings::log_section json{"info", "json"};

BOOST_AUTO_TEST_SUITE(log)

BOOST_AUTO_TEST_CASE(a_text_line_has_time_level_message_and_fields) {
  const std::string line = written(text, [] {
    log_event(spdlog::level::info, "started",
              {{"port", std::int64_t{80}}, {"name", "a b"}, {"on", true}, {"all", std::vector<std::string>{"x", "y"}}});
  });
  BOOST_TEST(rest(line) == "info  started port=80 name=\"a b\" on=true all=x,y\n");
  BOOST_TEST((line[4] == '-' && line[10] == 'T' && line[19] == '.' && line[23] == 'Z'), line);
}

BOOST_AUTO_TEST_CASE(a_json_line_is_an_object_with_the_same) {
  const auto line =
      boost::json::parse(written(json, [] {
        log_event(spdlog::level::warn, "started",
                  {{"port", std::int64_t{80}}, {"name", "a \"b\""}, {"all", std::vector<std::string>{"x"}}});
      })).as_object();
  BOOST_TEST(line.size() == 6U);
  BOOST_TEST(line.at("level").as_string() == "warn");
  BOOST_TEST(line.at("message").as_string() == "started");
  BOOST_TEST(line.at("port").as_int64() == 80);
  BOOST_TEST(line.at("name").as_string() == "a \"b\"");
  BOOST_TEST(line.at("all").as_array().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_line_stays_one_line_whatever_stands_in_it) {
  const std::string odd = "\" \\ \n\t\x1b[31m \xFF \xC2\x9B \xC3\xA4 \xED\xA0\x80";
  const auto write = [&] { log_event(spdlog::level::info, odd, {{"same", odd}}); };
  const std::string readable = "\" \\ \n\t\x1b[31m \uFFFD \u009b ä \uFFFD\uFFFD\uFFFD";
  const auto object = boost::json::parse(written(json, write)).as_object();
  BOOST_TEST(object.at("message").as_string() == readable);
  BOOST_TEST(object.at("same").as_string() == readable);
  BOOST_TEST(rest(written(text, write)) ==
             "info  \" \\ \\u000a\\u0009\\u001b[31m \uFFFD \\u009b ä \uFFFD\uFFFD\uFFFD "
             "same=\"\\\" \\\\ \\u000a\\u0009\\u001b[31m \uFFFD \\u009b ä \uFFFD\uFFFD\uFFFD\"\n");
}

BOOST_AUTO_TEST_CASE(lines_of_the_rooms_have_no_fields_of_others) {
  const std::string lines = written(text, [] {
    log_event(spdlog::level::info, "mine", {{"key", "value"}});
    std::thread([] { spdlog::warn("theirs {}", 1); }).join();
    spdlog::critical("last");
  });
  BOOST_TEST(lines.find("info  mine key=value\n") != std::string::npos, lines);
  BOOST_TEST(lines.find("warn  theirs 1\n") != std::string::npos, lines);
  BOOST_TEST(lines.find("error last\n") != std::string::npos, lines);
}

BOOST_AUTO_TEST_CASE(what_is_below_the_level_is_not_written) {
  const auto write = [] {
    spdlog::debug("d");
    spdlog::info("i");
    spdlog::warn("w");
    spdlog::error("e");
  };
  const auto count = [&](const char* level) {
    const std::string lines = written({level, "text"}, write);
    return std::count(lines.begin(), lines.end(), '\n');
  };
  BOOST_TEST(count("trace") == 4);
  BOOST_TEST(count("debug") == 4);
  BOOST_TEST(count("info") == 3);
  BOOST_TEST(count("warn") == 2);
  BOOST_TEST(count("error") == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::server_program
