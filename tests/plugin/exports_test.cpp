#include "plugin/exports.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace demur::plugin {
namespace {

namespace fs = std::filesystem;
using words = std::vector<std::string>;
using boost::test_tools::per_element;

/// In C: small even where it is instrumented.
const fs::path small_one = fs::path(DEMUR_TEST_PLUGIN_DIR) / "slow_pace.so";
const fs::path shipped = fs::path(DEMUR_PLUGIN_DIR) / "wrong_genre.so";

std::string content_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A file that goes away with the test.
class written_file {
public:
  explicit written_file(const std::string& content) { write(content); }
  written_file(const written_file&) = delete;
  written_file& operator=(const written_file&) = delete;
  ~written_file() { fs::remove(path_); }

  void write(const std::string& content) const { std::ofstream(path_, std::ios::binary) << content; }
  std::string complaint() const {
    const auto symbols = read_symbols(path_, "shown.so");
    return symbols ? "none" : symbols.problem().detail;
  }

private:
  fs::path path_ = fs::current_path() / "written.so";
};

library_symbols symbols_of(const fs::path& file) {
  auto symbols = read_symbols(file, file);
  if (!symbols) BOOST_FAIL(symbols.problem().detail);
  return *std::move(symbols);
}

/// Without what is of the C++ library.
words own_exports(const fs::path& file) {
  words names;
  for (const auto& one : symbols_of(file).exported)
    if (!one.is_library) names.push_back(one.in_words());
  return names;
}

bool needs(const library_symbols& symbols, const std::string& part) {
  return std::ranges::any_of(symbols.needed, [&](const auto& name) { return name.find(part) != name.npos; });
}

BOOST_AUTO_TEST_SUITE(exports)

BOOST_AUTO_TEST_CASE(a_shipped_plugin_exports_its_entry_and_needs_the_c_library) {
  BOOST_TEST(own_exports(shipped) == words{"demur_plugin_entry"}, per_element());
  const auto symbols = symbols_of(shipped);
  BOOST_TEST(needs(symbols, "libc.so"));
  BOOST_TEST(std::ranges::count(symbols.undefined, "demur_plugin_entry") == 0);
  BOOST_TEST(std::ranges::count(symbols.undefined, "__cxa_begin_catch") == 1);
}

BOOST_AUTO_TEST_CASE(what_is_undefined_or_visible_is_told) {
  const fs::path gallery = DEMUR_TEST_PLUGIN_DIR;
  BOOST_TEST(std::ranges::count(symbols_of(gallery / "unresolved.so").undefined, "demur_nobody_defines_this") == 1);
  words both = own_exports(gallery / "exports_more.so");
  std::ranges::sort(both);
  BOOST_TEST(both == (words{"demur_plugin_entry", "offender_helper"}), per_element());
  const words twin = own_exports(gallery / "twin_one.so");
  BOOST_TEST(std::ranges::any_of(twin, [](const auto& name) { return name.starts_with("demur::config_error::"); }));
}

BOOST_AUTO_TEST_CASE(templates_of_the_cpp_library_are_known_as_such) {
  std::size_t of_the_library = 0;
  for (const auto& one : symbols_of(fs::path(DEMUR_TEST_PLUGIN_DIR) / "rogue.so").exported) {
    of_the_library += one.is_library ? 1 : 0;
    BOOST_TEST((!one.is_library || one.is_shared));
  }
  BOOST_TEST(of_the_library > 0U);
  BOOST_TEST(own_exports(fs::path(DEMUR_TEST_PLUGIN_DIR) / "rogue.so") == words{"demur_plugin_entry"}, per_element());
}

BOOST_AUTO_TEST_CASE(the_program_that_runs_plugins_needs_no_library_of_the_other_rooms) {
  const auto host = symbols_of(fs::path(DEMUR_BIN_DIR) / "demur-plugin-host");
  BOOST_TEST(needs(host, "libc.so"));
  for (const char* library : {"caf", "soci", "boost"}) BOOST_TEST(!needs(host, library), library);
}

BOOST_AUTO_TEST_CASE(what_is_no_library_is_an_error_that_says_so) {
  BOOST_TEST(written_file("").complaint() == "shown.so is 0 bytes long; expected a shared library.");
  BOOST_TEST(written_file(std::string(500, 'z')).complaint() ==
             "shown.so begins with no ELF header; expected a shared library in the ELF format.");
  const auto folder = read_symbols(fs::current_path(), "shown.so");
  BOOST_REQUIRE(!folder);
  BOOST_TEST(folder.problem().detail == "shown.so is no file; expected a shared library.");

  std::string other_machine = content_of(small_one);
  other_machine[18] = 3;
  BOOST_TEST(written_file(other_machine).complaint().starts_with("shown.so is built for the machine 3 (ELF class"));
  std::string object = content_of(small_one);
  object[16] = 1;
  BOOST_TEST(written_file(object).complaint() ==
             "shown.so is an ELF file of type 1; expected a shared library, type 3.");
}

BOOST_AUTO_TEST_CASE(a_library_of_any_shorter_length_is_an_error) {
  const std::string whole = content_of(small_one);
  const written_file file(whole);
  BOOST_TEST(file.complaint() == "none");
  file.write(whole.substr(0, whole.size() - 1));
  BOOST_TEST(file.complaint() == "shown.so ends 1 bytes too early; expected a library that was copied whole.");
  for (std::size_t size = 0; size < whole.size(); size += size < 1'024 ? 37 : whole.size() / 50) {
    file.write(whole.substr(0, size));
    BOOST_TEST(file.complaint() != "none", "with " << size << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(a_library_with_any_wrong_byte_is_read_or_refused_and_nothing_worse) {
  const std::string whole = content_of(small_one);
  const written_file file(whole);
  // The headers, and the tables at the beginning that the dynamic section points to.
  std::uint64_t random = 1;
  int refused = 0;
  for (int round = 0; round < 1'500; ++round) {
    std::string bent = whole;
    random = random * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const std::size_t reach = round % 2 == 0 ? 1'024 : whole.size();
    bent[(random >> 33U) % reach] = static_cast<char>(random >> 24U);
    file.write(bent);
    refused += file.complaint() == "none" ? 0 : 1;
  }
  BOOST_TEST(refused > 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace demur::plugin
