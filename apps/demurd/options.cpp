#include "options.hpp"

#include <CLI/CLI.hpp>

#include <cstddef>
#include <filesystem>
#include <system_error>

namespace demur::server_program {

namespace {

constexpr const char* about =
    "Demur's server: takes dislikes over HTTP and WebSocket, stores them, makes recommendations follow.";

constexpr const char* footer = R"(
Options go before the settings file, the file goes before the defaults. To begin with a file of your own:
  demurd --print-settings > demur.toml
  demurd --config demur.toml

Signals:
  SIGTERM, SIGINT   take nothing new, finish what was accepted, end; a second one ends at once

Exit codes:
  0  ended as asked, all that was accepted is finished
  1  could not start, or not all was finished in server.drain_timeout
  2  the options, the settings or the plugins are wrong)";

}  // namespace

const std::array<override_option, 5> overrides = {{
    {"--listen", "ADDR:PORT", "serve on this address, [ADDR]:PORT for IPv6; port 0: any free one", "server.listen",
     [](settings& all) -> std::string& { return all.server.listen; }},
    {"--data", "DIR", "folder of the store and the models", "data_folder",
     [](settings& all) -> std::string& { return all.data_folder; }},
    {"--plugins", "DIR", "folder of the strategies; default: plugins, or else ../lib/demur/plugins beside demurd",
     "plugins.folder", [](settings& all) -> std::string& { return all.plugins.folder; }},
    {"--store", "URL", "database; one with a password belongs in the file, where ps does not show it", "store.url",
     [](settings& all) -> std::string& { return all.store.url; }},
    {"--log-level", "LEVEL", "trace, debug, info, warn or error", "log.level",
     [](settings& all) -> std::string& { return all.log.level; }},
}};

std::variant<options, exit_code> read_options(int argc, char** argv) {
  options given;
  CLI::App app(about, "demurd");
  app.footer(footer);
  app.add_option("--config", given.config_file, "settings file (TOML)")->type_name("FILE");
  for (std::size_t at = 0; at < overrides.size(); ++at)
    app.add_option(overrides[at].flag, given.overridden[at], overrides[at].help)->type_name(overrides[at].shown);
  app.add_flag("--print-settings", given.print_settings, "print a complete settings file of what is in force, and end");
  app.add_flag("--check", given.check, "read the settings, say whether they are good, and end");
  app.set_version_flag("--version", "demurd " DEMUR_VERSION);
  try {
    app.parse(argc, argv);
    if (app.count("--config") > 0 && given.config_file.empty()) throw CLI::ValidationError("--config", "names no file");
  } catch (const CLI::ParseError& ended) {
    return app.exit(ended) == 0 ? clean : bad_usage;
  }
  return given;
}

std::string plugins_folder(const settings& chosen) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  const std::string& folder = chosen.plugins.folder;
  if (folder != settings{}.plugins.folder || fs::exists(folder, ignored)) return folder;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  const fs::path beside = program.parent_path().parent_path() / "lib/demur/plugins";
  return !program.empty() && fs::is_directory(beside, ignored) ? beside.string() : folder;
}

result<settings> settle(const options& given) {
  result<settings> chosen = settings{};
  if (!given.config_file.empty()) chosen = load_settings(given.config_file);
  if (!chosen) return chosen;

  for (std::size_t at = 0; at < overrides.size(); ++at)
    if (given.overridden[at]) overrides[at].target(*chosen) = *given.overridden[at];
  auto checked = check_settings(*chosen);
  if (checked) return chosen;

  error problem = checked.problem();
  for (std::size_t at = 0; at < overrides.size(); ++at)
    if (given.overridden[at] && problem.field == overrides[at].setting)
      problem.detail = std::string(overrides[at].flag) + ": " + problem.detail;
  return problem;
}

}  // namespace demur::server_program
