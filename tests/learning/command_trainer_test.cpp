#include "learning/child_process.hpp"
#include "learning/trainers.hpp"
#include "learning/training_home.hpp"

#include <csignal>
#include <set>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

using namespace demur;
using namespace std::chrono_literals;
using demur::testing::new_year;
using demur::testing::text_of;

namespace fs = std::filesystem;

namespace {

constexpr const char* good_result = R"(echo '{"metrics":{"ndcg":0.25}}' > result.json)";

/// A trainer that is a shell script.
struct scripted : testing::training_home {
  result<training_outcome> train(const std::string& script) {
    chosen.trainer.command.program = {"/bin/sh", "-c", script, "script"};
    return learning::make_trainer(chosen, {})->train(task);
  }
  training_outcome outcome(const std::string& script) {
    auto made = train(script);
    if (!made) BOOST_FAIL(made.problem().detail);
    return *std::move(made);
  }
  std::string failure(const std::string& script) {
    auto made = train(script);
    BOOST_REQUIRE(!made);
    return made.problem().detail;
  }
  fs::path home() const { return folder / "training"; }
  std::size_t folders() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(home()), fs::directory_iterator()));
  }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(command_trainer)

BOOST_FIXTURE_TEST_CASE(a_program_finds_the_training_set_in_its_folder, scripted) {
  const fs::path copies = folder / "copies";
  fs::create_directories(copies);
  outcome("cp * '" + copies.string() + "'; pwd > '" + copies.string() + "/pwd'; " +
          R"sh(test "$DEMUR_TRAINING_FOLDER" = "$1" && test "$1" = "$(pwd)" || exit 9; )sh" + good_result);
  BOOST_TEST(text_of(copies / "opinions.csv") ==
             "user_id,movie_id,kind,reason,weight,created_at,dislike_id\n"
             "ann,1,like,,1,2026-01-01T00:00:00.000Z,\n"
             "\"b,o\"\"b\",2,dislike,wrong_genre,0.8,2026-01-01T00:00:00.000Z,375089206181888\n"
             "\"b,o\"\"b\",3,seen,already_watched,0,2026-01-01T00:00:00.000Z,375089206181889\n");
  BOOST_TEST(text_of(copies / "movies.csv") ==
             "movie_id,movie_title,genres,cast,franchise,directors\n"
             "1,Heat,\"[\"\"Crime\"\",\"\"Drama\"\"]\",[],,\"[\"\"Michael Mann\"\"]\"\n"
             "2,\"Saw, \"\"again\"\"\",[],\"[\"\"A\"\"]\",Saw,[]\n");
  BOOST_TEST(text_of(copies / "task.json") ==
             R"({"model_version_id":8,"parent_id":7,"now":"2026-01-01T00:00:00.000Z","claimed_examples":2,)"
             R"("opinions":"opinions.csv","movies":"movies.csv","result":"result.json","defective_items":[],)"
             R"("hyperparameters":{"dislike_weight_multiplier":0.8,"example_half_life_days":30,)"
             R"("shared_half_life_days":90,"quorum":5},"parent_shared_log_weights":{"genre:Horror":-0.5}})"
             "\n");
  BOOST_TEST(text_of(copies / "pwd") == (home() / "8").string() + "\n");
  BOOST_TEST(folders() == 0u);
}

BOOST_FIXTURE_TEST_CASE(what_it_reports_becomes_the_model, scripted) {
  const auto made = outcome(R"(echo '{"metrics":{"ndcg":0.25,"dhr":0.1},"shared_log_weights":{"genre:War":-0.2},
      "data_hash":"abc","rejection":"Worse than before."}' > result.json)");
  BOOST_TEST(made.trained.model_version_id == 8);
  BOOST_TEST(made.trained.parent_id == 7);
  BOOST_TEST((made.trained.created_at == new_year));
  BOOST_TEST((made.trained.shared_log_weights == std::map<std::string, double, std::less<>>{{"genre:War", -0.2}}));
  BOOST_TEST((made.metrics == std::map<std::string, double>{{"ndcg", 0.25}, {"dhr", 0.1}}));
  BOOST_TEST(made.data_hash == "abc");
  BOOST_TEST(made.rejection == "Worse than before.");
}

