#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

/// 0.15 * 0.5.
void each_genre_loses_half_of_15_percent() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror", "Thriller"}).cast({"Tobin Bell"}));
  DEMUR_CHECK_EQUAL(answer.in_words(), "genre:Horror -0.075; genre:Thriller -0.075");
  DEMUR_CHECK(host.reason() == "not_interested");
}

void without_a_genre_nothing_changes() {
  DEMUR_CHECK_EQUAL(host(demur_plugin_entry()).adjust(dislike()).in_words(), "nothing");
}

void both_factors_can_be_set() {
  host host(demur_plugin_entry(), R"({"genre_deemphasis_factor": 0.5, "lightness": 0.25})");
  DEMUR_CHECK(host.adjust(dislike().genres({"Horror"})).magnitude("genre:Horror") == -0.125);
}

void what_cannot_be_is_refused() {
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"lightness": 1.5})"),
                       "`lightness` is 1.5; allowed is a number at least 0 and at most 1"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"genre_deemphasis_factor": 1})"),
                       "`genre_deemphasis_factor` is 1; allowed is a number at least 0 and below 1"));
}

}  // namespace

int main() {
  return run({each_genre_loses_half_of_15_percent, without_a_genre_nothing_changes, both_factors_can_be_set,
              what_cannot_be_is_refused});
}
