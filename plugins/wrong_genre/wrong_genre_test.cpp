#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

/// 1 - 0.15, twice: 0.7225.
void each_genre_loses_15_percent() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror", "Thriller"}).cast({"Tobin Bell"}).franchise("Saw"));
  DEMUR_CHECK_EQUAL(answer.in_words(), "genre:Horror -0.15; genre:Thriller -0.15");
  DEMUR_CHECK(host.reason() == "wrong_genre");
  DEMUR_CHECK(host.half_life_days() < 0);  // the host's default
}

void without_a_genre_nothing_changes() {
  DEMUR_CHECK_EQUAL(host(demur_plugin_entry()).adjust(dislike()).in_words(), "nothing");
}

void factor_and_half_life_can_be_set() {
  host host(demur_plugin_entry(), R"({"genre_deemphasis_factor": 0.5, "half_life_days": 7})");
  DEMUR_CHECK(host.adjust(dislike().genres({"Horror"})).magnitude("genre:Horror") == -0.5);
  DEMUR_CHECK(host.half_life_days() == 7);
}

void what_cannot_be_is_refused() {
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"genre_deemphasis_factor": 1})"),
                       "`genre_deemphasis_factor` is 1; allowed is a number at least 0 and below 1"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"half_life_days": 40000})"), "`half_life_days` is 40000"));
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"factor": 0.1})"), "`factor` is no setting"));
}

}  // namespace

int main() {
  return run({each_genre_loses_15_percent, without_a_genre_nothing_changes, factor_and_half_life_can_be_set,
              what_cannot_be_is_refused});
}
