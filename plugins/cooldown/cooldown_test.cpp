#include <demur/plugin_testing.hpp>

#include <string>
#include <vector>

namespace {

using namespace demur::testing;

void the_franchise_weighs_a_fifth_for_14_days_and_is_back_after_154() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror"}).franchise("Saw"));
  DEMUR_CHECK_EQUAL(answer.in_words(), "franchise:Saw -0.8 for 14 days, then rising for 140; hidden for 14 days");
  DEMUR_CHECK(host.reason() == "cooldown");
}

void without_a_franchise_the_genres_do() {
  host host(demur_plugin_entry(), R"({"hide_days": 0.5, "rise_days": 0, "floor": 0.75})");
  const auto answer = host.adjust(dislike().genres({"Horror", "Thriller"}));
  DEMUR_CHECK_EQUAL(answer.in_words(),
                    "genre:Horror -0.25 for 0.5 days, then rising for 0; "
                    "genre:Thriller -0.25 for 0.5 days, then rising for 0; hidden for 0.5 days");
}

void an_item_without_either_is_hidden_alone() {
  host host(demur_plugin_entry());
  DEMUR_CHECK_EQUAL(host.adjust(dislike()).in_words(), "hidden for 14 days");
  DEMUR_CHECK_EQUAL(host.explain(dislike()), "Hides this for 14 days.");
}

void the_bounds_of_the_settings_are_bounds_of_the_host() {
  const auto at_bound = [](const std::string& json) {
    return host(demur_plugin_entry(), json).adjust(dislike().franchise("Saw")).taken();
  };
  DEMUR_CHECK(at_bound(R"({"hide_days": 36500, "rise_days": 36500, "floor": 0})"));
  DEMUR_CHECK(at_bound(R"({"hide_days": 1e-9, "rise_days": 0, "floor": 1})"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"hide_days": 0})"),
                       "`hide_days` is 0; allowed is a number above 0 and at most 36500"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"rise_days": -1})"), "`rise_days` is -1; allowed is"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"floor": 1.1})"), "`floor` is 1.1; allowed is"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"half_life_days": 30})"), "is no setting"));
}

void it_says_what_it_will_do() {
  host host(demur_plugin_entry());
  DEMUR_CHECK_EQUAL(host.explain(dislike().franchise("Saw")),
                    "Hides this for 14 days. As long, whatever belongs to Saw counts 20 %; then more each day, and "
                    "after 154 days as before.");
  DEMUR_CHECK(
      contains(host.explain(dislike().genres({"Horror", "Thriller"})), "whatever is Horror or Thriller counts"));
}

void the_longest_names_there_are_can_be_explained() {
  std::string longest;
  for (int i = 0; i < 100; ++i) longest += "\xF0\x9F\x98\x80";
  host host(demur_plugin_entry());
  DEMUR_CHECK(contains(host.explain(dislike().genres(std::vector<std::string>(32, longest))), "and so on"));
}

void it_hears_that_somebody_had_enough() {
  host host(demur_plugin_entry());
  DEMUR_CHECK(host.fit("Too much of this lately.") == 0.9);
  DEMUR_CHECK(host.fit("ENOUGH for now") == 0.9);
  DEMUR_CHECK(host.fit("the acting is bad") == 0.0);
  DEMUR_CHECK(host.fit("") == 0.0);
}

void a_host_that_cannot_do_it_is_told_so() {
  offer older;
  older.abi_minor = 0;
  const auto answer = host(demur_plugin_entry(), "{}", older).adjust(dislike().franchise("Saw"));
  DEMUR_CHECK(answer.status == DEMUR_UNSUPPORTED);
  DEMUR_CHECK(contains(answer.refusal, "for no number of days (ABI 1.1)"));
}

}  // namespace

int main() {
  return run({the_franchise_weighs_a_fifth_for_14_days_and_is_back_after_154, without_a_franchise_the_genres_do,
              an_item_without_either_is_hidden_alone, the_bounds_of_the_settings_are_bounds_of_the_host,
              it_says_what_it_will_do, the_longest_names_there_are_can_be_explained, it_hears_that_somebody_had_enough,
              a_host_that_cannot_do_it_is_told_so});
}
