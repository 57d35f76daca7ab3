#include "house/walls.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace demur::house {
namespace {

namespace fs = std::filesystem;
using sentences = std::vector<std::string>;

/// A small tree of its own, in which to plant what is wrong.
class planted_tree {
public:
  planted_tree() { fs::remove_all(root_); }
  ~planted_tree() { fs::remove_all(root_); }

  planted_tree& plant(const std::string& file, const std::string& text) {
    fs::create_directories((root_ / file).parent_path());
    std::ofstream(root_ / file) << text;
    return *this;
  }
  /// A source file that its CMakeLists.txt names.
  planted_tree& source(const std::string& file, const std::string& text) {
    const auto list = fs::path(file).parent_path() / "CMakeLists.txt";
    plant(list.string(), "target_sources(t PRIVATE " + fs::path(file).filename().string() + ")\n");
    return plant(file, text);
  }
  const fs::path& root() const { return root_; }

private:
  fs::path root_ = fs::current_path() / "planted";
};

void say_all(const sentences& found) {
  for (const auto& sentence : found) BOOST_TEST_ERROR(sentence);
}

BOOST_AUTO_TEST_SUITE(house)

BOOST_AUTO_TEST_CASE(every_include_is_one_that_its_room_may_have) { say_all(broken_walls(DEMUR_SOURCE_DIR)); }

BOOST_AUTO_TEST_CASE(every_file_is_one_that_somebody_builds) { say_all(unnamed_files(DEMUR_SOURCE_DIR)); }

BOOST_AUTO_TEST_CASE(no_file_is_longer_than_450_lines) { say_all(long_files(DEMUR_SOURCE_DIR, 450)); }

BOOST_AUTO_TEST_CASE(what_is_allowed_is_not_reported) {
  planted_tree tree;
  tree.source("core/src/store/commit.cpp",
              "#include \"store/store.hpp\"\n#include \"domain/feature.hpp\"\n#include <demur/types.hpp>\n"
              "#include <soci/soci.h>\n#include <vector>\n#include <sys/stat.h>\n#include <cstdint>\n");
  tree.source("core/src/web/bridge.cpp", "#include \"pipeline/actors.hpp\"\n#include <caf/actor.hpp>\n");
  tree.source("plugins/mild/mild.cpp", "#include \"constants.hpp\"\n#include <demur/plugin.hpp>\n#include <string>\n");
  BOOST_TEST(broken_walls(tree.root()) == sentences{}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_lower_room_that_includes_a_higher_one_is_reported) {
  planted_tree tree;
  tree.source("core/src/domain/curious.cpp", "#include \"store/store.hpp\"\n");
  BOOST_TEST(broken_walls(tree.root()) ==
                 sentences{"core/src/domain/curious.cpp includes store/store.hpp, which core/src/domain/ may not"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_library_outside_its_room_is_reported) {
  planted_tree tree;
  tree.source("core/src/pipeline/journal.cpp", "  #  include <soci/soci.h> // just this once\n");
  tree.source("core/src/store/loads.cpp", "#include <dlfcn.h>\n");
  tree.source("core/src/web/session.cpp", "#include \"pipeline/journal.hpp\"\n#include <caf/all.hpp>\n");
  BOOST_TEST(broken_walls(tree.root()) ==
                 (sentences{"core/src/pipeline/journal.cpp includes <soci/soci.h>, which core/src/pipeline/ may not",
                            "core/src/store/loads.cpp includes <dlfcn.h>, which core/src/store/ may not",
                            "core/src/web/session.cpp includes pipeline/journal.hpp, which core/src/web/ may not",
                            "core/src/web/session.cpp includes <caf/all.hpp>, which core/src/web/ may not"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_public_header_that_drags_in_a_library_is_reported) {
  planted_tree tree;
  tree.plant("core/CMakeLists.txt", "FILES include/demur/heavy.hpp include/demur/plugin.hpp)\n");
  tree.plant("core/include/demur/heavy.hpp", "#include <boost/json.hpp>\n");
  tree.plant("core/include/demur/plugin.hpp", "#include <demur/types.hpp>\n");
  BOOST_TEST(
      broken_walls(tree.root()) ==
          (sentences{"core/include/demur/heavy.hpp includes <boost/json.hpp>, which core/include/demur/ may not",
                     "core/include/demur/plugin.hpp includes <demur/types.hpp>, which core/include/demur/plugin may "
                     "not"}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_plugin_that_looks_into_the_house_is_reported) {
  planted_tree tree;
  tree.source("plugins/nosy/nosy.cpp", "#include \"../../core/src/domain/feature.hpp\"\n#include <demur/types.hpp>\n");
  BOOST_TEST(broken_walls(tree.root()) ==
                 (sentences{"plugins/nosy/nosy.cpp includes ../../core/src/domain/feature.hpp, which plugins/ may not",
                            "plugins/nosy/nosy.cpp includes <demur/types.hpp>, which plugins/ may not"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_room_that_nobody_knows_is_reported) {
  planted_tree tree;
  tree.source("core/src/util/strings.cpp", "");
  BOOST_TEST(broken_walls(tree.root()) == sentences{"core/src/util/strings.cpp stands in no room"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_nobody_builds_is_reported) {
  planted_tree tree;
  tree.source("core/src/domain/clock.cpp", "").plant("core/src/domain/lock.cpp", "");
  tree.plant("core/CMakeLists.txt", "FILES include/demur/types.hpp)\n");
  tree.plant("core/include/demur/types.hpp", "").plant("core/include/demur/gripes.hpp", "");
  tree.source("tests/web/routes_test.cpp", "").plant("tests/web/routs_test.cpp", "");
  BOOST_TEST(unnamed_files(tree.root()) == (sentences{"core/include/demur/gripes.hpp is named in no CMakeLists.txt",
                                                      "core/src/domain/lock.cpp is named in no CMakeLists.txt",
                                                      "tests/web/routs_test.cpp is named in no CMakeLists.txt"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_long_file_is_reported) {
  planted_tree tree;
  tree.plant("tests/web/epic.cpp", std::string(451, '\n')).plant("tests/web/story.cpp", std::string(450, '\n'));
  BOOST_TEST(long_files(tree.root(), 450) == sentences{"tests/web/epic.cpp has 451 lines"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::house
