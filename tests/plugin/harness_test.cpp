#include "plugin/plugin_folder.hpp"

#include <demur/plugin_testing.hpp>

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <dlfcn.h>
#include <string>
#include <vector>

namespace demur::plugin {
namespace {

/// What a library of the gallery exports. It stays mapped.
const demur_plugin* entry_of(const std::string& name) {
  plugin_folder folder;
  void* library = ::dlopen((folder.drop(name).path() / (name + ".so")).c_str(), RTLD_NOW | RTLD_LOCAL);
  BOOST_REQUIRE_MESSAGE(library, name << " cannot be loaded");
  return reinterpret_cast<demur_plugin_entry_function>(::dlsym(library, "demur_plugin_entry"))();
}

std::string doing(const std::string& deed) { return R"({"does": ")" + deed + "\"}"; }

const demur_plugin* versatile() {
  static const demur_plugin* const entry = entry_of("versatile");
  return entry;
}

/// A host with the versatile plugin, a catalogue of one film and a weight.
struct versatile_host {
  explicit versatile_host(const std::string& deed = "nothing") : host(versatile(), doing(deed)) {
    host.put_movie(testing::movie(7).title("Saw II").cast({"Tobin Bell"}));
    host.set_weight("ann", "genre:Horror", 0.25);
  }
  testing::answer adjust() {
    return host.adjust(testing::dislike().movie(7).genres({"Horror", "Thriller"}).franchise("Saw"));
  }
  testing::host host;
};

testing::dislike asked() {
  return testing::dislike()
      .user("ben")
      .title("Saw II")
      .genres({"Horror", "Thriller"})
      .cast({"Tobin Bell", "Shawnee Smith"})
      .franchise("Saw");
}

/// What an author's harness says to the rogue that does it.
testing::answer in_harness(const std::string& deed) {
  static const demur_plugin* rogue = entry_of("rogue");
  return testing::host(rogue, doing(deed)).adjust(asked());
}

/// What the host says.
result<verdict> in_host(const std::string& deed) {
  plugin_folder folder;
  auto loaded = folder.drop("rogue").configure("rogue", doing(deed)).load();
  return find(*loaded, "rogue")->adjust(saw("rogue"));
}

BOOST_AUTO_TEST_SUITE(harness_for_authors)

BOOST_AUTO_TEST_CASE(it_refuses_what_the_host_refuses_in_the_same_words) {
  for (const std::string deed : {"throw",
                                 "throw a number",
                                 "NaN",
                                 "infinity",
                                 "1e308",
                                 "one",
                                 "below minus one",
                                 "twice",
                                 "257",
                                 "no UTF-8",
                                 "half a character",
                                 "control character",
                                 "empty value",
                                 "huge value",
                                 "value at no address",
                                 "empty family",
                                 "family of 33",
                                 "loud family",
                                 "family movie",
                                 "family title",
                                 "family dislikes",
                                 "factor NaN",
                                 "factor 1.5",
                                 "factor -0.5",
                                 "swallow"}) {
    const auto expected = in_host(deed);
    BOOST_REQUIRE_MESSAGE(!expected, deed << " was let through");
    const auto found = in_harness(deed);
    const std::string& sentence = expected.problem().detail;
    BOOST_TEST(sentence.find(found.refusal) != sentence.npos, deed << ": " << found.refusal << " for " << sentence);
    BOOST_TEST(!found.taken());
    BOOST_TEST(found.adjustments.empty());
  }
  BOOST_TEST((!in_host("101 characters") && !in_harness("101 characters").taken()));
}

BOOST_AUTO_TEST_CASE(it_takes_what_the_host_takes) {
  for (const std::string deed :
       {"nothing", "extremes", "256", "100 characters", "family of 32", "last factor counts", "report"}) {
    const auto expected = in_host(deed);
    BOOST_REQUIRE_MESSAGE(expected, deed << " was refused");
    const auto found = in_harness(deed);
    BOOST_TEST(found.refusal == "", deed);
    BOOST_TEST(found.filter_item == expected->filter_item);
    BOOST_TEST(found.training_factor == expected->training_factor);
    BOOST_REQUIRE(found.adjustments.size() == expected->adjustments.size());
    for (std::size_t i = 0; i < found.adjustments.size(); ++i) {
      BOOST_TEST(found.adjustments[i].feature == expected->adjustments[i].feature);
      BOOST_TEST(found.adjustments[i].magnitude == expected->adjustments[i].magnitude);
    }
  }
  BOOST_TEST(testing::contains(in_harness("report").reports, "I was"));
}

BOOST_AUTO_TEST_CASE(it_does_not_take_a_plugin_that_the_host_does_not_load) {
  for (const std::string name :
       {"no_entry", "tiny_entry", "small_entry", "wrong_abi", "other_layout", "bad_name", "no_version", "no_destroy",
        "silent", "no_interface", "small_strategy", "no_adjust", "bad_reason", "nan_half_life", "long_half_life"}) {
    plugin_folder folder;
    BOOST_TEST(folder.drop(name).refusal() != "loaded", name);
    BOOST_TEST(testing::refusal_of(entry_of(name), "{}") != "", name);
  }
  BOOST_TEST(testing::refusal_of(entry_of("slow_pace"), "{}") == "");
  BOOST_TEST(testing::refusal_of(versatile(), R"({"do": "x"})") ==
             "refused its settings (debug: at work; `do` is no setting of this plugin; the nearest is `does`)");
}

BOOST_AUTO_TEST_CASE(a_strategy_hears_the_clock_the_weights_and_the_catalogue) {
  versatile_host at_work;
  BOOST_TEST(at_work.host.reports() == "debug: at work");
  // At the dislike's own time, so that its age is none.
  const std::string same =
      "genre:Horror -0.125; genre:Thriller -0.25; cast:Tobin Bell -0.5 with half-life 7; "
      "franchise:Saw -0.5 for 1 days, then rising for 2; hidden for ";
  BOOST_TEST(at_work.adjust().in_words() == same + "1 days");
  at_work.host.set_now(std::chrono::milliseconds(1'769'860'800'000) + std::chrono::hours(12));
  BOOST_TEST(at_work.adjust().in_words() == same + "1.5 days");
  BOOST_TEST(at_work.host.adjust(testing::dislike().user("eve").genres({"Horror"})).magnitude("genre:Horror") == -0.25);
}

BOOST_AUTO_TEST_CASE(a_service_that_the_host_does_not_have_is_named) {
  const auto lacking = [](auto member) {
    testing::offer some;
    some.*member = false;
    return testing::refusal_of(versatile(), "{}", some);
  };
  const std::string absent = "refused its settings (this host does not have the service demur.";
  BOOST_TEST(lacking(&testing::offer::clock).find(absent + "clock/1") == 0U);
  BOOST_TEST(lacking(&testing::offer::weights).find(absent + "weights/1") == 0U);
  BOOST_TEST(lacking(&testing::offer::catalogue).find(absent + "catalogue/1") == 0U);
  // A log is not needed: what is said is reported, but for what is only for a debugger.
  BOOST_TEST(lacking(&testing::offer::log) == "");
  testing::offer older;
  older.abi_minor = 0;
  BOOST_TEST(testing::refusal_of(versatile(), "{}", older).find(absent + "clock/1") == 0U);
}

BOOST_AUTO_TEST_CASE(a_service_that_is_asked_for_too_late_is_not_there) {
  BOOST_TEST(testing::contains(versatile_host("ask late").adjust().refusal,
                               "does not have the service demur.clock/1, or was asked for it later than"));
}

BOOST_AUTO_TEST_CASE(times_and_magnitudes_out_of_bounds_are_refused) {
  const auto refusal = [](const std::string& deed) { return versatile_host(deed).adjust().refusal; };
  BOOST_TEST(refusal("half_life") == "gave cast:Tobin Bell a half-life of 36501 days; expected 0 to 36500.");
  BOOST_TEST(refusal("hold") == "lets franchise:Saw hold for 36501 days and rise for 2; expected both 0 to 36500.");
  BOOST_TEST(refusal("rise") == "lets franchise:Saw hold for 1 days and rise for 36501; expected both 0 to 36500.");
  BOOST_TEST(refusal("rise up") ==
             "gave franchise:Saw, which is to rise, the magnitude 0.5; expected -1 <= magnitude <= 0.");
  BOOST_TEST(refusal("hide") == "hides the item for 36501 days; expected above 0 and at most 36500.");
  BOOST_TEST(refusal("hide for no time") == "hides the item for 0 days; expected above 0 and at most 36500.");
}

BOOST_AUTO_TEST_CASE(a_batch_is_answered_as_its_rows_are_one_by_one) {
  const std::vector<testing::dislike> three = {testing::dislike().genres({"Horror"}), testing::dislike().user("nobody"),
                                               testing::dislike().genres({"Drama", "Drama"})};
  versatile_host at_work;
  BOOST_TEST(at_work.host.answers_batches());
  const auto answers = at_work.host.adjust_batch(three);
  BOOST_REQUIRE(answers.size() == 3U);
  BOOST_TEST(answers[0].in_words() == "genre:Horror -0.125; hidden for 1 days");
  BOOST_TEST(answers[1].status == DEMUR_ERROR);
  BOOST_TEST(answers[2].in_words() == "adjusted genre:Drama twice; expected one adjustment of a feature.");

  const auto others = versatile_host("another answer").host.adjust_batch(three);
  BOOST_TEST(testing::contains(others[0].refusal, "training factor 0.5 in a batch; expected the answer of adjust()"));
  for (const auto& one : versatile_host("fail a batch").host.adjust_batch(three)) BOOST_TEST(!one.taken());

  testing::host single(entry_of("slow_pace"));
  BOOST_TEST(!single.answers_batches());
  BOOST_TEST(single.adjust_batch(three)[0].in_words() == "pace:slow -0.25; genre:Horror -0.03125; training factor 0.5");
}

BOOST_AUTO_TEST_CASE(a_strategy_explains_and_hears_words) {
  versatile_host at_work;
  BOOST_TEST(at_work.host.explains());
  BOOST_TEST(at_work.host.explain(testing::dislike().title("Saw")) == "Saw has time.");
  BOOST_TEST(at_work.host.fit("this is TOO much") == 0.75);
  BOOST_TEST(at_work.host.fit("fine") == 0.0);

  testing::host bare(entry_of("slow_pace"));
  BOOST_TEST((!bare.explains() && !bare.hears_words()));
  BOOST_CHECK_THROW(bare.explain(testing::dislike()), testing::refused);
  BOOST_CHECK_THROW(bare.fit("x"), testing::refused);
}

BOOST_AUTO_TEST_CASE(an_explanation_or_a_fit_that_is_none_is_refused) {
  const auto said = [](const std::string& deed, bool by_words) -> std::string {
    versatile_host at_work(deed);
    try {
      if (by_words)
        at_work.host.fit("too much");
      else
        at_work.host.explain(testing::dislike());
      return "nothing";
    } catch (const testing::refused& why) {
      return why.what();
    }
  };
  BOOST_TEST(said("talk a lot", false) == "explains in 2001 bytes; expected UTF-8 of at most 2000 bytes.");
  BOOST_TEST(said("mumble", false) == "explains in something that is not UTF-8; expected UTF-8 of at most 2000 bytes.");
  BOOST_TEST(testing::contains(said("fail", false), "no words"));
  BOOST_TEST(testing::contains(said("fail", true), "no ears"));
  BOOST_TEST(testing::contains(said("fit too well", true), "says that words fit by 1.5"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
