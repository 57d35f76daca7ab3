#include "apps/command.hpp"
#include "apps/fake_server.hpp"
#include "latencies.hpp"
#include "load_rows.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace demur {
namespace {

namespace json = boost::json;
using std::chrono::microseconds;

int count(const command_run& run, const std::string& name) { return json::parse(run.out).at(name).to_number<int>(); }

command_run load(const fake_server& server, std::vector<std::string> options) {
  std::vector<std::string> line{"load", "--server", server.url(), "--json", "--connections", "3", "--users", "10"};
  line.insert(line.end(), options.begin(), options.end());
  return run_command(line);
}

command_run verify(const fake_server& server, const std::string& journal) {
  return run_command({"verify", "--journal", journal, "--server", server.url()});
}

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(percentiles_are_those_of_the_durations_to_two_per_cent) {
  cli::latencies all;
  BOOST_TEST(all.percentile(0.5).count() == 0);
  for (int us = 1; us <= 100'000; ++us) all.add(microseconds(us));
  BOOST_TEST(static_cast<double>(all.percentile(0.5).count()) == 50'000.0, boost::test_tools::tolerance(0.02));
  BOOST_TEST(static_cast<double>(all.percentile(0.99).count()) == 99'000.0, boost::test_tools::tolerance(0.02));
  BOOST_TEST(static_cast<double>(all.percentile(0.999).count()) == 99'900.0, boost::test_tools::tolerance(0.02));
  BOOST_TEST(all.largest().count() == 100'000);
  BOOST_TEST(all.count() == 100'000u);
  cli::latencies few;
  few.add(microseconds(3));
  few.add(microseconds(90));
  BOOST_TEST(few.percentile(0.5).count() == 3);
  BOOST_TEST(few.percentile(0.99).count() == 90);
}

BOOST_AUTO_TEST_CASE(a_row_is_named_by_seed_users_and_number_and_its_content_follows_from_that) {
  const cli::load_row row{7, 100, 12};
  BOOST_TEST(row.text() == "7:100:12");
  BOOST_TEST((cli::parse_load_row("7:100:12") == row));
  for (const char* text : {"", "7", "7:100", "7:100:", "7:100:12x", " 7:100:12", "7:0:12", "07:100:12"})
    BOOST_TEST(!cli::parse_load_row(text).has_value(), text);

  BOOST_TEST((cli::load_dislike(row, true) == cli::load_dislike(row, true)));
  std::set<std::string> users, titles;
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    const dislike_request made = cli::load_dislike({7, 10, number}, true);
    users.insert(made.user_id);
    titles.insert(made.movie_title);
    BOOST_TEST(made.movie_id.value() >= 8'000'000);
    BOOST_TEST(!made.genres.empty());
    BOOST_TEST(std::set<std::string>(made.cast.begin(), made.cast.end()).size() == made.cast.size());
    BOOST_TEST(made.context == "{\"load\":\"7:10:" + std::to_string(number) + "\"}");
  }
  BOOST_TEST(users.size() == 10u);
  BOOST_TEST(titles.size() > 900u);
}

BOOST_AUTO_TEST_CASE(single_posts_batches_and_sockets_send_as_many_as_were_asked_for) {
  for (const auto& options :
       std::vector<std::vector<std::string>>{{"--pipeline", "4"}, {"--batch", "30"}, {"--socket"}}) {
    fake_demur demur;
    const fake_server server(demur.behaviour());
    std::vector<std::string> line{"--count", "100"};
    line.insert(line.end(), options.begin(), options.end());
    const command_run run = load(server, line);
    BOOST_TEST(run.code == 0);
    BOOST_TEST(count(run, "acknowledged") == 100);
    BOOST_TEST(count(run, "refused") == 0);
    BOOST_TEST(count(run, "unanswered") == 0);
    BOOST_TEST(demur.stored() == 100u);
  }
}

BOOST_AUTO_TEST_CASE(a_time_limit_ends_it) {
  fake_demur demur;
  const fake_server server(demur.behaviour());
  const command_run run = load(server, {"--seconds", "0.3"});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(count(run, "acknowledged") == static_cast<int>(demur.stored()));
  BOOST_TEST(demur.stored() > 0u);
}

BOOST_AUTO_TEST_CASE(a_journal_names_what_was_acknowledged_and_verify_finds_it) {
  for (const auto& options : std::vector<std::vector<std::string>>{{}, {"--batch", "30"}, {"--socket"}}) {
    const scratch_folder folder;
    const std::string journal = folder.path("acked.txt");
    fake_demur demur;
    const fake_server server(demur.behaviour());
    std::vector<std::string> line{"--count", "100", "--journal", journal};
    line.insert(line.end(), options.begin(), options.end());
    BOOST_TEST(load(server, line).code == 0);
    const auto entries = cli::read_journal(journal);
    BOOST_TEST(entries.size() == 100u);
    std::set<id> ids;
    for (const auto& entry : entries) ids.insert(entry.dislike_id);
    BOOST_TEST(ids.size() == 100u);
    const command_run checked = verify(server, journal);
    BOOST_TEST(checked.code == 0, checked.out << checked.err);
    BOOST_TEST(checked.says("not there whole exactly once  0"));
  }
}

BOOST_AUTO_TEST_CASE(after_broken_connections_each_dislike_is_acknowledged_once) {
  const scratch_folder folder;
  const std::string journal = folder.path("acked.txt");
  fake_demur demur;
  demur.lost_answers = {10, 50, 51, 70};
  const fake_server server(demur.behaviour());
  BOOST_TEST(load(server, {"--count", "200", "--journal", journal, "--wait", "10"}).code == 0);
  BOOST_TEST(cli::read_journal(journal).size() == 200u);
  BOOST_TEST(demur.stored() == 200u);
  BOOST_TEST(verify(server, journal).code == 0);
}

BOOST_AUTO_TEST_CASE(verify_lists_what_is_missing_doubled_or_changed) {
  const scratch_folder folder;
  const std::string journal = folder.path("acked.txt");
  fake_demur demur;
  const fake_server server(demur.behaviour());
  // One at a time, so that the journal and the server have them in the same order.
  const std::vector<std::string> line{"load",       "--count", "50",        "--users", "10",       "--connections", "1",
                                      "--pipeline", "1",       "--journal", journal,   "--server", server.url()};
  BOOST_REQUIRE_EQUAL(run_command(line).code, 0);

  demur.repeat(7);
  json::value changed = json::parse(demur.bodies_of("load-3").at(0));
  std::size_t place = 0;
  const auto entries = cli::read_journal(journal);
  while (entries[place].user_id != "load-3") ++place;
  changed.as_object()["reason"] = "rubbish";
  demur.spoil(place, json::serialize(changed));
  demur.spoil(20, "");

  const command_run run = verify(server, journal);
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.says("not there whole exactly once  3"));
  BOOST_TEST(run.says("is there 2 times"));
  BOOST_TEST(run.says("reason is \"rubbish\", sent was"));
  BOOST_TEST(run.says("dislike " + std::to_string(entries[20].dislike_id) + " of " + entries[20].user_id));
  BOOST_TEST(run.says("is missing"));
}

BOOST_AUTO_TEST_CASE(a_journal_whose_last_line_was_cut_off_is_read_without_it) {
  const scratch_folder folder;
  const std::string journal = folder.write("acked.txt", "1\tload:1:5:0\tload-1\t1:5:0\n2\tload:1:5:1\tload-2\t1:5");
  BOOST_TEST(cli::read_journal(journal).size() == 1u);
  const std::string wrong = folder.write("wrong.txt", "1\tx\n2\ty\n");
  BOOST_CHECK_THROW(cli::read_journal(wrong), cli::failure);
  BOOST_TEST(run_command({"verify", "--journal", folder.path("none"), "--server", "http://127.0.0.1:1"}).code == 2);
}

BOOST_AUTO_TEST_CASE(what_the_server_refuses_is_counted_and_makes_the_exit_code_1) {
  const fake_server server({[](const fake_request&) { return fake_answer{503, R"({"detail":"Too much."})"}; }});
  const command_run run = load(server, {"--count", "20"});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(count(run, "refused") == 20);
  BOOST_TEST(run.says("503 Too much."));
}

BOOST_AUTO_TEST_CASE(without_a_server_there_is_no_load) {
  BOOST_TEST(run_command({"load", "--count", "1", "--server", "http://127.0.0.1:1"}).code == 3);
  BOOST_TEST(run_command({"load", "--count", "1", "--socket", "--server", "http://127.0.0.1:1"}).code == 3);
  BOOST_TEST(run_command({"load", "--socket", "--batch", "3"}).code == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
