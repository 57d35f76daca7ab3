#include "apps/command.hpp"
#include "plugin_new.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace demur {
namespace {

namespace fs = std::filesystem;
using names = std::set<std::string>;

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

names files_in(const fs::path& folder) {
  names found;
  for (const auto& entry : fs::directory_iterator(folder)) found.insert(entry.path().filename().string());
  return found;
}

bool holds(const fs::path& file, const std::string& part) { return text_of(file).find(part) != std::string::npos; }

// That the projects build and pass is shown by the outsider of tests/consumer.cmake.
BOOST_AUTO_TEST_SUITE(plugin_new)

BOOST_AUTO_TEST_CASE(a_project_in_cpp_has_all_that_it_needs) {
  const scratch_folder scratch;
  const auto run = run_command({"plugin", "new", "too_long", "--directory", scratch.path("made/here")});
  BOOST_TEST(run.code == 0);
  BOOST_TEST(run.says("wrote the plugin too_long to " + scratch.path("made/here")));
  const fs::path folder = scratch.path("made/here");
  BOOST_TEST((files_in(folder) ==
              names{".gitignore", "CMakeLists.txt", "README.md", "demur.toml", "too_long.cpp", "too_long_test.cpp"}));
  BOOST_TEST(holds(folder / "CMakeLists.txt", "project(too_long LANGUAGES CXX)"));
  BOOST_TEST(holds(folder / "CMakeLists.txt", "find_package(demur 0.1 REQUIRED COMPONENTS plugin)"));
  BOOST_TEST(holds(folder / "too_long.cpp", "DEMUR_EXPORT_STRATEGY(too_long_strategy, \"too_long\", \"0.1.0\")"));
  BOOST_TEST(holds(folder / "too_long.cpp", "demur::mentions(words, \"too long\")"));
  BOOST_TEST(holds(folder / "demur.toml", "[plugins.too_long]\n"));
  BOOST_TEST(holds(folder / "README.md", "--reason too_long\n"));
}

BOOST_AUTO_TEST_CASE(a_project_in_c_has_its_test_in_cpp) {
  const scratch_folder scratch;
  BOOST_TEST(run_command({"plugin", "new", "slow", "--language", "c", "--directory", scratch.path()}).code == 0);
  const fs::path folder = scratch.path();
  BOOST_TEST((files_in(folder) ==
              names{".gitignore", "CMakeLists.txt", "README.md", "demur.toml", "slow.c", "slow_test.cpp"}));
  BOOST_TEST(holds(folder / "CMakeLists.txt", "project(slow LANGUAGES C CXX)"));
  BOOST_TEST(holds(folder / "CMakeLists.txt", "demur_add_plugin(slow slow.c)"));
  BOOST_TEST(holds(folder / "slow.c", "DEMUR_TEXT(\"slow\")"));
}

BOOST_AUTO_TEST_CASE(no_placeholder_is_left) {
  for (const std::string language : {"c", "c++"}) {
    const scratch_folder scratch;
    cli::write_plugin({"quite_new", language, scratch.path()});
    for (const auto& name : files_in(scratch.path())) {
      const std::string text = text_of(scratch.path(name));
      BOOST_TEST(!text.empty(), name);
      BOOST_TEST(text.find("{{") == text.npos, name << " has a placeholder");
      BOOST_TEST(text.back() == '\n', name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_cannot_be_one_is_refused) {
  const scratch_folder scratch;
  const std::vector<std::string> bad = {"Too_long", "7up", "_x", "too-long", "too long", "../up", std::string(65, 'x')};
  for (const auto& name : bad) {
    const auto run = run_command({"plugin", "new", name, "--directory", scratch.path("never")});
    BOOST_TEST(run.code == 2, name);
    BOOST_TEST(run.complains("a plugin cannot be called \"" + name +
                             "\"; expected 1 to 64 of the characters a-z, 0-9 and _, a letter first"));
  }
  BOOST_TEST(run_command({"plugin", "new", "test", "--directory", scratch.path("never")})
                 .complains("a plugin cannot be called \"test\", which CMake keeps for itself; expected another name"));
  BOOST_TEST(!fs::exists(scratch.path("never")));
  // Words of C++ that are no words of CMake.
  BOOST_TEST(run_command({"plugin", "new", "class", "--directory", scratch.path("class")}).code == 0);
}

BOOST_AUTO_TEST_CASE(what_is_there_already_is_left_alone) {
  const scratch_folder scratch;
  const std::string kept = scratch.write("notes.txt", "mine");
  auto run = run_command({"plugin", "new", "too_long", "--directory", scratch.path()});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("has something in it; expected a new or an empty one"));
  BOOST_TEST((files_in(scratch.path()) == names{"notes.txt"}));

  run = run_command({"plugin", "new", "too_long", "--directory", kept});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("is there already and is no folder; expected a new or an empty one"));
  BOOST_TEST(text_of(kept) == "mine");

  run = run_command({"plugin", "new", "too_long", "--directory", kept + "/below"});
  BOOST_TEST(run.code == 1);
  BOOST_TEST(run.complains("cannot be made ("));
}

BOOST_AUTO_TEST_CASE(a_command_or_a_language_that_there_is_not_is_named) {
  auto run = run_command({"plugin", "nwe", "x"});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("there is no command \"plugin nwe\"\n  allowed: "));
  run = run_command({"plugin", "new", "x", "--language", "rust"});
  BOOST_TEST(run.code == 2);
  BOOST_TEST(run.complains("rust"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur
