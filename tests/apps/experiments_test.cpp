#include "apps/command.hpp"
#include "apps/fake_server.hpp"

#include <boost/test/unit_test.hpp>

namespace demur {
namespace {

const std::string one =
    R"({"experiment_id":374974989230080,"name":"shorter memory","state":"won","since":"2026-11-22T23:34:32.000Z",)"
    R"("decided_at":"2026-11-24T10:00:00.000Z","decision":"Won: clearly.","action":{"wanted":"promote",)"
    R"("model_version_id":7,"done":false,"problem":"No."},"arms":[{"name":"control","model_version_id":"live",)"
    R"("feedback":true,"share":0.5,"users":1200,"impressions":20000,"dislikes":1000,"likes":30,"dislike_rate":0.05,)"
    R"("like_rate":0.0015},{"name":"candidate","model_version_id":7,"feedback":true,"share":0.5,"users":1210,)"
    R"("impressions":20100,"dislikes":800,"likes":31,"dislike_rate":0.0398,"like_rate":null}],"looks":150,"p":0.012,)"
    R"("dislikes_per_impression":{"difference":-0.0102,"low":-0.018,"high":-0.002,"variance_reduction":0.21},)"
    R"("likes_per_impression":{"difference":null,"low":null,"high":null,"variance_reduction":null},)"
    R"("sample_ratio_p":0.84,"impressions_left_out":0})";

/// A server that has one thing to say.
struct one_answer {
  explicit one_answer(const std::string& body, int status = 200)
      : server({[=](const fake_request&) {
          return fake_answer{status, body};
        }}) {}
  command_run run(std::vector<std::string> line) const {
    line.insert(line.end(), {"--server", server.url()});
    return run_command(line);
  }
  fake_request request() const { return server.requests().at(0); }
  fake_server server;
};

BOOST_AUTO_TEST_SUITE(experiments)

BOOST_AUTO_TEST_CASE(the_list_has_a_line_for_each) {
  const one_answer server(R"({"experiments":[)" + one + "]}");
  const command_run run = server.run({"experiments", "list"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/experiments");
  BOOST_TEST(run.says("374974989230080  shorter memory  won    2026-11-22 23:34:32    150     -1.02 %  0.012"));
  BOOST_TEST(one_answer(R"({"experiments":[]})").run({"experiments", "list"}).says("no experiment yet"));
}

BOOST_AUTO_TEST_CASE(one_is_shown_with_its_arms_and_what_became_of_its_decision) {
  const one_answer server(one);
  const command_run run = server.run({"experiments", "show", "374974989230080"});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().target == "/api/experiments/374974989230080");
  BOOST_TEST(run.says("Won: clearly."));
  BOOST_TEST(run.says("promote: not done. No."));
  BOOST_TEST(run.says("-1.02 % (-1.8 % to -0.2 %)"));
  BOOST_TEST(run.says("0.012 after 150 looks"));
  BOOST_TEST(run.says("control       live  yes         0.5  1,200       20,000     1,000     30       5 %  0.15 %"));
  BOOST_TEST(run.says("3.98 %       -"));
  BOOST_TEST(server.run({"experiments", "show", "374974989230080", "--json"}).out == one + "\n");
}

BOOST_AUTO_TEST_CASE(an_action_that_is_done_is_told_as_done) {
  const one_answer done(R"({"action":{"wanted":"promote","model_version_id":7,"done":true,"problem":null}})");
  BOOST_TEST(done.run({"experiments", "show", "5"}).says("promote: done"));
  const one_answer waiting(R"({"action":{"wanted":"rollback","model_version_id":7,"done":false,"problem":null}})");
  BOOST_TEST(waiting.run({"experiments", "show", "5"}).says("rollback: under way"));
  BOOST_TEST(one_answer(R"({"action":null})").run({"experiments", "show", "5"}).says("action                   -"));
}

BOOST_AUTO_TEST_CASE(a_file_starts_one) {
  const scratch_folder folder;
  const std::string body = R"({"name":"n","arms":[{"name":"a"},{"name":"b"}]})";
  const one_answer server(one, 201);
  const command_run run = server.run({"experiments", "start", folder.write("plan.json", body)});
  BOOST_TEST(run.code == 0, run.err);
  BOOST_TEST(server.request().method == "POST");
  BOOST_TEST(server.request().target == "/api/experiments");
  BOOST_TEST(server.request().body == body);
  const command_run none = server.run({"experiments", "start", folder.path("none.json")});
  BOOST_TEST(none.code == 2);
  BOOST_TEST(none.complains("none.json cannot be read"));
  const command_run refused = one_answer(R"({"detail":"No.","field":"arms","found":"[]","allowed":"two"})", 422)
                                  .run({"experiments", "start", folder.path("plan.json")});
  BOOST_TEST(refused.code == 1);
  BOOST_TEST(refused.complains("arms"));
}

BOOST_AUTO_TEST_CASE(one_is_stopped) {
  const one_answer server(one);
  BOOST_TEST(server.run({"experiments", "stop", "5"}).code == 0);
  BOOST_TEST(server.request().method == "POST");
  BOOST_TEST(server.request().target == "/api/experiments/5/stop");
  const command_run odd = server.run({"experiments", "stop", "five"});
  BOOST_TEST(odd.code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
