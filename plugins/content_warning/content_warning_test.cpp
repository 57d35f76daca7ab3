#include <demur/plugin_testing.hpp>

#include <string>

namespace {

using namespace demur::testing;

void each_genre_loses_5_percent() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror", "Thriller"}).cast({"Tobin Bell"}));
  DEMUR_CHECK_EQUAL(answer.in_words(), "genre:Horror -0.05; genre:Thriller -0.05");
  DEMUR_CHECK(host.reason() == "content_warning");
  DEMUR_CHECK(host.half_life_days() < 0);  // the host's default
}

void what_the_host_refuses_ends_it() {
  host host(demur_plugin_entry());
  const auto answer = host.adjust(dislike().genres({"Horror", "Horror"}));
  DEMUR_CHECK_EQUAL(answer.refusal, "adjusted genre:Horror twice; expected one adjustment of a feature.");
  DEMUR_CHECK(answer.status == DEMUR_ERROR);
}

void it_hears_words_where_they_begin_in_capitals_or_not() {
  host host(demur_plugin_entry());
  for (const char* said : {"violence", "So Violent!", "way too much GORE", "blood", "it was bloody", "gory"})
    DEMUR_CHECK(host.fit(said) == 0.9);
  for (const char* said : {"", "category", "an allegory", "boring", "viol", "b lood", "gor"})
    DEMUR_CHECK(host.fit(said) == 0.0);
}

void it_has_no_settings() {
  for (const char* none : {"{}", " { }\n"}) DEMUR_CHECK_EQUAL(refusal_of(demur_plugin_entry(), none), "");
  for (const char* some : {R"({"factor": 0.1})", "", "{", "{}}", "[]"})
    DEMUR_CHECK(contains(refusal_of(demur_plugin_entry(), some), "content_warning has no settings"));
  DEMUR_CHECK(refusal_of(demur_plugin_entry(), std::string("{\0}", 3)) != "");
}

}  // namespace

int main() {
  return run({each_genre_loses_5_percent, what_the_host_refuses_ends_it,
              it_hears_words_where_they_begin_in_capitals_or_not, it_has_no_settings});
}
