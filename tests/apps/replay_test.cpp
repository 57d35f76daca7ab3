#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "http_pipes.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

namespace demur {
namespace {

namespace json = boost::json;

/// 40 users with 5 low ratings each, interleaved, and a high one that is no dislike.
struct replay_folder : scratch_folder {
  replay_folder() {
    write("movies.csv",
          "movieId,title,genres\n1,One,Drama\n2,Two,Horror\n3,Three,Crime\n4,Four,Crime\n5,Five,Drama\n6,Six,War\n");
    write("cast.csv", "movieId,actor_1,actor_2,actor_3\n1,Ann,Bob,\n");
    write("franchise.csv", "movieId,collection\n1,One Collection\n");
    std::string ratings = "userId,movieId,rating,timestamp\n";
    for (int movie = 1; movie <= 6; ++movie)
      for (int user = 1; user <= 40; ++user)
        ratings += std::to_string(user) + "," + std::to_string(movie) + (movie == 6 ? ",2.5," : ",1.0,") +
                   std::to_string(1'000 * movie + user) + "\n";
    write("ratings.csv", ratings);
  }
};

command_run replay(const fake_server& server, const std::string& folder, std::vector<std::string> options = {}) {
  std::vector<std::string> line{"replay", "movielens", folder, "--server", server.url(), "--json"};
  line.insert(line.end(), options.begin(), options.end());
  return run_command(line);
}

int count(const command_run& run, const std::string& name) { return json::parse(run.out).at(name).to_number<int>(); }

/// Did every user's dislikes arrive as he rated, films 1 to 5?
void check_order(const fake_demur& demur) {
  for (int user = 1; user <= 40; ++user) {
    std::int64_t movie = 0;
    for (const auto& body : demur.bodies_of(std::to_string(user)))
      BOOST_TEST(json::parse(body).at("movie_id").as_int64() == ++movie);
    BOOST_TEST(movie == 5);
  }
}

BOOST_AUTO_TEST_SUITE(replaying)

BOOST_AUTO_TEST_CASE(low_ratings_become_dislikes_with_all_that_is_known_of_the_film) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  const command_run run = replay(server, folder.path());
  BOOST_TEST(run.code == 0);
  BOOST_TEST(count(run, "found") == 200);
  BOOST_TEST(count(run, "sent") == 200);
  BOOST_TEST(count(run, "stored") == 200);
  BOOST_TEST(count(run, "already_there") == 0);
  BOOST_TEST(count(run, "refused") == 0);
  check_order(demur);
  BOOST_TEST(json::parse(demur.bodies_of("1").at(0)) ==
             json::parse(R"({"movie_id":1,"movie_title":"One","predicted_score":6.667E-1,"reason":"not_interested",)"
                         R"("genres":["Drama"],"cast":["Ann","Bob"],"franchise":"One Collection"})"));
  std::map<std::string, std::set<std::size_t>> connections;
  for (const auto& request : server.requests()) connections[request.user_id].insert(request.connection);
  for (const auto& [user, used] : connections) BOOST_TEST(used.size() == 1u, user);
}

BOOST_AUTO_TEST_CASE(a_second_replay_stores_nothing_and_says_so) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  BOOST_TEST(replay(server, folder.path()).code == 0);
  const command_run again = replay(server, folder.path(), {"--connections", "3", "--pipeline", "5"});
  BOOST_TEST(again.code == 0);
  BOOST_TEST(count(again, "stored") == 0);
  BOOST_TEST(count(again, "already_there") == 200);
  BOOST_TEST(demur.stored() == 200u);
}

BOOST_AUTO_TEST_CASE(each_dislike_has_a_key_of_its_own_that_names_the_rating) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  replay(server, folder.path());
  std::set<std::string> keys;
  for (const auto& request : server.requests()) keys.insert(request.key);
  BOOST_TEST(keys.size() == 200u);
  BOOST_TEST(keys.count("ml:7:2:2007") == 1u);
}

BOOST_AUTO_TEST_CASE(the_original_timeline_sends_the_times_of_the_ratings) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  BOOST_TEST(replay(server, folder.path(), {"--timeline", "original"}).code == 0);
  BOOST_TEST(json::parse(demur.bodies_of("1").at(0)).at("created_at") == "1970-01-01T00:16:41.000Z");
  const command_run other = replay(server, folder.path());
  BOOST_TEST(other.code == 1);
  BOOST_TEST(count(other, "refused") == 200);
  BOOST_TEST(other.says("422 Idempotency-Key: allowed is a new key, or the same body as before"));
}

