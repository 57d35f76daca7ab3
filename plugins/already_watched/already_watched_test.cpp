#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

void the_item_is_hidden_for_ever_and_nothing_else_changes() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror"}).cast({"Tobin Bell"}).franchise("Saw"));
  DEMUR_CHECK_EQUAL(answer.in_words(), "hidden for ever; training factor 0");
  DEMUR_CHECK(host.reason() == "already_watched");
}

void it_has_no_settings() {
  DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), R"({"half_life_days": 30})"),
                       "`half_life_days` is no setting of this plugin; it has none"));
}

}  // namespace

int main() { return run({the_item_is_hidden_for_ever_and_nothing_else_changes, it_has_no_settings}); }
