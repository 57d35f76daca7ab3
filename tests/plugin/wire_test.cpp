#include "plugin/messages.hpp"
#include "plugin/wire.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace demur::plugin {
namespace {

/// What comes out of an inbox that `bytes` went into, `step` at a time.
std::vector<std::pair<wire::kind, std::string>> frames_of(std::string_view bytes, std::size_t step) {
  std::vector<std::pair<wire::kind, std::string>> all;
  wire::inbox in;
  while (!bytes.empty()) {
    const auto part = bytes.substr(0, step);
    const auto room = in.room();
    BOOST_REQUIRE(room.size() >= part.size());
    std::copy(part.begin(), part.end(), room.begin());
    in.added(part.size());
    bytes.remove_prefix(part.size());
    while (const auto found = in.next()) all.emplace_back(found->of, std::string(found->parts));
  }
  BOOST_TEST(in.empty());
  return all;
}

/// The parts of the one frame that `put` makes.
std::string parts_of(const std::function<void(wire::writer&)>& put) {
  wire::writer out;
  put(out);
  const auto all = frames_of(out.bytes(), 1'000);
  BOOST_REQUIRE(all.size() == 1U);
  return all.front().second;
}

/// No cut of the parts is taken for the whole, nor are the parts with something behind them.
template <class Read>
void is_whole_or_nothing(const std::string& parts, const Read& read) {
  BOOST_TEST(read(parts));
  for (std::size_t length = 0; length < parts.size(); ++length)
    BOOST_REQUIRE_MESSAGE(!read(std::string_view(parts).substr(0, length)), "cut to " << length);
  BOOST_TEST(!read(parts + "x"));
}

dislike full_row() {
  dislike row;
  row.user_id = "ann";
  row.movie_id = 12;
  row.movie_title = std::string("nul \0 and \xFF", 11);
  row.predicted_score = 0.1;
  row.reason = "wrong_genre";
  row.feedback_text = "";
  row.created_at = timestamp(std::chrono::milliseconds(-5));
  row.genres = {"Horror", "", "Kömödie"};
  row.cast = {std::string(100'000, 'c')};
  row.franchise = "Saw";
  row.context = R"({"a":1})";
  return row;
}

verdict full_verdict() {
  return {.adjustments = {{"genre:Horror", -0.5, {}, {}},
                          {"genre:a:b", 0.25, 0.0, {}},
                          {"cast:Ann", -1.0, {}, straight_rise{1.0, 36'500.0}}},
          .filter_item = true,
          .hide_days = 2.5,
          .training_factor = 0.0};
}

wire::read_verdicts read_answers(std::string_view parts, std::size_t rows) {
  checked_sink checked;
  return wire::read_answers(parts, rows, checked);
}

/// With one answer, in which the one verdict is said.
std::string answer_of(const verdict& said) {
  const std::vector<result<verdict>> all = {said};
  return parts_of([&](wire::writer& out) { wire::put_answers(out, all, ""); });
}

BOOST_AUTO_TEST_SUITE(wires)

BOOST_AUTO_TEST_CASE(frames_come_out_as_they_went_in_however_they_are_cut) {
  wire::writer out;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}, std::size_t{7}}) {
    out.begin(wire::kind::fit);
    out.text(std::string(size, 'x'));
    out.end();
  }
  for (const std::size_t step : {1U, 3U, 8U, 9U, 65'536U}) {
    const auto all = frames_of(out.bytes(), step);
    BOOST_REQUIRE(all.size() == 4U);
    BOOST_TEST((all[2].first == wire::kind::fit));
    BOOST_TEST(wire::read_text(all[2].second).value().size() == 300'000U);
    BOOST_TEST(wire::read_text(all[3].second).value() == "xxxxxxx");
  }
}

BOOST_AUTO_TEST_CASE(a_claim_makes_no_room_for_what_has_not_come) {
  wire::inbox in;
  const std::uint32_t claim = std::numeric_limits<std::uint32_t>::max();
  auto room = in.room();
  const std::size_t before = room.size();
  std::memcpy(room.data(), &claim, sizeof claim);
  in.added(sizeof claim);
  BOOST_TEST(!in.next());
  BOOST_TEST(in.exceeds(claim - 1));
  BOOST_TEST(!in.exceeds(claim));
  BOOST_TEST(in.room().size() <= 2 * before);
}

BOOST_AUTO_TEST_CASE(a_question_comes_out_as_it_went_in) {
  const dislike full = full_row();
  const dislike empty;
  const dislike* const rows[] = {&full, &empty, &full};
  const timestamp now(std::chrono::milliseconds(1'700'000'000'123));
  const auto parts = parts_of([&](wire::writer& out) { wire::put_question(out, wire::kind::ask, now, rows); });
  // What was there before leaves nothing behind.
  std::vector<dislike> read = {full, full, empty, full};
  const auto asked = wire::read_question(parts, read);
  BOOST_REQUIRE(asked.has_value());
  BOOST_TEST((asked->now == now));
  BOOST_TEST(asked->rows == 3U);
  BOOST_TEST((read[0] == full));
  BOOST_TEST((read[1] == empty));
  BOOST_TEST((read[2] == full));
}

BOOST_AUTO_TEST_CASE(a_cut_question_is_none) {
  dislike row = full_row();
  row.cast = {"Ann"};
  const dislike* const rows[] = {&row};
  const auto parts = parts_of([&](wire::writer& out) { wire::put_question(out, wire::kind::ask, {}, rows); });
  is_whole_or_nothing(parts, [](std::string_view some) {
    std::vector<dislike> read;
    return wire::read_question(some, read).has_value();
  });
}

BOOST_AUTO_TEST_CASE(answers_come_out_as_they_went_in) {
  const error wrong = blame("plugin a", {"threw \"x\"", "nothing"}, error_code::internal);
  const std::vector<result<verdict>> all = {full_verdict(), wrong, verdict{}};
  const auto parts = parts_of([&](wire::writer& out) { wire::put_answers(out, all, "it is late"); });
  const auto read = read_answers(parts, 3);
  const auto* answered = std::get_if<0>(&read);
  BOOST_REQUIRE(answered);
  BOOST_TEST(answered->reports == "it is late");
  BOOST_TEST((std::get<verdict>(answered->said[0]) == full_verdict()));
  BOOST_TEST(std::get<fault>(answered->said[1]).found == "threw \"x\"");
  BOOST_TEST(std::get<fault>(answered->said[1]).expected == "nothing");
  BOOST_TEST((std::get<verdict>(answered->said[2]) == verdict{}));
  is_whole_or_nothing(parts, [](std::string_view some) { return read_answers(some, 3).index() == 0; });
}

BOOST_AUTO_TEST_CASE(answers_to_another_number_of_dislikes_are_none) {
  const auto read = read_answers(answer_of({}), 2);
  BOOST_REQUIRE(std::holds_alternative<fault>(read));
  BOOST_TEST(std::get<fault>(read).found == "sent 1 answers to 2 dislikes");
}

BOOST_AUTO_TEST_CASE(an_answer_that_plugin_h_does_not_allow_is_not_believed) {
  const auto refused = [](const verdict& said) {
    const auto read = read_answers(answer_of(said), 1);
    BOOST_REQUIRE(std::holds_alternative<fault>(read));
    return std::get<fault>(read).found;
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  BOOST_TEST(refused({.adjustments = {{"genre:Horror", nan, {}, {}}}}) == "gave genre:Horror the magnitude nan");
  BOOST_TEST(refused({.adjustments = {{"movie:12", -0.5, {}, {}}}}) == "gave the family \"movie\"");
  BOOST_TEST(refused({.adjustments = {{"genre", -0.5, {}, {}}}}) == "gave the genre \"\"");
  BOOST_TEST(refused({.adjustments = {{"", -0.5, {}, {}}}}) == "gave the family \"\"");
  BOOST_TEST(refused({.adjustments = {{"genre:\xFF", -0.5, {}, {}}}}) == "gave the genre \"?\"");
  BOOST_TEST(refused({.adjustments = {{"genre:A", -0.5, -1.0, {}}}}) == "gave genre:A a half-life of -1 days");
  BOOST_TEST(refused({.filter_item = true, .hide_days = nan}) == "hides the item for nan days");
  BOOST_TEST(refused({.training_factor = 2.0}) == "gave the training factor 2");
  verdict many;
  for (int i = 0; i < 257; ++i) many.adjustments.push_back({"genre:" + std::to_string(i), -0.5, {}, {}});
  BOOST_TEST(refused(many) == "gave more than 256 adjustments");
}

BOOST_AUTO_TEST_CASE(sentences_of_a_process_are_made_printable) {
  const error wrong = blame("plugin a", {"said \xFF\n\x1B[2J", std::string(10'000, 'x')});
  const std::vector<result<verdict>> all = {wrong};
  const auto parts = parts_of([&](wire::writer& out) { wire::put_answers(out, all, "a\tb"); });
  const auto read = read_answers(parts, 1);
  const auto* answered = std::get_if<0>(&read);
  BOOST_REQUIRE(answered);
  BOOST_TEST(std::get<fault>(answered->said[0]).found == "said ???[2J");
  BOOST_TEST(std::get<fault>(answered->said[0]).expected.size() == 4'096U);
  BOOST_TEST(answered->reports == "a?b");
}

BOOST_AUTO_TEST_CASE(a_hello_is_taken_if_it_is_one) {
  strategy_info info{.name = "mild", .version = "1.0.0", .reason = "too_long", .abi_minor = 1, .half_life_days = 7.0};
  info.reads_text = true;
  const auto hello = [](const result<strategy_info>& made) {
    return parts_of([&](wire::writer& out) { wire::put_hello(out, made, "good morning"); });
  };
  const auto read = wire::read_hello(hello(info));
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->reports == "good morning");
  BOOST_TEST(read->said.value().name == "mild");
  BOOST_TEST(read->said.value().half_life_days == 7.0);
  BOOST_TEST(read->said.value().reads_text);
  BOOST_TEST(!read->said.value().explains);
  is_whole_or_nothing(hello(info), [](std::string_view some) { return wire::read_hello(some).has_value(); });

  const error why = blame("mild.so", {"is no library", "one"});
  BOOST_TEST((wire::read_hello(hello(why)).value().said.problem() == why));
  is_whole_or_nothing(hello(why), [](std::string_view some) { return wire::read_hello(some).has_value(); });

  const auto with = [&](auto change) {
    strategy_info changed = info;
    change(changed);
    return wire::read_hello(hello(changed)).has_value();
  };
  BOOST_TEST(with([](strategy_info&) {}));
  BOOST_TEST(!with([](strategy_info& one) { one.name = "Mild"; }));
  BOOST_TEST(!with([](strategy_info& one) { one.reason = ""; }));
  BOOST_TEST(!with([](strategy_info& one) { one.version = "1\n"; }));
  BOOST_TEST(!with([](strategy_info& one) { one.version = std::string(65, '1'); }));
  BOOST_TEST(!with([](strategy_info& one) { one.half_life_days = std::numeric_limits<double>::infinity(); }));
}

BOOST_AUTO_TEST_CASE(the_small_frames_come_out_as_they_went_in) {
  const wire::order what{.file = "/a.so", .shown = "plugins/a.so", .config = "{}", .memory_mib = 64};
  const auto order = parts_of([&](wire::writer& out) { wire::put(out, what); });
  BOOST_TEST((wire::read_order(order) == what));
  is_whole_or_nothing(order, [](std::string_view some) { return wire::read_order(some).has_value(); });

  const auto weight = parts_of([](wire::writer& out) { wire::put_weight_question(out, {3, "genre:Horror"}); });
  BOOST_TEST(wire::read_weight_question(weight, 4).value().row == 3U);
  BOOST_TEST(wire::read_weight_question(weight, 4).value().feature == "genre:Horror");
  BOOST_TEST(!wire::read_weight_question(weight, 3));
  is_whole_or_nothing(weight, [](std::string_view some) { return wire::read_weight_question(some, 4).has_value(); });

  const movie saw{.movie_id = 215, .movie_title = "Saw II", .genres = {"Horror"}, .cast = {}, .franchise = "Saw"};
  const auto found = parts_of([&](wire::writer& out) { wire::put_movie(out, &saw); });
  BOOST_TEST((wire::read_movie(found).value() == saw));
  BOOST_TEST((wire::read_movie(parts_of([](auto& out) { wire::put_movie(out, nullptr); })).value() == std::nullopt));
  is_whole_or_nothing(found, [](std::string_view some) { return wire::read_movie(some).has_value(); });
}

BOOST_AUTO_TEST_CASE(what_an_optional_interface_says_is_checked) {
  const auto fits = [](double value) {
    return wire::read_fits(parts_of([&](wire::writer& out) { wire::put_fits(out, value, ""); }));
  };
  BOOST_TEST(std::get<double>(fits(0.25).value().said) == 0.25);
  BOOST_TEST(!fits(1.5));
  BOOST_TEST(!fits(std::numeric_limits<double>::quiet_NaN()));
  const auto explained = [](const result<std::string>& text) {
    return wire::read_explained(parts_of([&](wire::writer& out) { wire::put_explained(out, text, ""); }));
  };
  BOOST_TEST(std::get<std::string>(explained(std::string("Mild.\n")).value().said) == "Mild.\n");
  BOOST_TEST(std::holds_alternative<fault>(explained(blame("a", {"x", "y"})).value().said));
  BOOST_TEST(!explained(std::string(2'001, 'x')));
  BOOST_TEST(!explained(std::string("\xFF")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
