#pragma once

#include <string_view>

/// The files that `demur plugin new` writes, part of the program so that it works from wherever it is copied to. In each,
/// `{{word}}` stands for what is not the same in every project.
namespace demur::cli::plugin_templates {

extern const std::string_view cmake_lists;
extern const std::string_view readme;
extern const std::string_view gitignore;
extern const std::string_view cpp_source;
extern const std::string_view cpp_test;
extern const std::string_view cpp_settings;
extern const std::string_view c_source;
extern const std::string_view c_test;
extern const std::string_view c_settings;

}  // namespace demur::cli::plugin_templates