BOOST_AUTO_TEST_CASE(a_503_is_sent_again_with_its_key_and_the_order_is_kept) {
  fake_demur demur;
  demur.instead = [](const fake_request&, std::size_t number) {
    return number % 10 == 3 ? fake_answer{503, "{}", {{"Retry-After", "0"}}} : fake_answer{0};
  };
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  const command_run run = replay(server, folder.path(), {"--connections", "2", "--pipeline", "1"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(count(run, "sent") == 200);
  BOOST_TEST(count(run, "stored") == 200);
  BOOST_TEST(count(run, "sent_again") > 10);
  BOOST_TEST(demur.stored() == 200u);
  check_order(demur);
}

BOOST_AUTO_TEST_CASE(with_many_on_their_way_a_503_loses_nothing_either) {
  fake_demur demur;
  demur.instead = [](const fake_request&, std::size_t number) {
    return number % 10 < 4 ? fake_answer{503, "{}", {{"Retry-After", "0"}}} : fake_answer{0};
  };
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  const command_run run = replay(server, folder.path(), {"--connections", "2", "--pipeline", "16"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(count(run, "stored") == 200);
  BOOST_TEST(demur.stored() == 200u);
}

BOOST_AUTO_TEST_CASE(a_server_that_answers_nothing_but_503_is_given_up_in_the_end) {
  const fake_server server({[](const fake_request&) {
    return fake_answer{503, R"({"detail":"The disk is full."})", {{"Retry-After", "0"}}};
  }});
  cli::pipe_plan plan;
  plan.server = cli::parse_server_url(server.url());
  plan.connections = 2;
  plan.busy_patience = std::chrono::milliseconds(300);
  plan.again = true;
  int left = 5, lost = 0, answered = 0;
  cli::pipe_work work;
  work.next = [&](std::size_t, cli::http_request& request) {
    request = {"POST", "/api/dislike", "ann", "k" + std::to_string(left), "{}"};
    return left-- > 0;
  };
  work.answered = [&](auto&&...) { ++answered; };
  work.lost = [&](auto&&...) { ++lost; };
  const cli::pipe_end end = cli::run_pipes(plan, work);
  BOOST_TEST(end.busy);
  BOOST_TEST(!end.finished);
  BOOST_TEST(end.why == "503 The disk is full.");
  BOOST_TEST(lost == 5);
  BOOST_TEST(answered == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_connection_is_opened_again_and_nothing_is_stored_twice) {
  fake_demur demur;
  demur.lost_answers = {5, 40, 41, 120};
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  const command_run run = replay(server, folder.path(), {"--connections", "2", "--pipeline", "8"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(count(run, "stored") + count(run, "already_there") == 200);
  BOOST_TEST(count(run, "unanswered") == 0);
  BOOST_TEST(demur.stored() == 200u);
  check_order(demur);
}

BOOST_AUTO_TEST_CASE(refusals_are_counted_by_their_reason) {
  fake_demur demur;
  demur.instead = [](const fake_request& request, std::size_t) {
    if (request.user_id != "3") return fake_answer{0};
    return fake_answer{422, R"({"detail":"Not you.","field":"X-User-ID","allowed":"another user"})"};
  };
  const fake_server server(demur.behaviour());
  const replay_folder folder;
  const command_run run = run_command({"replay", "movielens", folder.path(), "--server", server.url()});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.says("stored             195\nalready there        0\nrefused              5\n"), run.out);
  BOOST_TEST(run.says("      5  422 X-User-ID: allowed is another user"));
}

BOOST_AUTO_TEST_CASE(without_a_server_it_says_how_to_start_one) {
  const replay_folder folder;
  const command_run run = run_command({"replay", "movielens", folder.path(), "--server", "http://127.0.0.1:1"});
  BOOST_TEST(run.code == 3);
  BOOST_TEST(run.complains("start a server"));
}

BOOST_AUTO_TEST_CASE(the_help_states_the_rules_it_goes_by) {
  const command_run run = run_command({"replay", "movielens", "--help"});
  BOOST_TEST(run.code == 0);
  for (const char* word : {"stars = m + (S_u - n_u m) / (n_u + 10) + (S_i - n_i m) / (n_i + 25)", "0.25 below",
                           "more than half", "ml:USER:MOVIE:TIMESTAMP", "Examples:"})
    BOOST_TEST(run.says(word), word);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
