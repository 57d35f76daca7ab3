#include "check.hpp"
#include "serve.hpp"

#include <cstdio>
#include <string>
#include <vector>

namespace {

constexpr int bad_usage = 2;

int complain() {
  std::fputs(
      "usage: demur-plugin-host check FILE [--config JSON] [--quick]\n"
      "       demur-plugin-host serve, which demurd starts by itself; see `isolation` in its settings\n",
      stderr);
  return bad_usage;
}

int check(const std::vector<std::string>& words) {
  if (words.size() < 2) return complain();
  demur::plugin_host_program::check_options options;
  options.file = words[1];
  for (std::size_t i = 2; i < words.size(); ++i) {
    if (words[i] == "--quick")
      options.quick = true;
    else if (words[i] == "--config" && i + 1 < words.size())
      options.config = words[++i];
    else
      return complain();
  }
  return demur::plugin_host_program::check(options);
}

}  // namespace

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.size() == 1 && words[0] == "serve") demur::plugin_host_program::serve();
  return words.empty() || words[0] != "check" ? complain() : check(words);
}
