#include "runtime/settings_table.hpp"
#include "runtime/settings_value.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>

namespace demur::config {
namespace {

struct anything {
  template <class T>
  operator T() const;
};

/// How many members an aggregate has: as many as it can be initialised with.
template <class T, class... Given>
constexpr std::size_t members() {
  if constexpr (requires { T{Given{}..., anything{}}; }) {
    return members<T, Given..., anything>();
  } else {
    return sizeof...(Given);
  }
}

std::size_t keys_of(std::string_view section) {
  return static_cast<std::size_t>(std::ranges::count(all_settings(), section, &setting::section));
}

/// Another value that the rule allows.
void change(const setting& one, settings& all) {
  if (one.key == "listen") {
    all.server.listen = "[::]:0";
  } else if (full_name(one) == "store.url") {
    all.store.url = "postgresql://dbname=demur";
  } else if (full_name(one) == "trainer.webhook.url") {
    all.trainer.webhook.url = "http://pipeline:9000/train?of=demur";
  } else if (full_name(one) == "trainer.webhook.callback") {
    all.trainer.webhook.callback = "https://[::1]:8443";
  } else if (one.key == "naming_reasons") {
    all.recommendations.naming_reasons = {"cooldown"};
  } else if (const auto* words = std::get_if<one_of>(&one.allowed)) {
    auto& word = *std::get<std::string*>(one.in(all));
    word = words->words[words->words[0] == word ? 1 : 0];
  } else {
    std::visit(
        []<class Value>(Value* value) {
          if constexpr (std::is_same_v<Value, bool>) {
            *value = !*value;
          } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
            value->push_back("python3 \"\\\t\u00e4");
          } else if constexpr (std::is_same_v<Value, std::string>) {
            *value += " \"\\\t\x7F\u00e4";
          } else if constexpr (std::is_same_v<Value, double>) {
            *value += 0.001;
          } else {
            *value += Value(1);
          }
        },
        one.in(all));
  }
}

std::string text_of(const std::string& file) {
  std::ifstream in(std::string(DEMUR_SOURCE_DIR) + "/" + file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The first line in which two texts differ, both versions of it; empty if none. Whole files would drown it.
std::string first_difference(const std::string& one, const std::string& other) {
  std::istringstream lines(one);
  std::istringstream other_lines(other);
  for (int number = 1;; ++number) {
    std::string line;
    std::string other_line;
    const bool more = static_cast<bool>(std::getline(lines, line));
    const bool other_more = static_cast<bool>(std::getline(other_lines, other_line));
    if (!more && !other_more) return {};
    if (more != other_more || line != other_line)
      return "line " + std::to_string(number) + ": <" + line + "> and <" + other_line + ">";
  }
}

BOOST_AUTO_TEST_SUITE(settings_table)

BOOST_AUTO_TEST_CASE(every_member_of_settings_is_in_the_table) {
  // Three sections of trainers share a member.
  BOOST_TEST(members<settings>() + 2 == all_sections().size() + keys_of(""));
  BOOST_TEST(members<settings::trainer_section>() == 3u);
  BOOST_TEST(members<settings::trainer_section::ials_section>() == keys_of("trainer.ials"));
  BOOST_TEST(members<settings::recommendations_section>() == keys_of("recommendations"));
  BOOST_TEST(members<settings::gate_section>() == keys_of("gate"));
  BOOST_TEST(members<settings::trainer_section::command_section>() == keys_of("trainer.command"));
  BOOST_TEST(members<settings::trainer_section::webhook_section>() == keys_of("trainer.webhook"));
  BOOST_TEST(members<settings::node_section>() == keys_of("node"));
  BOOST_TEST(members<settings::server_section>() == keys_of("server"));
  BOOST_TEST(members<settings::live_section>() == keys_of("live"));
  BOOST_TEST(members<settings::store_section>() == keys_of("store"));
  BOOST_TEST(members<settings::pipeline_section>() == keys_of("pipeline"));
  BOOST_TEST(members<settings::weights_section>() == keys_of("weights"));
  BOOST_TEST(members<settings::patterns_section>() == keys_of("patterns"));
  BOOST_TEST(members<settings::retrain_section>() == keys_of("retrain"));
  BOOST_TEST(members<settings::log_section>() == keys_of("log"));
  BOOST_TEST(members<settings::plugins_section>() == keys_of("plugins") + 2, "all but the plugins' own sections");
}

BOOST_AUTO_TEST_CASE(no_two_settings_share_a_name_or_a_member) {
  std::set<std::string> names;
  std::set<const void*> members;
  settings all;
  for (const auto& one : all_settings()) {
    BOOST_TEST(names.insert(full_name(one)).second, full_name(one));
    BOOST_TEST(members.insert(std::visit([](const auto* at) -> const void* { return at; }, one.in(all))).second,
               full_name(one));
    BOOST_TEST((one.section.empty() || is_section(one.section)), full_name(one));
    BOOST_TEST(one.meaning.ends_with('.'), full_name(one));
  }
}

BOOST_AUTO_TEST_CASE(the_defaults_keep_to_every_rule) { BOOST_TEST(check_settings({}).has_value()); }

BOOST_AUTO_TEST_CASE(each_setting_is_read_back_as_it_was_rendered_and_moves_no_other) {
  const std::string unchanged = render_settings();
  for (const auto& one : all_settings()) {
    settings changed;
    change(one, changed);
    // A trainer that is chosen must have a place.
    if (changed.retrain.trainer == "command") changed.trainer.command.program = {"train"};
    const std::string rendered = render_settings(changed);
    BOOST_TEST(rendered != unchanged, full_name(one));
    const auto read = parse_settings(rendered, "changed.toml");
    if (!read) BOOST_FAIL(read.problem().detail);
    BOOST_TEST(first_difference(render_settings(*read), rendered) == "");
    settings back = *read;
    BOOST_TEST(value_text(one.in(back)) == value_text(one.in(changed)));
  }
}

BOOST_AUTO_TEST_CASE(the_ends_of_every_range_are_allowed_and_what_lies_beyond_is_refused) {
  for (const auto& one : all_settings()) {
    settings all;
    const auto refused = [&](auto* value, auto found) {
      *value = found;
      return !obeys(one.allowed, one.in(all));
    };
    if (const auto* range = std::get_if<integers>(&one.allowed)) {
      auto* value = std::get<std::int64_t*>(one.in(all));
      BOOST_TEST((refused(value, range->from - 1) && refused(value, range->to + 1)), full_name(one));
      BOOST_TEST((!refused(value, range->from) && !refused(value, range->to)), full_name(one));
    } else if (const auto* real = std::get_if<numbers>(&one.allowed)) {
      auto* value = std::get<double*>(one.in(all));
      BOOST_TEST((refused(value, real->from - 1e-9) && refused(value, real->to + 1e-9)), full_name(one));
      BOOST_TEST((refused(value, std::nan("")) && refused(value, HUGE_VAL)), full_name(one));
      BOOST_TEST(refused(value, real->from) == real->without_from, full_name(one));
      BOOST_TEST(refused(value, real->to) == real->without_to, full_name(one));
    } else if (std::holds_alternative<one_of>(one.allowed)) {
      auto* value = std::get<std::string*>(one.in(all));
      BOOST_TEST((refused(value, "") && refused(value, "Full")), full_name(one));
    }
  }
}

// Made with `demurd --print-settings`; the sections of the strategies follow, written by hand.
BOOST_AUTO_TEST_CASE(the_shipped_file_begins_with_what_print_settings_prints) {
  const std::string rendered = render_settings();
  BOOST_TEST(first_difference(text_of("config/demur.toml").substr(0, rendered.size()), rendered) == "");
}

BOOST_AUTO_TEST_CASE(the_shipped_file_is_the_defaults_and_the_constants_of_the_strategies) {
  auto shipped = load_settings(std::string(DEMUR_SOURCE_DIR) + "/config/demur.toml");
  if (!shipped) BOOST_FAIL(shipped.problem().detail);
  const std::map<std::string, std::string> expected = {
      {"already_watched", "{}"},
      {"content_warning", "{}"},
      {"cooldown", R"({"floor":0.2,"hide_days":14.0,"rise_days":140.0})"},
      {"franchise_fatigue", R"({"franchise_deemphasis_factor":0.12})"},
      {"not_interested", R"({"genre_deemphasis_factor":0.15,"lightness":0.5})"},
      {"poor_quality", R"({"cast_deemphasis_factor":0.1})"},
      {"wrong_genre", R"({"genre_deemphasis_factor":0.15})"},
  };
  BOOST_TEST((shipped->plugins.config == expected));
  shipped->plugins.config.clear();
  BOOST_TEST(first_difference(render_settings(*shipped), render_settings()) == "");
}

BOOST_AUTO_TEST_CASE(durations_are_said_in_the_largest_unit_that_is_exact) {
  using namespace std::chrono_literals;
  BOOST_TEST(duration_text(0ms) == "0s");
  BOOST_TEST(duration_text(250ms) == "250ms");
  BOOST_TEST(duration_text(90s) == "90s");
  BOOST_TEST(duration_text(120s) == "2m");
  BOOST_TEST(duration_text(36h) == "36h");
  BOOST_TEST(duration_text(48h) == "2d");
  for (const auto value : {0ms, 1ms, 1500ms, 60'000ms, 86'400'000ms})
    BOOST_TEST((read_duration(duration_text(value)) == value));
}

BOOST_AUTO_TEST_CASE(what_is_no_duration_is_not_read) {
  for (const char* text : {"", "10", "s", "-1s", "+1s", "1.5s", "1 s", "10S", "1h30m", "1w", "9223372036854775807d",
                           "99999999999999999999s", "0x10s"})
    BOOST_TEST(!read_duration(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(addresses_have_a_port_and_brackets_around_ipv6) {
  for (const char* text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:65535", "[::ffff:1.2.3.4]:1", "localhost:80"})
    BOOST_TEST(is_listen_address(text), text);
  for (const char* text : {"", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:80x",
                           "::1:80", "[::1]", "[127.0.0.1]:80", "[]:80", "127.0.0:80", "127.0.0.1.1:80", "a b:80"})
    BOOST_TEST(!is_listen_address(text), text);
  BOOST_TEST(!is_listen_address(std::string_view("127.0.0.1\0x:80", 14)));
}

BOOST_AUTO_TEST_CASE(urls_of_pipelines_are_plain_http) {
  for (const char* text : {"http://a", "http://a:80/b", "http://[::1]/b?c=d", "http://127.0.0.1:9/", "http://a.b/%20"})
    BOOST_TEST(is_http_url(text, true), text);
  for (const char* text : {"", "a", "http://", "https://a/b", "http:///b", "http://u@a/b", "http://a/b#c",
                           "http://a/b c", "http://a:x/b", "http://[::1/b", "ftp://a/b"})
    BOOST_TEST(!is_http_url(text, true), text);
  BOOST_TEST(is_http_url("https://a:1", false));
  BOOST_TEST(!is_http_url("http://a/", false));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::config
