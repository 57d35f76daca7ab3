#include "web/ordered_window.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace demur::web {
namespace {

std::string drain(ordered_window<std::string>& window) {
  std::string out;
  while (const std::string* next = window.front()) {
    out += *next;
    window.pop();
  }
  return out;
}

void answer(ordered_window<std::string>& window, std::uint64_t tag, std::string text) {
  *window.find(tag) = std::move(text);
  window.close(tag);
}

BOOST_AUTO_TEST_SUITE(ordered_windows)

BOOST_AUTO_TEST_CASE(answers_wait_for_those_before_them) {
  ordered_window<std::string> window;
  const auto first = window.open({});
  const auto second = window.open({});
  const auto third = window.open({});
  answer(window, third, "c");
  BOOST_TEST(drain(window).empty());
  answer(window, first, "a");
  BOOST_TEST(drain(window) == "a");
  answer(window, second, "b");
  BOOST_TEST(drain(window) == "bc");
  BOOST_TEST(window.empty());
}

BOOST_AUTO_TEST_CASE(a_tag_that_is_not_open_is_nobodys) {
  ordered_window<std::string> window;
  BOOST_TEST(window.find(0) == nullptr);
  const auto tag = window.open({});
  BOOST_TEST(window.find(tag) != nullptr);
  BOOST_TEST(window.find(tag + 1) == nullptr);
  answer(window, tag, "x");
  drain(window);
  BOOST_TEST(window.find(tag) == nullptr);
}

BOOST_AUTO_TEST_CASE(it_grows_in_the_middle_of_its_ring) {
  ordered_window<std::string> window;
  std::string sent;
  std::string got;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint64_t> tags;
    for (int count = 0; count <= round % 37; ++count) tags.push_back(window.open({}));
    for (auto at = tags.rbegin(); at != tags.rend(); ++at) answer(window, *at, std::to_string(*at) + " ");
    for (const auto tag : tags) sent += std::to_string(tag) + " ";
    got += drain(window);
  }
  BOOST_TEST(got == sent);
}

BOOST_AUTO_TEST_CASE(forgetting_all_leaves_the_tags_ascending) {
  ordered_window<std::string> window;
  const auto before = window.open({});
  window.clear();
  BOOST_TEST(window.empty());
  BOOST_TEST(window.find(before) == nullptr);
  BOOST_TEST(window.open({}) == before + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::web
