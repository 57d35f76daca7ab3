// A program that embeds the runtime and lets Demur's own HTTP front serve it on a free port.
#include <demur/runtime.hpp>
#include <demur/server.hpp>

#include <iostream>
#include <string>

namespace {

int fail(const std::string& sentence) {
  std::cerr << "serves_itself: " << sentence << '\n';
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return fail("wants the plugin folder and a data folder");
  demur::settings chosen;
  chosen.plugins.folder = argv[1];
  chosen.data_folder = argv[2];
  chosen.server.listen = "127.0.0.1:0";

  auto runtime = demur::runtime::start(chosen);
  if (!runtime) return fail(runtime.problem().detail);
  auto server = demur::server::start(**runtime, chosen);
  if (!server) return fail(server.problem().detail);
  if ((*server)->port() == 0) return fail("serves on no port");

  if (!(*server)->stop()) return fail("did not answer what it had accepted");
  if (!(*runtime)->stop()) return fail("did not finish what it had accepted");
  std::cout << "serves_itself: bound a free port, drained, stopped\n";
}