BOOST_FIXTURE_TEST_CASE(without_weights_of_its_own_those_of_the_parent_go_on_fading, scripted) {
  task.now = new_year + std::chrono::days(90);
  BOOST_TEST(outcome(good_result).trained.shared_log_weights.at("genre:Horror") == -0.25,
             boost::test_tools::tolerance(1e-12));
}

BOOST_FIXTURE_TEST_CASE(its_model_file_is_kept_as_it_is, scripted) {
  outcome(R"(printf 'a\000b' > weights.bin; echo '{"metrics":{},"model":"weights.bin"}' > result.json)");
  BOOST_TEST(text_of(task.artefact_file) == std::string("a\0b", 3));
}

BOOST_FIXTURE_TEST_CASE(a_model_file_that_cannot_be_kept_is_a_failure, scripted) {
  const auto with = [](const std::string& before, const std::string& name) {
    return before + R"(; echo '{"metrics":{},"model":")" + name + R"("}' > result.json)";
  };
  BOOST_TEST(failure(with(":", "nowhere")) == "The model file nowhere is not there.");
  BOOST_TEST(failure(with("ln -s /etc/passwd link", "link")) == "The model file link is no regular file.");
  BOOST_TEST(failure(with("mkdir sub", "sub")) == "The model file sub is no regular file.");
  BOOST_TEST(contains(failure(with(":", "../8/task.json")), "allowed is the name of a file in the training's folder"));
  chosen.trainer.command.artefact_mib = 1;
  BOOST_TEST(failure(with("head -c 1048577 /dev/zero > big", "big")) ==
             "The model file big has 1048577 bytes; allowed is up to 1 MiB.");
  BOOST_TEST(!fs::exists(task.artefact_file));
}

BOOST_FIXTURE_TEST_CASE(lines_that_tell_progress_are_reported_and_not_logged, scripted) {
  outcome(
      std::string(R"(echo one; echo 'demur-progress {"phase":"evaluating","epoch":3,"epochs":10,"loss":0.5,"eta_s":7}'
      echo 'demur-progress {"epoch":"four"}'; printf two; )") +
      good_result);
  BOOST_REQUIRE_EQUAL(progress.size(), 4u);
  BOOST_TEST((progress[0].phase == training_phase::reading));
  BOOST_TEST((progress[1].phase == training_phase::training));
  BOOST_TEST((progress[2] == training_progress{training_phase::evaluating, 3, 10, 0.5, 7.0}));
  BOOST_TEST((progress[3].phase == training_phase::exporting));
  BOOST_REQUIRE_EQUAL(log.size(), 3u);
  BOOST_TEST(contains(log[0], "epoch is \"four\"; allowed is an integer"));
  BOOST_TEST(log[1] == "the trainer says: one");
  BOOST_TEST(log[2] == "the trainer says: two");
}

BOOST_FIXTURE_TEST_CASE(a_program_that_is_not_there_is_named, scripted) {
  chosen.trainer.command.program = {"/nowhere/train"};
  const auto made = learning::make_trainer(chosen, {})->train(task);
  BOOST_REQUIRE(!made);
  BOOST_TEST(made.problem().detail == "The program /nowhere/train cannot be started: No such file or directory.");
}

BOOST_FIXTURE_TEST_CASE(an_exit_code_and_the_last_words_are_told, scripted) {
  BOOST_TEST(failure("echo reading; echo no memory >&2; exit 3") ==
             "The program /bin/sh ended with exit code 3; expected 0. It said: reading / no memory");
  BOOST_TEST(failure("exit 1") == "The program /bin/sh ended with exit code 1; expected 0. It said nothing.");
}

