#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

void each_member_of_the_cast_loses_10_percent() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror"}).cast({"Tobin Bell", "Shawnee Smith"}));
  DEMUR_CHECK_EQUAL(answer.in_words(), "cast:Tobin Bell -0.1; cast:Shawnee Smith -0.1");
  DEMUR_CHECK(host.reason() == "poor_quality");
}

void without_a_cast_nothing_changes() {
  DEMUR_CHECK_EQUAL(host(demur_plugin_entry()).adjust(dislike().genres({"Horror"})).in_words(), "nothing");
}

void factor_and_half_life_can_be_set() {
  host host(demur_plugin_entry(), R"({"cast_deemphasis_factor": 0.25, "half_life_days": 0})");
  DEMUR_CHECK(host.adjust(dislike().cast({"Tobin Bell"})).magnitude("cast:Tobin Bell") == -0.25);
  DEMUR_CHECK(host.half_life_days() == 0);
}

void what_cannot_be_is_refused() {
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"cast_deemphasis_factor": -0.1})"),
                       "`cast_deemphasis_factor` is -0.1; allowed is a number at least 0 and below 1"));
  DEMUR_CHECK(
      contains(refusal_of(demur_plugin_entry(), R"({"cast_factor": 0.1})"), "the nearest is `cast_deemphasis_factor`"));
}

}  // namespace

int main() {
  return run({each_member_of_the_cast_loses_10_percent, without_a_cast_nothing_changes, factor_and_half_life_can_be_set,
              what_cannot_be_is_refused});
}
