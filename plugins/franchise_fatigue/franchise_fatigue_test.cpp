#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

void the_franchise_loses_12_percent() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror"}).franchise("Saw"));
  DEMUR_CHECK_EQUAL(answer.in_words(), "franchise:Saw -0.12");
  DEMUR_CHECK(host.reason() == "franchise_fatigue");
}

void an_item_of_no_franchise_changes_nothing() {
  DEMUR_CHECK_EQUAL(host(demur_plugin_entry()).adjust(dislike().genres({"Horror"})).in_words(), "nothing");
}

void factor_and_half_life_can_be_set() {
  host host(demur_plugin_entry(), R"({"franchise_deemphasis_factor": 0.75, "half_life_days": 90})");
  DEMUR_CHECK(host.adjust(dislike().franchise("Saw")).magnitude("franchise:Saw") == -0.75);
  DEMUR_CHECK(host.half_life_days() == 90);
}

void what_cannot_be_is_refused() {
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"franchise_deemphasis_factor": 1})"),
                       "`franchise_deemphasis_factor` is 1; allowed is a number at least 0 and below 1"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"half_life_days": -1})"), "`half_life_days` is -1"));
}

}  // namespace

int main() {
  return run({the_franchise_loses_12_percent, an_item_of_no_franchise_changes_nothing, factor_and_half_life_can_be_set,
              what_cannot_be_is_refused});
}
