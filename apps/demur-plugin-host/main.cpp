#include "serve.hpp"

#include <cstring>
#include <iostream>

int main(int count, char** arguments) {
  if (count == 2 && std::strcmp(arguments[1], "serve") == 0) demur::plugin_host_program::serve();
  std::cerr << "demur-plugin-host runs one plugin for demurd, which starts it by itself; see `isolation` in the "
               "settings.\n";
  return 2;
}
