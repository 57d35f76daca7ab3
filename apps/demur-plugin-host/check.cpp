#include "check.hpp"

#include "domain/json_writer.hpp"
#include "plugin/conformance.hpp"

#include <sys/prctl.h>

#include <csignal>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace demur::plugin_host_program {

namespace {

/// All of it, or as much as anybody reads.
void write_whole(int to, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(to, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string line_of(const plugin::step_report& report) {
  json_writer line;
  line.open_object().member("step", report.step).member("state", plugin::to_string(report.state));
  if (report.state != plugin::step_state::begun)
    line.member("found", report.what.found).member("expected", report.what.expected);
  line.close_object();
  return line.take() + "\n";
}

}  // namespace

int check(const check_options& options) {
  // Who asked is gone: nobody is left to stop a plugin that hangs.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  // A plugin that prints must not get between the lines.
  const int lines = ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);
  const bool passed =
      plugin::check_conformance({options.file, options.config, options.quick},
                                [&](const plugin::step_report& report) { write_whole(lines, line_of(report)); });
  // What follows is the plugin's: its static objects end.
  write_whole(lines, line_of({"end", plugin::step_state::begun, {}}));
  return passed ? 0 : 1;
}

}  // namespace demur::plugin_host_program
