#include "answers.hpp"
#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "http_client.hpp"
#include "wire.hpp"

#include <boost/test/unit_test.hpp>

namespace demur {
namespace {

using cli::parse_server_url;

bool refused(const std::string& url, const std::string& because) {
  try {
    parse_server_url(url);
  } catch (const cli::failure& problem) {
    return problem.code() == cli::exit_code::usage && std::string(problem.what()).find(because) != std::string::npos;
  }
  return false;
}

BOOST_AUTO_TEST_SUITE(http)

BOOST_AUTO_TEST_CASE(a_server_url_has_a_host_and_perhaps_port_and_path) {
  BOOST_TEST((parse_server_url("http://127.0.0.1:8080") == cli::server_url{"127.0.0.1", "8080", ""}));
  BOOST_TEST((parse_server_url("http://demur.example") == cli::server_url{"demur.example", "80", ""}));
  BOOST_TEST((parse_server_url("localhost:81/") == cli::server_url{"localhost", "81", ""}));
  BOOST_TEST((parse_server_url("http://host/a/b/") == cli::server_url{"host", "80", "/a/b"}));
  BOOST_TEST((parse_server_url("http://[::1]:9") == cli::server_url{"::1", "9", ""}));
  BOOST_TEST(parse_server_url("http://[::1]:9").text() == "http://[::1]:9");
}

BOOST_AUTO_TEST_CASE(a_bad_server_url_is_refused_with_what_is_wrong) {
  BOOST_TEST(refused("https://host", "http only"));
  BOOST_TEST(refused("ftp://host", "unknown scheme \"ftp\""));
  BOOST_TEST(refused("http://", "no host"));
  BOOST_TEST(refused("http://host:0", "\"0\" is no port"));
  BOOST_TEST(refused("http://host:65536", "no port"));
  BOOST_TEST(refused("http://host:", "\"\" is no port"));
  BOOST_TEST(refused("http://host:80x", "no port"));
  BOOST_TEST(refused("http://[::1", "not closed"));
  BOOST_TEST(refused("http://[::1]x", "between"));
  BOOST_TEST(refused("http://a b", "no host name"));
  BOOST_TEST(refused("http://host?x=1", "query"));
}

BOOST_AUTO_TEST_CASE(query_values_are_escaped) { BOOST_TEST(cli::url_encoded("a b&c/d,é") == "a%20b%26c%2Fd,%C3%A9"); }

BOOST_AUTO_TEST_CASE(answers_are_read_however_the_bytes_are_cut) {
  const std::string wire =
      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nIdempotent-Replayed: true\r\n\r\n{}"
      "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  for (std::size_t cut = 1; cut < wire.size(); ++cut) {
    cli::answer_reader reader;
    std::vector<cli::http_answer> answers;
    for (std::size_t at = 0; at < wire.size(); at += cut) BOOST_REQUIRE(reader.take(wire.substr(at, cut), answers));
    BOOST_REQUIRE_EQUAL(answers.size(), 2u);
    BOOST_TEST(answers[0].status == 201);
    BOOST_TEST(answers[0].body == "{}");
    BOOST_TEST(answers[0].replayed);
    BOOST_TEST(answers[0].keep_alive);
    BOOST_TEST(answers[1].retry_after.value().count() == 7);
    BOOST_TEST(!answers[1].keep_alive);
  }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_http_are_refused) {
  cli::answer_reader reader;
  std::vector<cli::http_answer> answers;
  BOOST_TEST(!reader.take("SSH-2.0-OpenSSH_9.2\r\n\r\n", answers));
}

BOOST_AUTO_TEST_CASE(a_user_that_cannot_stand_in_a_header_is_refused_before_anything_is_sent) {
  std::string wire;
  const cli::server_url server = parse_server_url("http://host");
  for (const std::string& user :
       {std::string("a b"), std::string("a\r\nX-Evil: 1"), std::string("é"), std::string(129, 'u')})
    BOOST_CHECK_THROW(cli::append_request(wire, {"GET", "/", user}, server), cli::failure);
  BOOST_TEST(wire.empty());
  cli::append_request(wire, {"GET", "/x", std::string(128, 'u')}, server);
  BOOST_TEST(wire.starts_with("GET /x HTTP/1.1\r\nHost: host:80\r\n"));
}

BOOST_AUTO_TEST_CASE(nobody_there_names_the_url_and_how_to_start_a_server) {
  const command_run run = run_command({"metrics", "--server", "http://127.0.0.1:1"});
  BOOST_TEST(run.code == 3);
  BOOST_TEST(run.complains("http://127.0.0.1:1"));
  BOOST_TEST(run.complains("./dev run"));
  BOOST_TEST(run.complains("demurd --listen 127.0.0.1:1"));
  BOOST_TEST(run.complains("DEMUR_SERVER"));
  BOOST_TEST(run.out.empty());
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_meanwhile_is_opened_again) {
  std::size_t answered = 0;
  const fake_server server({[&](const fake_request&) {
    fake_answer answer{200, "{}"};
    // As a server does whose idle connections end: it says nothing and closes.
    answer.headers["Connection"] = "keep-alive";
    answer.hang_up = ++answered == 2;
    return answer;
  }});
  cli::http_client client(parse_server_url(server.url()));
  BOOST_TEST(client.send({"GET", "/a"}).status == 200);
  BOOST_TEST(client.send({"GET", "/b"}).status == 200);
  BOOST_TEST(server.requests().size() == 3u);
}

BOOST_AUTO_TEST_CASE(what_may_not_be_done_twice_is_not_sent_again) {
  const fake_server server({[](const fake_request&) { return fake_answer{200, "{}", {}, true}; }});
  cli::http_client client(parse_server_url(server.url()));
  BOOST_CHECK_EXCEPTION(client.send({"POST", "/a", "ann", "", "{}"}), cli::failure, [](const cli::failure& problem) {
    return problem.code() == cli::exit_code::unreachable &&
           std::string(problem.what()).find("whether it took effect is not known") != std::string::npos;
  });
  BOOST_TEST(server.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_patient_client_waits_a_503_out) {
  int left = 2;
  const fake_server server({[&](const fake_request&) {
    return left-- > 0 ? fake_answer{503, "{}", {{"Retry-After", "0"}}} : fake_answer{200, "{}"};
  }});
  cli::http_client client(parse_server_url(server.url()));
  BOOST_TEST(client.send_patiently({"GET", "/a"}).status == 200);
  BOOST_TEST(server.requests().size() == 3u);
}

BOOST_AUTO_TEST_CASE(a_server_that_never_answers_is_given_up) {
  const fake_server server({[](const fake_request&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    return fake_answer{};
  }});
  cli::http_client client(parse_server_url(server.url()), std::chrono::milliseconds(200));
  BOOST_CHECK_THROW(client.send({"POST", "/a", "ann", "", "{}"}), cli::failure);
}

BOOST_AUTO_TEST_CASE(a_problem_is_told_with_field_found_and_allowed) {
  const cli::http_answer answer{422,
                                R"({"title":"A value is not allowed","status":422,"detail":"No strategy answers.",)"
                                R"("field":"reason","found":"silly","allowed":"wrong_genre"})",
                                "application/problem+json",
                                std::nullopt,
                                false,
                                true};
  BOOST_TEST(
      cli::problem_text(answer) ==
      "the server refused (422): No strategy answers.\n  field    reason\n  found    silly\n  allowed  wrong_genre");
  BOOST_TEST(cli::problem_line(answer) == "422 reason: allowed is wrong_genre");
  BOOST_TEST(cli::problem_text({500, "oops", "", std::nullopt, false, true}) == "the server refused (500): oops");
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_json_asks_whether_this_is_the_right_server) {
  const fake_server server({[](const fake_request&) { return fake_answer{200, "<html>"}; }});
  const command_run run = run_command({"metrics", "--server", server.url()});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("is this a Demur server?"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
