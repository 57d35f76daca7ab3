#include "commands.hpp"

#include <iostream>
#include <unistd.h>

int main(int count, char** arguments) {
  demur::cli::terminal screen{std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1};
  return static_cast<int>(demur::cli::run({arguments + 1, arguments + count}, screen));
}
