#include "plugin/plugin_folder.hpp"
#include "runtime/facade.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <sstream>
#include <string>

namespace demur {

namespace {

/// What is logged, as long as it lives.
class log_capture {
public:
  log_capture() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text_)));
  }
  ~log_capture() { spdlog::set_default_logger(before_); }
  log_capture(const log_capture&) = delete;
  log_capture& operator=(const log_capture&) = delete;
  std::string text() const { return text_.str(); }

private:
  std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream text_;
};

struct with_a_rogue : testing::facade {
  plugin::plugin_folder plugins;
  log_capture log;

  std::string logged_when(const std::string& deed) {
    plugins.drop("rogue");
    chosen.plugins.folder = plugins.path().string();
    chosen.plugins.config["rogue"] = R"({"does": ")" + deed + "\"}";
    start();
    auto request = horror("ann");
    request.reason = "rogue";
    testing::value_of(running->dislike(request));
    running.reset();
    return log.text();
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_log)

BOOST_FIXTURE_TEST_CASE(what_a_plugin_reports_is_logged_with_its_name, with_a_rogue) {
  const std::string text = logged_when("report");
  BOOST_TEST(text.find("plugin rogue 6.6.6") != std::string::npos, text);
  BOOST_TEST(text.find("here") != std::string::npos, text);
}

BOOST_FIXTURE_TEST_CASE(what_a_plugin_reports_while_it_is_made_is_logged_too, with_a_rogue) {
  const std::string text = logged_when("report early");
  BOOST_TEST(text.find("it is early") != std::string::npos, text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace demur