BOOST_FIXTURE_TEST_CASE(a_crash_is_told_by_its_signal, scripted) {
  BOOST_TEST(failure("kill -SEGV $$") == "The program /bin/sh was ended by SIGSEGV. It said nothing.");
}

BOOST_FIXTURE_TEST_CASE(results_that_cannot_be_used_say_why, scripted) {
  BOOST_TEST(failure("true") == "The program /bin/sh left no result: The file result.json is not there.");
  BOOST_TEST(failure("mkdir result.json") ==
             "The program /bin/sh left no result: The file result.json is no regular file.");
  const std::string unusable = "The program /bin/sh left a result.json that cannot be used: ";
  BOOST_TEST(failure("echo '{}' > result.json") == unusable + "metrics is missing; it must be an object of numbers.");
  BOOST_TEST(failure(R"(echo '{"metrics":{"ndcg":"high"}}' > result.json)") ==
             unusable + "metrics.ndcg is \"high\"; allowed is a number.");
  BOOST_TEST(contains(failure("echo '{' > result.json"), unusable));
  BOOST_TEST(contains(failure(": > result.json"), unusable));
}

BOOST_FIXTURE_TEST_CASE(a_program_that_takes_too_long_is_ended, scripted) {
  chosen.trainer.command.time_limit = 1s;
  BOOST_TEST(failure("echo begun; sleep 600") ==
             "The program /bin/sh took longer than trainer.command.time_limit, 1 seconds, and was ended. "
             "It said: begun");
}

BOOST_FIXTURE_TEST_CASE(a_cancelled_program_is_ended_and_leaves_nothing, scripted) {
  const fs::path mark = folder / "begun";
  std::thread canceller([&] {
    while (!fs::exists(mark)) std::this_thread::sleep_for(1ms);
    cancelled = true;
  });
  BOOST_TEST(failure("echo > '" + mark.string() + "'; sleep 600") == "The retrain was cancelled.");
  canceller.join();
  BOOST_TEST(folders() == 0u);
}

BOOST_FIXTURE_TEST_CASE(folders_of_failures_are_left_up_to_a_number, scripted) {
  chosen.trainer.command.kept_failures = 2;
  for (id version = 8; version < 12; ++version) {
    task.model_version_id = version;
    failure("echo why > why.txt; exit 1");
  }
  BOOST_TEST(folders() == 2u);
  BOOST_TEST(text_of(home() / "11" / "why.txt") == "why\n");
  BOOST_TEST(fs::exists(home() / "10"));
  BOOST_TEST((fs::status(home() / "11").permissions() == fs::perms::owner_all));
}

BOOST_FIXTURE_TEST_CASE(a_folder_of_the_same_name_is_emptied_first, scripted) {
  failure("echo old > result.json; exit 1");
  BOOST_TEST(contains(failure("true"), "result.json is not there"));
}

