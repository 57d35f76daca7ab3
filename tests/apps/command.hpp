#pragma once

#include "commands.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace demur {

/// A run of the command line within the test.
struct command_run {
  int code = 0;
  std::string out;
  std::string err;

  bool says(const std::string& text) const { return out.find(text) != std::string::npos; }
  bool complains(const std::string& text) const { return err.find(text) != std::string::npos; }
};

inline command_run run_command(std::vector<std::string> arguments) {
  std::ostringstream out, err;
  cli::terminal screen{out, err};
  const cli::exit_code code = cli::run(arguments, screen);
  return {static_cast<int>(code), out.str(), err.str()};
}

/// A folder that goes away with the test.
class scratch_folder {
public:
  scratch_folder() {
    static int number = 0;
    path_ = std::filesystem::current_path() / ("scratch-" + std::to_string(++number));
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  ~scratch_folder() { std::filesystem::remove_all(path_); }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path_ / name, std::ios::binary) << content;
    return (path_ / name).string();
  }
  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

}  // namespace demur
