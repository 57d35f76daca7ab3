#include "plugin/in_process_strategy.hpp"
#include "plugin/isolated.hpp"
#include "plugin/library.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <thread>
#include <vector>

// A strategy answers the same in a process of its own as in this one.
namespace demur::plugin {
namespace {

std::unique_ptr<in_process_strategy> here(const std::string& name, const std::string& config = "{}",
                                          const strategy::listener& told = {}) {
  const auto opened = open_library(built(name), "plugins/" + name + ".so");
  BOOST_REQUIRE(opened.has_value());
  auto made = in_process_strategy::create(*opened, config, {}, told);
  BOOST_REQUIRE(made.has_value());
  return *std::move(made);
}

/// Everything that a dislike may have and lack, and what no server would let through.
std::vector<dislike> varied_rows(std::size_t count, const std::string& reason) {
  const std::vector<std::string> names = {"Horror",
                                          "",
                                          "Kömödie",
                                          "\xF0\x9F\x8E\xAC",
                                          "bad \xFF\xC0",
                                          "tab\t",
                                          std::string("nul\0", 4),
                                          std::string(100, 'x'),
                                          std::string(401, 'y'),
                                          "Sci:Fi",
                                          "Horror"};
  std::vector<dislike> rows(count);
  for (std::size_t i = 0; i < count; ++i) {
    dislike& row = rows[i];
    row.dislike_id = static_cast<id>(i + 1);
    row.user_id = i % 17 == 0 ? "" : "user_" + std::to_string(i);
    if (i % 3 != 0) row.movie_id = static_cast<id>(i * 7'919 % 1'000);
    row.movie_title = names[i % names.size()];
    if (i % 4 != 0) row.predicted_score = static_cast<double>(i % 101) / 100.0;
    row.reason = reason;
    if (i % 5 == 0) row.feedback_text = i % 200 == 0 ? std::string(50'000, 'z') : names[(i + 3) % names.size()];
    row.created_at = timestamp(std::chrono::milliseconds(1'700'000'000'000 + static_cast<std::int64_t>(i)));
    for (std::size_t k = 0; k < i % 7; ++k) row.genres.push_back(names[(i + k) % names.size()]);
    for (std::size_t k = 0; k < i % 6; ++k) row.cast.push_back(names[(2 * i + k) % names.size()]);
    if (i % 2 == 0) row.franchise = names[(i / 2) % names.size()];
    if (i % 9 == 0) row.context = R"({"screen":"home"})";
  }
  return rows;
}

std::vector<const dislike*> pointers(const std::vector<dislike>& rows) {
  std::vector<const dislike*> all;
  for (const dislike& row : rows) all.push_back(&row);
  return all;
}

void must_answer(const result<verdict>& said) {
  if (!said) BOOST_FAIL(said.problem().detail);
}

void answers_the_same(strategy& one, strategy& other, std::span<const dislike* const> rows, const services& from) {
  one.ask(rows, from);
  const auto first = one.answers();
  other.ask(rows, from);
  const auto second = other.answers();
  BOOST_REQUIRE(first.size() == rows.size());
  BOOST_REQUIRE(second.size() == rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BOOST_REQUIRE(first[i].has_value() == second[i].has_value());
    if (first[i])
      BOOST_REQUIRE_MESSAGE(*first[i] == *second[i], "row " << i << " of " << rows.size());
    else
      BOOST_REQUIRE_MESSAGE(first[i].problem() == second[i].problem(), first[i].problem().detail);
  }
}

/// Weights that depend on the row and the feature; every third movie is known.
struct small_world {
  std::size_t weights_asked = 0;
  movie found;

  services open() {
    return {.now = timestamp(std::chrono::milliseconds(1'700'000'000'375)),
            .weight =
                [this](const dislike& of, const std::string& feature) {
                  ++weights_asked;
                  return static_cast<double>((static_cast<std::size_t>(of.dislike_id) * 31 + feature.size()) % 97) /
                         97.0;
                },
            .find_movie = [this](id movie_id) -> const movie* {
              if (movie_id % 3 != 0) return nullptr;
              found = {movie_id, "Found", {"Horror"}, {"Actor " + std::to_string(movie_id), "Ann"}, {}};
              return &found;
            }};
  }
};

BOOST_AUTO_TEST_SUITE(isolated_answers)

BOOST_AUTO_TEST_CASE(the_shipped_strategies_answer_the_same_bit_for_bit) {
  for (const char* name : {"already_watched", "content_warning", "cooldown", "franchise_fatigue", "not_interested",
                           "poor_quality", "wrong_genre"}) {
    const auto apart = isolated(name);
    const auto inside = here(name);
    BOOST_TEST(apart->in_words() == inside->in_words());
    BOOST_TEST(apart->reason() == inside->reason());
    BOOST_TEST(apart->info().digest == inside->info().digest);
    BOOST_TEST(apart->info().abi_minor == inside->info().abi_minor);
    BOOST_TEST(apart->half_life_days(3.0) == inside->half_life_days(3.0));
    BOOST_TEST(apart->isolation() == "process");
    const auto rows = varied_rows(1'024, name);
    const auto all = pointers(rows);
    for (const std::size_t count : {0U, 1U, 64U, 1'024U, 2U})
      answers_the_same(*apart, *inside, std::span(all).first(count), {});
    for (const dislike* row : std::span(all).first(40)) answers_the_same(*apart, *inside, {&row, 1}, {});
    BOOST_TEST(apart->figures().calls() == 1'024 + 64 + 2 + 1 + 40);
    BOOST_TEST(apart->figures().failures() == inside->figures().failures());
    BOOST_TEST((apart->state() == strategy_state::serving));
  }
}

BOOST_AUTO_TEST_CASE(a_batch_larger_than_every_buffer_passes) {
  const auto apart = isolated("wrong_genre");
  const auto inside = here("wrong_genre");
  std::vector<dislike> rows(300);
  for (dislike& row : rows) {
    row.reason = "wrong_genre";
    row.feedback_text = std::string(30'000, 'z');
    for (int i = 0; i < 200; ++i) row.genres.push_back("Genre of a long name, number " + std::to_string(i));
  }
  answers_the_same(*apart, *inside, pointers(rows), {});
}

BOOST_AUTO_TEST_CASE(what_a_plugin_asks_the_host_is_answered) {
  const auto apart = isolated("asker");
  const auto inside = here("asker");
  BOOST_TEST(apart->info().asks_weights);
  BOOST_TEST(apart->info().explains);
  BOOST_TEST(apart->info().reads_text);
  auto rows = varied_rows(200, "asker");
  for (dislike& row : rows) row.genres = {"Horror", "Drama"};
  const auto all = pointers(rows);
  small_world near;
  small_world far;
  for (const std::size_t count : {1U, 200U}) {
    inside->ask(std::span(all).first(count), near.open());
    const auto expected = inside->answers();
    apart->ask(std::span(all).first(count), far.open());
    const auto found = apart->answers();
    for (std::size_t i = 0; i < count; ++i) {
      must_answer(expected[i]);
      must_answer(found[i]);
      BOOST_REQUIRE((*found[i] == *expected[i]));
    }
  }
  BOOST_TEST(near.weights_asked == 402U);
  BOOST_TEST(far.weights_asked == near.weights_asked);
}

BOOST_AUTO_TEST_CASE(a_host_that_has_nothing_to_say_says_so_in_both) {
  const auto apart = isolated("asker");
  const auto inside = here("asker");
  dislike row = saying("");
  row.movie_id = 3;
  answers_the_same(*apart, *inside, pointers({row, row}), {});
  row.genres = {"Horror"};  // its weight is NaN, and so is the magnitude
  answers_the_same(*apart, *inside, pointers({row}), {});
  BOOST_TEST(apart->figures().failures() == 1);
}

BOOST_AUTO_TEST_CASE(the_optional_interfaces_answer_the_same) {
  const auto apart = isolated("asker");
  const auto inside = here("asker");
  dislike row = saying("");
  for (const std::string& title : {std::string("Saw II"), std::string(), std::string(2'000, 'x')}) {
    row.movie_title = title;
    BOOST_TEST(apart->explain(row, {}).value() == title);
  }
  row.movie_title = std::string(2'001, 'x');  // refused, and so it fails
  BOOST_TEST((apart->explain(row, {}).problem() == inside->explain(row, {}).problem()));
  BOOST_TEST(apart->fit("yes").value() == 0.75);
  BOOST_TEST((apart->fit("nonsense").problem() == inside->fit("nonsense").problem()));

  const auto without = isolated("wrong_genre");
  BOOST_TEST((without->explain(row, {}).problem() == here("wrong_genre")->explain(row, {}).problem()));
  BOOST_TEST((without->fit("yes").problem() == here("wrong_genre")->fit("yes").problem()));
}

BOOST_AUTO_TEST_CASE(what_a_plugin_reports_is_passed_on) {
  std::vector<std::string> heard;
  const auto apart = isolated("asker", "{}", in_a_hurry(), [&](const strategy& from, std::string_view said) {
    heard.push_back(from.name() + ": " + std::string(said));
  });
  BOOST_TEST(heard == std::vector<std::string>{"asker: ready to ask"}, boost::test_tools::per_element());
  dislike row = saying("");
  row.movie_id = 4;
  (void)apart->adjust(row);
  BOOST_REQUIRE(heard.size() == 2U);
  BOOST_TEST(heard[1] == "asker: warn: no such movie");
}

BOOST_AUTO_TEST_CASE(what_a_plugin_may_not_say_fails_that_row_alone_and_in_the_same_words) {
  for (const char* deed :
       {"NaN", "1e308", "no UTF-8", "257", "throw", "factor NaN", "family movie", "report", "swallow"}) {
    const std::string config = std::string(R"({"does": ")") + deed + "\"}";
    const auto apart = isolated("rogue", config);
    const auto inside = here("rogue", config);
    answers_the_same(*apart, *inside, pointers(varied_rows(3, "rogue")), {});
    BOOST_TEST(apart->figures().failures() == inside->figures().failures());
    BOOST_TEST((apart->state() == strategy_state::serving));
  }
  for (const char* name : {"throws_from_adjust", "throws_a_number"}) {
    const auto apart = isolated(name, "{}", in_a_hurry(), {}, "thrower");
    answers_the_same(*apart, *here(name), pointers(varied_rows(3, "thrower")), {});
    BOOST_TEST((apart->state() == strategy_state::serving));
  }
}

BOOST_AUTO_TEST_CASE(several_may_be_asked_before_the_first_is_waited_for) {
  const auto first = isolated("asker");
  const auto second = isolated("asker");
  auto rows = varied_rows(100, "asker");
  for (dislike& row : rows) row.genres = {"Horror"};
  const auto all = pointers(rows);
  small_world world;
  first->ask(all, world.open());
  second->ask(all, world.open());
  const auto said = second->answers();
  const auto also = first->answers();
  for (std::size_t i = 0; i < all.size(); ++i) {
    must_answer(said[i]);
    must_answer(also[i]);
    BOOST_REQUIRE(*said[i] == *also[i]);
  }
}

BOOST_AUTO_TEST_CASE(who_refuses_says_why) {
  BOOST_TEST(refusal_of("rogue", R"({"least": 2, "most": 1})").find("`least` is more than `most`") !=
             std::string::npos);
  BOOST_TEST(refusal_of("no_symbol") ==
             "plugins/no_symbol.so exports no demur_plugin_entry; expected a plugin of Demur.");
  BOOST_TEST(refusal_of("wrong_abi") == "plugins/wrong_abi.so is built for plugin ABI 2; expected 1.");
  BOOST_TEST(refusal_of("no_interface").find("has no interface demur.strategy/1") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_plugin_must_bear_the_name_of_its_file) {
  BOOST_TEST(refusal_of("also_wrong_genre").find("holds a plugin that calls itself bare; expected also_wrong_genre") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_host_program_that_is_not_there_is_named) {
  isolation_options chosen = in_a_hurry();
  chosen.host_program = "/nowhere/demur-plugin-host";
  BOOST_TEST(refusal_of("wrong_genre", "{}", chosen) ==
             "The program /nowhere/demur-plugin-host cannot be started (No such file or directory); expected "
             "demur-plugin-host, at plugins.host_program.");
}

BOOST_AUTO_TEST_CASE(another_program_is_found_out) {
  isolation_options chosen = in_a_hurry();
  chosen.host_program = "/bin/true";
  BOOST_TEST(refusal_of("wrong_genre", "{}", chosen).find("ended with status 0") != std::string::npos);
  chosen.host_program = "/bin/cat";  // there is no file called serve
  BOOST_TEST(refusal_of("wrong_genre", "{}", chosen).find("ended with status 1 (its last words: ") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_settings_of_one_plugin_go_before_those_of_all) {
  settings::plugins_section chosen;
  chosen.max_failures = 7;
  chosen.restart_delay = std::chrono::milliseconds(9);
  const auto common = isolation_of(chosen, {});
  BOOST_TEST((common.deadline == chosen.deadline));
  BOOST_TEST(common.limits.memory_mib == chosen.memory_mib);
  BOOST_TEST(common.failures.max_failures == 7);
  BOOST_TEST((common.failures.quarantine == chosen.quarantine));
  BOOST_TEST((common.failures.first_delay == chosen.restart_delay));
  const auto own = isolation_of(chosen, {.deadline = std::chrono::milliseconds(5), .memory_mib = 32});
  BOOST_TEST((own.deadline == std::chrono::milliseconds(5)));
  BOOST_TEST(own.limits.memory_mib == 32);
}

BOOST_AUTO_TEST_CASE(it_outlives_the_thread_that_created_it) {
  std::unique_ptr<isolated_strategy> made;
  std::thread([&] { made = isolated("wrong_genre"); }).join();
  BOOST_TEST(made->adjust(saying("")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