BOOST_FIXTURE_TEST_CASE(a_training_set_that_breaks_off_is_a_failure_of_its_own, scripted) {
  data.broken = error{error_code::unavailable, "The store failed.", {}, {}, {}};
  BOOST_TEST(failure(good_result) == "The store failed.");
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_is_named_with_the_file, scripted) {
  for (int i = 0; i < 20'000; ++i) data.opinions.push_back(data.opinions[0]);
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{100'000, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const std::string why = failure(good_result);
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, before);
  BOOST_TEST(why == "The file " + (home() / "8" / "opinions.csv").string() + " cannot be written: File too large.");
}

BOOST_FIXTURE_TEST_CASE(a_folder_that_cannot_be_made_is_named, scripted) {
  std::ofstream(home()) << "a file";
  BOOST_TEST(contains(failure(good_result), "The folder " + (home() / "8").string() + " cannot be made"));
  fs::remove(home());
  fs::create_directories(home());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(child_process)

namespace {

learning::child_plan shell(const std::string& script) {
  learning::child_plan plan;
  plan.command = {"sh", "-c", script};
  plan.folder = fs::current_path();
  plan.time_limit = 60s;
  return plan;
}

learning::child_end run(const learning::child_plan& plan) {
  auto ended = learning::run_child(plan);
  if (!ended) BOOST_FAIL(ended.problem().detail);
  return *std::move(ended);
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_that_ignores_sigterm_is_killed_after_the_grace) {
  auto plan = shell("trap '' TERM; echo deaf; while :; do sleep 0.01; done");
  plan.grace = 50ms;
  std::atomic<bool> begun = false;
  plan.on_line = [&](std::string_view) { begun = true; };
  plan.is_cancelled = [&] { return begun.load(); };
  const auto end = run(plan);
  BOOST_TEST(end.is_cancelled);
  BOOST_TEST(end.signal == SIGKILL);
  BOOST_TEST(end.tail == "deaf\n");
}

BOOST_AUTO_TEST_CASE(one_that_ends_itself_on_sigterm_is_given_the_time) {
  auto plan = shell("trap 'echo goodbye; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
  std::atomic<bool> begun = false;
  plan.on_line = [&](std::string_view) { begun = true; };
  plan.is_cancelled = [&] { return begun.load(); };
  const auto end = run(plan);
  BOOST_TEST(end.signal == 0);
  // Between the two, some shells tell what the signal did to `sleep`.
  BOOST_TEST(end.tail.starts_with("ready\n"));
  BOOST_TEST(end.tail.ends_with("goodbye\n"));
}

BOOST_AUTO_TEST_CASE(a_flood_of_output_keeps_its_end_only) {
  auto plan =
      shell("i=0; while [ $i -lt 20000 ]; do echo 'a line that is repeated and repeated'; i=$((i+1)); done; echo end");
  plan.tail_bytes = 1'024;
  const auto end = run(plan);
  BOOST_TEST(end.tail.size() == 1'024u);
  BOOST_TEST(end.tail.ends_with("repeated\nend\n"));
}

BOOST_AUTO_TEST_CASE(a_line_without_an_end_takes_no_memory) {
  auto plan = shell("head -c 10000000 /dev/zero; echo; echo short");
  plan.tail_bytes = 100;
  std::vector<std::string> lines;
  plan.on_line = [&](std::string_view line) { lines.emplace_back(line); };
  BOOST_TEST(run(plan).tail.size() == 100u);
  BOOST_TEST(lines == std::vector<std::string>{"short"}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(it_inherits_no_file_and_no_blocked_signal) {
  const int ours = ::dup(STDERR_FILENO);
  const auto end = run(shell("ls /proc/self/fd | tr '\\n' ' '; grep SigBlk /proc/self/status"));
  ::close(ours);
  // 3 is that of ls itself, which reads the folder.
  BOOST_TEST(end.tail == "0 1 2 3 SigBlk:\t0000000000000000\n");
}

BOOST_AUTO_TEST_CASE(it_has_a_group_of_its_own_of_which_nothing_is_left) {
  const fs::path number = fs::current_path() / "left-behind";
  const auto end = run(shell("sleep 600 & echo $! > '" + number.string() + "'"));
  BOOST_TEST(end.exit_code == 0);
  const pid_t left = std::stoi(text_of(number));
  fs::remove(number);
  // Killed, it is gone or waits to be buried by whoever adopted it.
  const auto gone = [left] {
    std::ifstream status("/proc/" + std::to_string(left) + "/stat");
    std::string pid, name, state;
    return !(status >> pid >> name >> state) || state == "Z";
  };
  for (int i = 0; i < 5'000 && !gone(); ++i) std::this_thread::sleep_for(1ms);
  BOOST_TEST(gone());
}

BOOST_AUTO_TEST_SUITE_END()
