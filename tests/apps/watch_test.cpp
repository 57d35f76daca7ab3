#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "stop.hpp"
#include "watch_view.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <thread>

namespace demur {
namespace {

namespace json = boost::json;
using seconds = std::chrono::seconds;

json::object message(const std::string& type, int seq, const std::string& data) {
  return json::parse(R"({"type":")" + type + R"(","seq":)" + std::to_string(seq) +
                     R"(,"at":"2026-11-22T23:34:32.123Z","data":)" + data + "}")
      .as_object();
}

const std::string horror_adjusted =
    R"({"dislike_id":1,"user_id":"ann","adjustments":[{"impact_type":"genre_weight","feature_affected":"genre:Horror",)"
    R"("weight_after":0.85},{"impact_type":"filter","feature_affected":"movie:7"}]})";

/// Stops a command that would run for ever, as Ctrl-C does, when the server has heard from it so often.
class stopper {
public:
  stopper(const fake_server& server, std::size_t requests)
      : thread_([&server, requests] {
          for (int i = 0; i < 100 && server.requests().size() < requests; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
          std::this_thread::sleep_for(std::chrono::milliseconds(600));
          std::raise(SIGINT);
        }) {}
  ~stopper() {
    thread_.join();
    cli::catch_stop_signals();  // forgets the signal
  }

private:
  std::thread thread_;
};

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE(every_event_is_a_line_in_words) {
  const auto line = [](const std::string& type, const std::string& data) {
    return cli::live_line(message(type, 45, data));
  };
  BOOST_TEST(line("dislike", R"({"user_id":"ann","movie_title":"Saw","reason":"wrong_genre"})") ==
             "23:34:32  45      dislike    ann  \"Saw\"  wrong_genre");
  BOOST_TEST(line("dislike", R"({"user_id":"ann","movie_id":7,"movie_title":null,"reason":"x"})")
                 .ends_with("ann  movie 7  x"));
  BOOST_TEST(line("adjustment", horror_adjusted).ends_with("ann  genre:Horror -> 0.85, movie:7 hidden"));
  BOOST_TEST(line("pattern",
                  R"({"user_id":null,"pattern_type":"genre","pattern_value":"War","frequency":6,"severity":"high"})")
                 .ends_with("everybody  genre War  6 times, high"));
  BOOST_TEST(line("gap", R"({"from":1,"to":9,"missed":9})").ends_with("9 events missed: this client was too slow"));
  BOOST_TEST(line("retrain", R"({"phase":"started","detail":null,"cause":{"rule":"count"},)"
                             R"("version":{"model_version_id":8,"claimed_examples":20}})")
                 .ends_with("started  version 8  20 examples  because of count"));
  BOOST_TEST(line("retrain", R"({"phase":"due","detail":null,"cause":{"rule":"count"},"version":null})")
                 .ends_with("due  because of count"));
  BOOST_TEST(line("retrain", R"({"phase":"progress","version":{"model_version_id":8},)"
                             R"("progress":{"phase":"training","epoch":3,"epochs":12,"loss":0.5,"eta_s":null}})")
                 .ends_with("training  epoch 3 of 12  loss 0.5"));
  BOOST_TEST(line("surprise", R"({"a":1})").ends_with("{\"a\":1}"));
}

BOOST_AUTO_TEST_CASE(the_view_shows_figures_rate_and_as_many_events_as_fit) {
  cli::watch_view view("http://server");
  const cli::watch_view::clock::time_point begin{};
  view.connected();
  view.take(message("snapshot", 0, R"({"stream":"s","metrics":{"total_dislikes":100}})"), begin);
  view.take(message("metrics", 9, R"({"total_dislikes":150,"model_version_id":4})"), begin + seconds(5));
  for (int i = 1; i <= 50; ++i)
    view.take(message("dislike", i, R"({"user_id":"user)" + std::to_string(i) + R"(","movie_title":"T","reason":"r"})"),
              begin);

  std::ostringstream out;
  view.draw(out, begin + seconds(5), 20, 60);
  const std::string screen = out.str();
  BOOST_TEST(screen.find("http://server  connected") != std::string::npos);
  BOOST_TEST(screen.find("50 events seen, 10 dislikes/s") != std::string::npos);
  BOOST_TEST(screen.find("model version           4") != std::string::npos);
  BOOST_TEST(screen.find("user50") != std::string::npos);
  BOOST_TEST(screen.find("user1 ") == std::string::npos);
  BOOST_TEST(std::count(screen.begin(), screen.end(), '\n') == 19);

  std::ostringstream later;
  view.down("gone");
  view.draw(later, begin + seconds(30), 20, 60);
  BOOST_TEST(later.str().find("no connection (gone), trying again") != std::string::npos);
  BOOST_TEST(later.str().find(" 0 dislikes/s") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(off_a_terminal_it_prints_lines_until_ctrl_c) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  command_run run;
  {
    const stopper stop(server, 1);
    run = run_command({"watch", "--topics", "dislike,pattern", "--user", "ann", "--server", server.url()});
  }
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("snapshot   7 dislikes"));
  BOOST_TEST(server.requests().at(0).target == "/api/live?topics=dislike,pattern&user=ann");
}

BOOST_AUTO_TEST_CASE(a_connection_that_breaks_is_opened_again_and_that_is_said_once) {
  fake_demur demur;
  auto how = demur.behaviour();
  how.greeting.emplace_back();
  const fake_server server(how);
  command_run run;
  {
    const stopper stop(server, 3);
    run = run_command({"watch", "--json", "--server", server.url()});
  }
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.complains("trying again"));
  BOOST_TEST(run.complains("connected again"));
  BOOST_TEST(server.requests().size() >= 3u);
}

BOOST_AUTO_TEST_CASE(a_topic_that_the_server_does_not_know_is_refused_in_its_words) {
  const fake_server server({[](const fake_request&) {
    return fake_answer{422, R"({"detail":"No such topic.","field":"topics","found":"x","allowed":"metrics"})"};
  }});
  const command_run run = run_command({"watch", "--topics", "x", "--server", server.url()});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("allowed  metrics"));
  BOOST_TEST(run_command({"watch", "--server", "http://127.0.0.1:1"}).code == 3);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
