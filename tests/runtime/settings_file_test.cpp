#include <demur/settings.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace demur {
namespace {

error refused(std::string_view text) {
  auto read = parse_settings(text, "demur.toml");
  BOOST_REQUIRE_MESSAGE(!read, "was taken: " << text);
  return std::move(read).problem();
}

settings taken(std::string_view text) {
  auto read = parse_settings(text, "demur.toml");
  if (!read) BOOST_FAIL(read.problem().detail);
  return std::move(*read);
}

BOOST_AUTO_TEST_SUITE(settings_file)

BOOST_AUTO_TEST_CASE(an_empty_file_gives_the_defaults) {
  BOOST_TEST((render_settings(taken("")) == render_settings()));
  BOOST_TEST((render_settings(taken("[server]\n[plugins]\n")) == render_settings()));
}

BOOST_AUTO_TEST_CASE(values_of_every_kind_are_read) {
  const auto read = taken(R"(
data_folder = "/srv/demur"
[server]
threads = 3
idle_timeout = "90s"
[pipeline]
idempotency_ttl = "2d"
queue = 20_000
[weights]
half_life_days = 7
floor = 0.1
[retrain]
automatic = false
cool_down = "0s"
)");
  BOOST_TEST(read.data_folder == "/srv/demur");
  BOOST_TEST(read.server.threads == 3);
  BOOST_TEST(read.server.idle_timeout.count() == 90'000);
  BOOST_TEST(read.pipeline.idempotency_ttl.count() == 48);
  BOOST_TEST(read.pipeline.queue == 20'000);
  BOOST_TEST(read.weights.half_life_days == 7.0);
  BOOST_TEST(read.weights.floor == 0.1);
  BOOST_TEST(!read.retrain.automatic);
  BOOST_TEST(read.retrain.cool_down.count() == 0);
}

BOOST_AUTO_TEST_CASE(sections_of_trainers_have_names_of_two_parts) {
  const auto read = taken(R"(
[retrain]
trainer = "command"
[trainer.command]
program = ["python3", "train.py"]
time_limit = "2h"
)");
  BOOST_TEST((read.trainer.command.program == std::vector<std::string>{"python3", "train.py"}));
  BOOST_TEST(read.trainer.command.time_limit.count() == 7'200);
  BOOST_TEST(refused("[trainer.command]\nprogram = \"train\"\n").field == "trainer.command.program");
  BOOST_TEST(refused("[trainer.command]\nprogram = [1]\n").found == "an array");
  BOOST_TEST(refused("[trainer.command]\nprogram = [\"\"]\n").field == "trainer.command.program");
  BOOST_TEST(refused("[trainer.comand]\n").allowed == "trainer.command");
  BOOST_TEST(refused("[trainer]\nprogram = []\n").field == "trainer.program");
  BOOST_TEST(refused("[trainer.command]\nprogramm = []\n").allowed == "trainer.command.program");
}

BOOST_AUTO_TEST_CASE(a_trainer_that_is_chosen_must_have_a_place) {
  const auto problem = refused("[retrain]\ntrainer = \"command\"\n");
  BOOST_TEST(problem.field == "trainer.command.program");
  BOOST_TEST(problem.allowed == "a program, as retrain.trainer is \"command\"");
  BOOST_TEST(problem.detail.starts_with("demur.toml:2: "));
  BOOST_TEST(refused("[retrain]\ntrainer = \"webhook\"\n").field == "trainer.webhook.url");
  BOOST_TEST(refused("[retrain]\ntrainer = \"magic\"\n").field == "retrain.trainer");
}

BOOST_AUTO_TEST_CASE(an_error_says_file_line_key_found_and_allowed) {
  const auto problem = refused("[server]\n\nthreads = 999 # many\n");
  BOOST_TEST((problem.code == error_code::bad_value));
  BOOST_TEST(problem.field == "server.threads");
  BOOST_TEST(problem.found == "999");
  BOOST_TEST(problem.allowed == "an integer from 0 to 256");
  BOOST_TEST(problem.detail == "demur.toml:3: server.threads is 999; allowed is an integer from 0 to 256.");
}

struct mistake {
  const char* file;
  const char* sentence;
};

const mistake mistakes[] = {
    {"[server]\nthreds = 3", "2: there is no setting server.threds; did you mean server.threads?"},
    {"[sever]\nthreads = 3", "1: there is no section sever; did you mean server?"},
    {"threads = 3", "1: there is no setting threads; did you mean server.threads?"},
    {"[store]\nthreads = 3", "2: there is no setting store.threads; did you mean server.threads?"},
    {"[node]\nfoo = 1", "2: there is no setting node.foo; there are node.id."},
    {"[plugins]\nfoldr = 'x'", "2: there is no setting plugins.foldr; did you mean plugins.folder?"},
    {"[server]\nthreads = '3'", "2: server.threads is \"3\"; allowed is an integer from 0 to 256."},
    {"[server]\nthreads = 1.0", "2: server.threads is 1.0; allowed is an integer from 0 to 256."},
    {"[server]\nthreads = [1]", "2: server.threads is an array; allowed is an integer from 0 to 256."},
    {"[server]\nthreads = 2024-01-01", "2: server.threads is a date or time; allowed is an integer from 0 to 256."},
    {"[server.threads]", "1: server.threads is a section; allowed is an integer from 0 to 256."},
    {"server = 3", "1: server is 3; allowed is a section: [server] and its keys below."},
    {"[[server]]", "1: server is an array; allowed is a section: [server] and its keys below."},
    {"data_folder = ''", "1: data_folder is \"\"; allowed is the path of a folder."},
    {"[server]\nidle_timeout = 10", "2: server.idle_timeout is 10; allowed is a duration from \"100ms\" to \"1d\"."},
    {"[server]\nidle_timeout = '2d'",
     "2: server.idle_timeout is \"2d\"; allowed is a duration from \"100ms\" to \"1d\"."},
    {"[pipeline]\nidempotency_ttl = '90m'",
     "2: pipeline.idempotency_ttl is \"90m\"; allowed is a duration from \"1h\" to \"365d\" in whole hours."},
    {"[weights]\nfloor = 0", "2: weights.floor is 0.0; allowed is a number above 0 and up to 1."},
    {"[weights]\nfloor = nan", "2: weights.floor is nan; allowed is a number above 0 and up to 1."},
    {"[weights]\nhalf_life_days = inf", "2: weights.half_life_days is inf; allowed is a number from 0 to 36500."},
    {"[retrain]\nautomatic = 'no'", "2: retrain.automatic is \"no\"; allowed is true or false."},
    {"[store]\nsynchronous = 'off'", "2: store.synchronous is \"off\"; allowed is \"FULL\" or \"NORMAL\"."},
    {"[log]\nlevel = 'Info'",
     "2: log.level is \"Info\"; allowed is one of \"trace\", \"debug\", \"info\", \"warn\" or \"error\"."},
    {"[patterns]\nlow_ratio = 4",
     "2: patterns.low_ratio is 4.0; allowed is less than patterns.medium_ratio, which is 3.0."},
    {"[patterns]\nhigh_ratio = 2",
     "2: patterns.medium_ratio is 3.0; allowed is less than patterns.high_ratio, which is 2.0."},
    {"[pipeline]\n\nqueue = 10", "3: pipeline.batch is 1024; allowed is at most pipeline.queue, which is 10."},
    {"[server]\nbody_limit_kib = 8",
     "2: server.dislike_limit_kib is 64; allowed is at most server.body_limit_kib, which is 8."},
    {"[plugins.mild]\nfactors = [1, 2]",
     "2: plugins.mild.factors is an array; allowed is a number, a text, true or false."},
    {"[plugins.mild.deep]\nx = 1", "1: plugins.mild.deep is a section; allowed is a number, a text, true or false."},
    {"[plugins.mild]\nfactor = inf", "2: plugins.mild.factor is inf; allowed is a number, a text, true or false."},
    {"[plugins.Mild]\nx = 1",
     "1: plugins.Mild is no plugin's name; allowed is 1 to 64 of the characters a-z, 0-9 and _."},
};

BOOST_AUTO_TEST_CASE(each_mistake_is_named_where_it_stands) {
  for (const auto& [file, sentence] : mistakes)
    BOOST_TEST(refused(file).detail == std::string("demur.toml:") + sentence);
}

BOOST_AUTO_TEST_CASE(of_many_mistakes_the_first_in_the_file_is_reported) {
  const auto problem = refused("[store]\nreaders = 0\n[live]\nqueue = 0\n[node]\nid = 99\n");
  BOOST_TEST(problem.field == "store.readers");
}

BOOST_AUTO_TEST_CASE(what_is_not_toml_is_malformed_at_its_place) {
  for (const char* text :
       {"[server\n", "x = \n", "a = 1\na = 2", "s = \"\xFF\"", "listen = localhost", "n = 99999999999999999999"}) {
    const auto problem = refused(text);
    BOOST_TEST((problem.code == error_code::malformed), problem.detail);
    BOOST_TEST((problem.detail.starts_with("demur.toml:1:") || problem.detail.starts_with("demur.toml:2:")),
               problem.detail);
  }
}

BOOST_AUTO_TEST_CASE(a_store_url_is_never_repeated) {
  const auto problem = refused("[store]\nurl = 'postgresql:password=hunter2'");
  BOOST_TEST(problem.field == "store.url");
  BOOST_TEST(problem.detail.find("hunter2") == std::string::npos);
  BOOST_TEST(problem.found.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_long_value_is_shortened_and_control_characters_are_not_repeated) {
  const auto problem = refused("[log]\nlevel = \"\\u001b[31m" + std::string(5'000, 'x') + "\"");
  BOOST_TEST(problem.detail.size() < 300U);
  BOOST_TEST(problem.detail.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plugins_section_becomes_json) {
  const auto read = taken(R"(
[plugins]
folder = "here"
[plugins.mild]
factor = 0.25
count = 3
text = "a \"b\" \\ \n \u007f ä"
on = true
"odd key" = 1e300
[plugins.empty]
)");
  BOOST_TEST(read.plugins.folder == "here");
  BOOST_TEST(read.plugins.config.size() == 2U);
  BOOST_TEST(read.plugins.config.at("empty") == "{}");
  BOOST_TEST(read.plugins.config.at("mild") ==
             R"({"count":3,"factor":0.25,"odd key":1e+300,"on":true,"text":"a \"b\" \\ \u000a \u007f ä"})");
  BOOST_TEST(check_settings(read).has_value());
  BOOST_TEST((render_settings(taken(render_settings(read))) == render_settings(read)));
  BOOST_TEST((taken(render_settings(read)).plugins.config == read.plugins.config));
}

BOOST_AUTO_TEST_CASE(settings_from_elsewhere_are_checked_alike) {
  settings chosen;
  chosen.server.listen = "somewhere";
  const auto checked = check_settings(chosen);
  BOOST_REQUIRE(!checked);
  BOOST_TEST(checked.problem().field == "server.listen");
  BOOST_TEST(checked.problem().found == "\"somewhere\"");

  chosen = {};
  chosen.pipeline.batch = chosen.pipeline.queue + 1;
  BOOST_REQUIRE(!check_settings(chosen));
  BOOST_TEST(check_settings(chosen).problem().field == "pipeline.batch");

  chosen = {};
  chosen.plugins.config["mild"] = "[1]";
  BOOST_REQUIRE(!check_settings(chosen));
  BOOST_TEST(check_settings(chosen).problem().field == "plugins.mild");
  chosen.plugins.config = {{"../mild", "{}"}};
  BOOST_TEST(!check_settings(chosen));
}

BOOST_AUTO_TEST_CASE(a_file_is_read_and_named_in_its_errors) {
  std::ofstream("wrong.toml") << "[node]\nid = 16\n";
  const auto read = load_settings("wrong.toml");
  BOOST_REQUIRE(!read);
  BOOST_TEST(read.problem().detail == "wrong.toml:2: node.id is 16; allowed is an integer from 0 to 15.");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_named_with_the_reason) {
  const auto absent = load_settings("absent.toml");
  BOOST_REQUIRE(!absent);
  BOOST_TEST((absent.problem().code == error_code::not_found));
  BOOST_TEST(absent.problem().detail == "The settings file absent.toml cannot be read: No such file or directory.");

  const auto folder = load_settings(".");
  BOOST_REQUIRE(!folder);
  BOOST_TEST(folder.problem().detail == "The settings file . cannot be read: it is a folder.");

  std::ofstream("long.toml") << std::string(1'024 * 1'024 + 1, '#');
  const auto endless = load_settings("long.toml");
  BOOST_REQUIRE(!endless);
  BOOST_TEST((endless.problem().code == error_code::too_large));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
