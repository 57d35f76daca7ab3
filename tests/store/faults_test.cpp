#include "store_home.hpp"

#include <boost/test/data/test_case.hpp>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace demur;
using namespace demur::store;

namespace {

/// While it lives no file of this process grows beyond `bytes`: a full disk, wherever the tests run.
class full_disk {
public:
  explicit full_disk(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~full_disk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  full_disk(const full_disk&) = delete;
  full_disk& operator=(const full_disk&) = delete;

private:
  rlimit before_{};
  void (*signal_)(int);
};

case_file bulky(int from, int count) {
  std::vector<case_entry> entries;
  for (int i = from; i < from + count; ++i) {
    entries.push_back(full(i, "user-" + std::to_string(i)));
    entries.back().row.feedback_text = std::string(2000, 'x');
  }
  return batch_of(entries);
}

void sql(const std::filesystem::path& file, const std::string& text) {
  sqlite3* database = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  BOOST_CHECK_EQUAL(sqlite3_exec(database, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(database);
}

std::int64_t number(const std::filesystem::path& file, const std::string& text) {
  sqlite3* database = nullptr;
  sqlite3_stmt* ask = nullptr;
  BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &database), SQLITE_OK);
  BOOST_REQUIRE_EQUAL(sqlite3_prepare_v2(database, text.c_str(), -1, &ask, nullptr), SQLITE_OK);
  BOOST_REQUIRE_EQUAL(sqlite3_step(ask), SQLITE_ROW);
  const std::int64_t found = sqlite3_column_int64(ask, 0);
  sqlite3_finalize(ask);
  sqlite3_close(database);
  return found;
}

/// The largest that the log became while 30,000 dislikes were written without a pause.
std::uintmax_t largest_log(std::int64_t checkpoint_pages) {
  home store;
  store.chosen.store.checkpoint_pages = checkpoint_pages;
  const auto log = store.file().string() + "-wal";
  std::uintmax_t largest = 0;
  for (int i = 0; i < 300; ++i) {
    store.commit(bulky(100 * i, 100));
    largest = std::max(largest, std::filesystem::file_size(log));
  }
  BOOST_TEST(entries_of(store.read()).size() == 30'000U);
  return largest;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(store_faults)

BOOST_AUTO_TEST_CASE(a_full_disk_refuses_the_batch_whole_and_work_goes_on_when_there_is_room) {
  home store;
  store.commit(bulky(0, 10));
  store.read();
  const auto log = store.file().string() + "-wal";
  {
    const full_disk narrow(std::filesystem::file_size(log) + 20'000);
    for (int again = 0; again < 3; ++again) {
      const auto refused = store.write().commit(bulky(1000, 500));
      BOOST_REQUIRE(!refused);
      BOOST_CHECK(refused.problem().code == error_code::unavailable);
      BOOST_TEST(!refused.problem().detail.empty());
    }
    BOOST_TEST(entries_of(store.read()).size() == 10U);
  }
  store.commit(bulky(1000, 500));
  BOOST_TEST(entries_of(store.read()).size() == 510U);
  store.reopen();
  BOOST_TEST(entries_of(store.read()).size() == 510U);
}

BOOST_AUTO_TEST_CASE(a_second_process_is_refused) {
  home store;
  store.write();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto second = writer::open(store.chosen);
    const bool refused = !second && second.problem().code == error_code::unavailable &&
                         second.problem().detail.find("lock") != std::string::npos;
    ::_exit(refused ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(!writer::open(store.chosen).has_value());
  store.close();
  must(writer::open(store.chosen));
}

BOOST_AUTO_TEST_CASE(rows_of_users_from_before_they_had_a_head_are_dropped_to_be_folded_anew) {
  home store;
  store.write();
  store.close();
  sql(store.weights_file(),
      "delete from weights_migrations where version > 1;"
      "insert into feature_weights values (1, 'ann', 0, 1, 'genre:Horror' || char(9) || 'wrong_genre' || char(9) || "
      "'1');"
      "update feature_weights_progress set through_dislike_id = 77");
  store.write();
  BOOST_TEST(must(must(weights_writer::open(store.chosen))->through()) == 0);
  BOOST_TEST(must(store.read().state("ann")).features.empty());
  BOOST_TEST(number(store.weights_file(), "select count(*) from feature_weights") == 0);
}

BOOST_AUTO_TEST_CASE(a_database_newer_than_the_program_is_refused) {
  home store;
  store.write();
  store.close();
  sql(store.file(), "insert into schema_migrations values (9999, '', 'of the future')");
  const auto refused = writer::open(store.chosen);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.problem().found.find("9999") != std::string::npos);
  BOOST_TEST(!refused.problem().allowed.empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_is_refused_in_words) {
  home store;
  std::ofstream(store.file()) << std::string(20'000, '#');
  const auto refused = writer::open(store.chosen);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::unavailable);
  BOOST_TEST(refused.problem().detail.find("not a database") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_not_there_is_refused) {
  home store;
  store.chosen.store.url = "sqlite3://no/such/folder/demur.db";
  const auto refused = writer::open(store.chosen);
  BOOST_REQUIRE(!refused);
  BOOST_CHECK(refused.problem().code == error_code::unavailable);
}

BOOST_AUTO_TEST_CASE(an_unknown_kind_of_store_is_named_beside_what_there_is) {
  home store;
  for (const std::string url : {"oracle://x", "demur.db", ""}) {
    store.chosen.store.url = url;
    const auto refused = writer::open(store.chosen);
    BOOST_REQUIRE(!refused);
    BOOST_CHECK(refused.problem().code == error_code::bad_value);
    BOOST_TEST(refused.problem().field == "store.url");
    BOOST_TEST(refused.problem().allowed.find("sqlite3") != std::string::npos);
    BOOST_TEST(!reader::open(store.chosen).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_new_file_gets_the_schema_once) {
  home store;
  store.write();
  for (int i = 0; i < 2; ++i) store.reopen();
  store.close();
  BOOST_TEST(number(store.file(), "select count(*) from schema_migrations") ==
             number(store.file(), "select max(version) from schema_migrations"));
}

BOOST_AUTO_TEST_CASE(the_latest_rating_wins_in_whatever_order_they_come) {
  home store;
  const std::vector<user_rating> first{{"ann", 1, 4.5, true, at(9)}, {"ann", 2, std::nullopt, true, at(1)}};
  BOOST_TEST(must(store.write().put_ratings(first)) == 2);
  BOOST_TEST(must(store.write().put_ratings(first)) == 0);
  const std::vector<user_rating> second{{"ann", 1, 1.0, false, at(3)}, {"ann", 2, 2.0, false, at(2)}};
  BOOST_TEST(must(store.write().put_ratings(second)) == 1);
  BOOST_TEST(must(store.write().put_ratings(second)) == 0);
  store.close();
  BOOST_TEST(number(store.file(), "select rating * 10 from ratings where movie_id = 1") == 45);
  BOOST_TEST(number(store.file(), "select rating * 10 from ratings where movie_id = 2") == 20);
  BOOST_TEST(number(store.file(), "select count(*) from ratings") == 2);
}

BOOST_AUTO_TEST_CASE(the_log_begins_anew_under_constant_writing) {
  // How far the merging lags depends on the machine, so the measure is a log that is never merged.
  const auto unmerged = largest_log(1'000'000);
  BOOST_TEST(largest_log(64) < unmerged / 4);
}

BOOST_AUTO_TEST_CASE(only_a_tail_is_read_where_only_a_tail_is_asked) {
  home store;
  for (int i = 0; i < 40; ++i) {
    std::vector<case_entry> entries;
    for (int k = 0; k < 1000; ++k) entries.push_back(plain(1000 * i + k, "user"));
    store.commit(batch_of(entries));
  }
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) BOOST_TEST(entries_of(store.read(), id_at(39'989)).size() == 10U);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(1)));
}

BOOST_AUTO_TEST_SUITE_END()
