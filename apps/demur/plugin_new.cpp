#include "plugin_new.hpp"

#include "plugin_templates.hpp"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <ostream>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace demur::cli {

namespace {

namespace fs = std::filesystem;

constexpr const char* new_footer = R"(Examples:
  demur plugin new too_long
  demur plugin new too_long --language c --directory ~/plugins/too_long

The project builds and passes its test as it is:
  cd too_long && cmake -S . -B build && cmake --build build && ctest --test-dir build
It needs the headers and the CMake package of Demur (its install component plugin_sdk)
and a compiler, nothing else. Its README.md says how the server comes to load it.)";

/// CMake keeps these for targets of its own, and a plugin's name is the name of its target.
constexpr std::array<std::string_view, 10> names_of_cmake = {
    "all",     "clean",          "edit_cache",    "help", "install", "list_install_components",
    "package", "package_source", "rebuild_cache", "test"};

failure usage(const std::string& sentence) { return failure(exit_code::usage, sentence); }

void check_name(const std::string& name) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_allowed = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > 64 || !is_letter(name.front()) ||
      !std::all_of(name.begin(), name.end(), is_allowed))
    throw usage("a plugin cannot be called \"" + name +
                "\"; expected 1 to 64 of the characters a-z, 0-9 and _, a letter first");
  if (std::find(names_of_cmake.begin(), names_of_cmake.end(), name) != names_of_cmake.end())
    throw usage("a plugin cannot be called \"" + name + "\", which CMake keeps for itself; expected another name");
}

fs::path free_folder(const plugin_plan& plan) {
  const fs::path folder = plan.folder.empty() ? plan.name : plan.folder;
  std::error_code failed;
  const auto found = fs::status(folder, failed);
  if (!fs::exists(found)) return folder;
  if (!fs::is_directory(found))
    throw usage(folder.string() + " is there already and is no folder; expected a new or an empty one");
  if (!fs::is_empty(folder, failed) || failed)
    throw usage("the folder " + folder.string() + " has something in it; expected a new or an empty one");
  return folder;
}

/// Puts in what stands for `{{word}}`. Every word of a template is known, or this does not end well in the tests.
std::string filled(std::string_view text, const std::map<std::string, std::string>& words) {
  std::string whole;
  for (std::size_t open = text.find("{{"); open != text.npos; open = text.find("{{")) {
    const std::size_t close = text.find("}}", open);
    whole.append(text.substr(0, open)).append(words.at(std::string(text.substr(open + 2, close - open - 2))));
    text.remove_prefix(close + 2);
  }
  return whole.append(text);
}

void write(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) throw failure(exit_code::refused, file.string() + " cannot be written; expected a folder that can be");
}

/// `too_long` is `too long` in what people write.
std::string in_words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// `0.1` of `0.1.0`: what a project asks for, and what every later 0.1 is good for.
std::string minor_version() {
  const std::string whole = DEMUR_VERSION;
  return whole.substr(0, whole.find('.', whole.find('.') + 1));
}

}  // namespace

std::string write_plugin(const plugin_plan& plan) {
  check_name(plan.name);
  const fs::path folder = free_folder(plan);
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    throw failure(exit_code::refused, "the folder " + folder.string() + " cannot be made (" + failed.message() +
                                          "); expected a place where one can be");

  const bool in_c = plan.language == "c";
  const std::string extension = in_c ? "c" : "cpp";
  const std::map<std::string, std::string> words = {{"name", plan.name},
                                                    {"words", in_words(plan.name)},
                                                    {"extension", extension},
                                                    // The test is in C++ in any case.
                                                    {"languages", in_c ? "C CXX" : "CXX"},
                                                    {"version", minor_version()}};
  namespace texts = plugin_templates;
  const std::vector<std::pair<std::string, std::string_view>> files = {
      {plan.name + "." + extension, in_c ? texts::c_source : texts::cpp_source},
      {plan.name + "_test.cpp", in_c ? texts::c_test : texts::cpp_test},
      {"demur.toml", in_c ? texts::c_settings : texts::cpp_settings},
      {"CMakeLists.txt", texts::cmake_lists},
      {"README.md", texts::readme},
      {".gitignore", texts::gitignore}};
  for (const auto& [file, text] : files) write(folder / file, filled(text, words));
  return folder.string();
}

void add_plugin_new(CLI::App& group, command_context& context) {
  auto* command = group.add_subcommand("new", "Begin a plugin: a project that builds and passes its test");
  command->footer(new_footer);
  auto plan = std::make_shared<plugin_plan>();
  command->add_option("name", plan->name, "Name of the plugin, and of the reason it answers to")
      ->required()
      ->type_name("NAME");
  command->add_option("--language", plan->language, "What it is written in")
      ->check(CLI::IsMember({"c", "c++"}))
      ->capture_default_str();
  command
      ->add_option("--directory", plan->folder, "Folder to write it to, new or empty; the plugin's name if not given")
      ->type_name("DIR");
  command->callback([plan, &context] {
    context.chosen = [plan, &context] {
      const std::string folder = write_plugin(*plan);
      context.screen.out << "wrote the plugin " << plan->name << " to " << folder << "; to build and test it:\n  cd "
                         << folder
                         << " && cmake -S . -B build && cmake --build build && ctest --test-dir build\n"
                            "README.md there says how the server comes to load it\n";
      return exit_code::ok;
    };
  });
}

}  // namespace demur::cli
