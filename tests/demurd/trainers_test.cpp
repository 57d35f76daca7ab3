#include "demurd/at_work.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <filesystem>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

/// A run of `demur` to its end.
struct command_line {
  int code = 0;
  std::string out;
  std::string err;
};

command_line demur_says(const demurd_at_work& server, std::vector<std::string> words) {
  words.insert(words.end(), {"--server", server.url()});
  program run(words, {}, "demur");
  command_line said;
  said.code = run.wait();
  said.out = run.out();
  said.err = run.err();
  return said;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Settings of a server whose trainer is this script.
std::string trained_by(const std::string& script, const std::string& more = {}) {
  return "[retrain]\nautomatic = false\ntrainer = 'command'\n[trainer.command]\nprogram = ['/bin/sh', '-c', '''" +
         script + "''']\n" + more;
}

void feed(web::http_client& over) {
  BOOST_TEST(post(over, "/api/movies", {},
                  R"([{"movie_id":1,"movie_title":"Saw","genres":["Horror"],"directors":["James Wan"]}])")
                 .status == 200);
  BOOST_TEST(post(over, "/api/ratings", "ann", R"([{"movie_id":1,"rating":4.5},{"movie_id":2,"rating":1.0}])").status ==
             200);
  BOOST_TEST(post(over, "/api/dislike", "bob", R"({"movie_id":1,"reason":"wrong_genre"})").status == 201);
}

json::object status(web::http_client& over) { return get(over, "/api/retrain").json(); }

/// Waits until GET /api/retrain has this in this member.
bool comes_to(web::http_client& over, const char* member, std::string_view value) {
  for (int i = 0; i < 3'000; ++i) {
    const json::object now = status(over);
    if (now.at(member).is_string() && now.at(member).as_string() == value) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

json::object newest_model(web::http_client& over) {
  return get(over, "/api/models").json().at("models").as_array().at(0).as_object();
}

/// The far side of the webhook: takes one announcement.
class pipeline_elsewhere {
public:
  pipeline_elsewhere() : line_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    BOOST_REQUIRE(::bind(line_, plain, size) == 0 && ::listen(line_, 1) == 0);
    BOOST_REQUIRE(::getsockname(line_, plain, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~pipeline_elsewhere() { ::close(line_); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/train"; }

  json::object announcement() const {
    const int taken = ::accept(line_, nullptr, nullptr);
    std::string text;
    char piece[4'096];
    while (true) {
      const auto head_end = text.find("\r\n\r\n");
      if (head_end != std::string::npos && text.ends_with("}")) break;
      const auto got = ::read(taken, piece, sizeof piece);
      if (got <= 0) break;
      text.append(piece, static_cast<std::size_t>(got));
    }
    constexpr std::string_view answer = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";
    (void)!::write(taken, answer.data(), answer.size());
    ::close(taken);
    return json::parse(text.substr(text.find("\r\n\r\n") + 4)).as_object();
  }

private:
  int line_;
  std::uint16_t port_ = 0;
};

/// `http://127.0.0.1:1/api/...` -> `/api/...`
std::string path_of(const json::value& url) {
  const std::string text(url.as_string());
  return text.substr(text.find("/api/"));
}

BOOST_AUTO_TEST_SUITE(trainers)

BOOST_AUTO_TEST_CASE(a_program_trains_and_its_model_goes_live) {
  demurd_at_work server("trained",
                        trained_by("echo learning; wc -l < opinions.csv; cp opinions.csv kept; "
                                   R"(echo '{"metrics":{"ndcg":0.25},"shared_log_weights":{"genre:Horror":-1},)"
                                   R"("model":"kept"}' > result.json)"));
  web::http_client over(server.port());
  feed(over);
  const command_line said = demur_says(server, {"retrain"});
  BOOST_TEST(said.code == 0, said.err);
  BOOST_TEST(contains(said.out, "published: version "));
  const json::object model = newest_model(over);
  BOOST_TEST(model.at("state").as_string() == "live");
  BOOST_TEST(model.at("trainer").as_string() == "command");
  BOOST_TEST(model.at("metrics").at("ndcg").to_number<double>() == 0.25);
  BOOST_TEST(status(over).at("outcome").as_string() == "published");
  const auto version = std::to_string(model.at("model_version_id").as_int64());
  const std::string kept = content_of("trained/models/" + version + ".artefact");
  BOOST_TEST(contains(kept, "ann,1,like,,1,"));
  BOOST_TEST(contains(kept, "ann,2,dislike,,0.8,"));
  BOOST_TEST(contains(kept, "bob,1,dislike,wrong_genre,0.8,"));
  BOOST_TEST(contains(server.process().err(), "the trainer says: learning"));
  BOOST_TEST(contains(server.process().err(), "the trainer says: 4"));
  BOOST_TEST(fs::is_empty("trained/training"));
  // What it learned reaches those who never complained: exp(-1).
  const auto ranked = post(over, "/api/rerank", "eve", R"({"candidates":[{"movie_id":1,"score":0.5}]})").json();
  const auto& multiplier = ranked.at("candidates").as_array().at(0).at("multiplier");
  BOOST_TEST(multiplier.to_number<double>() == 0.367879441, boost::test_tools::tolerance(1e-8));
  server.end();
}

BOOST_AUTO_TEST_CASE(a_program_that_fails_leaves_the_examples_and_its_folder) {
  demurd_at_work server("untrained", trained_by("echo no memory >&2; exit 3"));
  web::http_client over(server.port());
  feed(over);
  const command_line said = demur_says(server, {"retrain"});
  BOOST_TEST(said.code == 1);
  BOOST_TEST(
      contains(said.err, "is failed: The program /bin/sh ended with exit code 3; expected 0. It said: no memory"));
  const json::object model = newest_model(over);
  BOOST_TEST(model.at("state").as_string() == "failed");
  BOOST_TEST(
      fs::exists("untrained/training/" + std::to_string(model.at("model_version_id").as_int64()) + "/task.json"));
  BOOST_TEST(get(over, "/api/feedback-metrics").json().at("untrained_negative_examples").as_int64() == 1);
  server.end();
}

BOOST_AUTO_TEST_CASE(a_running_program_is_followed_and_cancelled) {
  demurd_at_work server("cancelled", trained_by(R"(echo 'demur-progress {"epoch":3,"epochs":10}'; sleep 600)"));
  web::http_client over(server.port());
  feed(over);
  BOOST_TEST(demur_says(server, {"retrain", "--no-wait"}).code == 0);
  for (int i = 0; i < 3'000 && status(over).at("epoch").as_int64() != 3; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  BOOST_TEST(status(over).at("epochs").as_int64() == 10);
  BOOST_TEST(post(over, "/api/retrain", {}, "").status == 409);
  const command_line said = demur_says(server, {"retrain", "--cancel"});
  BOOST_TEST(said.code == 0);
  BOOST_TEST(comes_to(over, "outcome", "failed"));
  BOOST_TEST(status(over).at("detail").as_string() == "The retrain was cancelled.");
  BOOST_TEST(demur_says(server, {"retrain", "--cancel"}).code == 1);
  server.end();
}

BOOST_AUTO_TEST_CASE(a_stop_ends_the_program_too) {
  demurd_at_work server("stopped", trained_by("echo $$ > ../number; sleep 600"));
  web::http_client over(server.port());
  feed(over);
  BOOST_TEST(demur_says(server, {"retrain", "--no-wait"}).code == 0);
  wait_for_bytes("stopped/training/number", 2);
  server.end();
  const std::string number = content_of("stopped/training/number");
  BOOST_TEST(!fs::exists("/proc/" + number.substr(0, number.find('\n'))));
}

BOOST_AUTO_TEST_CASE(a_pipeline_elsewhere_trains) {
  const pipeline_elsewhere pipeline;
  demurd_at_work server("elsewhere", "[retrain]\nautomatic = false\ntrainer = 'webhook'\n[trainer.webhook]\nurl = '" +
                                         pipeline.url() + "'\ncallback = 'http://127.0.0.1:1'\n");
  web::http_client over(server.port());
  feed(over);
  BOOST_TEST(demur_says(server, {"retrain", "--no-wait"}).code == 0);
  const json::object told = pipeline.announcement();
  BOOST_TEST(told.at("claimed_examples").as_int64() == 1);

  const auto opinions = get(over, path_of(told.at("training_set").at("opinions")));
  BOOST_TEST(opinions.status == 200);
  BOOST_TEST(opinions.has("Content-Type: text/csv; charset=utf-8\r\n"));
  BOOST_TEST(!opinions.has("Link:"));
  BOOST_TEST(contains(opinions.body, "bob,1,dislike,wrong_genre,0.8,"));
  const auto movies = get(over, path_of(told.at("training_set").at("movies")));
  BOOST_TEST(contains(movies.body, "James Wan"));
  BOOST_TEST(get(over, path_of(told.at("training_set").at("task"))).json().at("claimed_examples").as_int64() == 1);

  const std::string progress = path_of(told.at("progress")), result = path_of(told.at("result"));
  BOOST_TEST(post(over, progress, {}, R"({"phase":"training","epoch":2,"epochs":4})").body == R"({"lease_s":600})");
  BOOST_TEST(comes_to(over, "phase", "training"));
  BOOST_TEST(post(over, progress, {}, R"({"epoch":"two"})").status == 422);
  BOOST_TEST(post(over, "/api/retrain/1/progress", {}, "{}").status == 404);
  BOOST_TEST(post(over, result, {}, R"({"metrics":{"ndcg":0.5}})").status == 202);
  BOOST_TEST(comes_to(over, "outcome", "published"));
  BOOST_TEST(newest_model(over).at("metrics").at("ndcg").to_number<double>() == 0.5);
  BOOST_TEST(post(over, result, {}, R"({"metrics":{}})").status == 409);
  BOOST_TEST(get(over, path_of(told.at("training_set").at("opinions"))).status == 409);
  server.end();
}

BOOST_AUTO_TEST_CASE(without_a_webhook_nobody_may_bring_word) {
  demurd_at_work server("no-webhook");
  web::http_client over(server.port());
  BOOST_TEST(post(over, "/api/retrain/12/progress", {}, "{}").status == 404);
  BOOST_TEST(post(over, "/api/retrain/12/result", {}, R"({"metrics":{}})").status == 404);
  BOOST_TEST(get(over, "/api/retrain/12/training-set").status == 404);
  const json::object idle = status(over);
  BOOST_TEST(idle.at("state").as_string() == "idle");
  BOOST_TEST(idle.at("retrain_id").is_null());
  BOOST_TEST(idle.at("outcome").is_null());
  server.end();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
