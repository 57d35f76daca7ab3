#include <demur/plugin_testing.hpp>

static void something_is_hidden() {
  demur::testing::host host(demur_plugin_entry());
  host.put_movie(demur::testing::movie(1).title("Saw"));
  DEMUR_CHECK(host.adjust(demur::testing::dislike().movie(1)).taken());
  DEMUR_CHECK_EQUAL(host.fit("a house"), 1.0);
}

// Some use, so that the templates are compiled and not only read.
int house_testing() { return demur::testing::run({something_is_hidden}); }
