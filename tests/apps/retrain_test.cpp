#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "stop.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>

namespace demur {
namespace {

namespace json = boost::json;

/// A server that retrains as long as a test says.
struct retraining {
  std::vector<std::string> states;  ///< what GET /api/retrain answers, one after the other; the last for ever
  std::string models = R"({"models":[]})";
  std::size_t asked = 0;
  std::function<void()> at_each = [] {};

  fake_server::behaviour behaviour() {
    return {[this](const fake_request& request) -> fake_answer {
      if (request.method == "POST") return {202, R"({"retrain_id":7,"claimed_examples":20})"};
      if (request.method == "DELETE") return {202, R"({"retrain_id":7})"};
      if (request.target == "/api/models") return {200, models};
      at_each();
      return {200, states.at(std::min(asked++, states.size() - 1))};
    }};
  }
  command_run run(std::vector<std::string> options = {}) {
    const fake_server server(behaviour());
    std::vector<std::string> line{"retrain", "--server", server.url()};
    line.insert(line.end(), options.begin(), options.end());
    command_run ran = run_command(line);
    requests = server.requests();
    return ran;
  }
  std::vector<fake_request> requests = {};
};

const std::string waiting =
    R"({"state":"running","retrain_id":7,"phase":"waiting","epoch":0,"epochs":0,"loss":null,"outcome":null})";
const std::string third_epoch =
    R"({"state":"running","retrain_id":7,"phase":"training","epoch":3,"epochs":10,"loss":0.5,"eta_s":75,"outcome":null})";
const std::string published = R"({"state":"idle","retrain_id":7,"outcome":"published","detail":null})";

BOOST_AUTO_TEST_SUITE(retrain_command)

BOOST_AUTO_TEST_CASE(a_retrain_is_followed_until_it_is_published) {
  retraining server{{waiting, third_epoch, published}};
  const command_run run = server.run();
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("retraining: version 7 with 20 examples\n"));
  BOOST_TEST(run.complains("waiting\n"));
  BOOST_TEST(run.complains("training  epoch 3 of 10  loss 0.5  1:15 left\n"));
  BOOST_TEST(run.says("published: version 7\n"));
  BOOST_TEST(server.requests.size() == 4u);
}

BOOST_AUTO_TEST_CASE(one_that_fails_is_exit_code_1_and_says_why) {
  retraining server{{waiting, R"({"state":"idle","retrain_id":7,"outcome":"failed","detail":"Out of ideas."})"}};
  const command_run run = server.run();
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("version 7 is failed: Out of ideas."));
  const command_run as_json = server.run({"--json"});
  BOOST_TEST(as_json.code == 1);
  BOOST_TEST((json::parse(as_json.out) ==
              json::object{{"retrain_id", 7}, {"outcome", "failed"}, {"detail", "Out of ideas."}}));
}

BOOST_AUTO_TEST_CASE(one_that_another_has_followed_is_looked_for_among_the_models) {
  retraining server{{R"({"state":"running","retrain_id":8,"phase":"training"})"}};
  server.models = R"({"models":[{"model_version_id":8,"state":"training"},{"model_version_id":7,"state":"retired"}]})";
  BOOST_TEST(server.run().code == 0);
  server.models = R"({"models":[{"model_version_id":7,"state":"failed"}]})";
  BOOST_TEST(server.run().code == 1);
}

BOOST_AUTO_TEST_CASE(who_does_not_wait_is_back_at_once) {
  retraining server{{waiting}};
  BOOST_TEST(server.run({"--no-wait"}).says("'demur models' shows when it is live"));
  BOOST_TEST(server.requests.size() == 1u);
  BOOST_TEST(server.run({"--no-wait", "--json"}).out == "{\"retrain_id\":7,\"claimed_examples\":20}\n");
}

BOOST_AUTO_TEST_CASE(who_presses_ctrl_c_leaves_it_running) {
  retraining server{{waiting}};
  server.at_each = [] { std::raise(SIGINT); };
  const command_run run = server.run();
  cli::catch_stop_signals();  // forgets the signal
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("the retrain goes on in the server"));
  for (const fake_request& request : server.requests) BOOST_TEST(request.method != "DELETE");
}

BOOST_AUTO_TEST_CASE(one_can_be_cancelled) {
  retraining server{{waiting}};
  const command_run run = server.run({"--cancel"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("cancelled: version 7; its examples are free again"));
  BOOST_REQUIRE_EQUAL(server.requests.size(), 1u);
  BOOST_TEST(server.requests[0].method == "DELETE");
  BOOST_TEST(server.requests[0].target == "/api/retrain");
  BOOST_TEST(server.run({"--cancel", "--no-wait"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
