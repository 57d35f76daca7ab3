#pragma once

#include "demurd/program.hpp"
#include "web/client.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace demur {

/// A port for a server that is ended and started again: bound as long as this lives, but not listened at, so that the
/// system gives it to nobody else and demurd, which reuses addresses, still gets it.
class kept_port {
public:
  kept_port();
  kept_port(const kept_port&) = delete;
  kept_port& operator=(const kept_port&) = delete;
  ~kept_port();
  std::uint16_t number() const { return number_; }

private:
  int line_ = -1;
  std::uint16_t number_ = 0;
};

/// A demurd that serves on a free port, with a data folder that is empty at first and stays through a restart.
class demurd_at_work {
public:
  /// `chosen`: settings (TOML); `shell_before`: see `program`; `plugins`: their folder, if not that of the shipped ones.
  explicit demurd_at_work(const std::string& data, const std::string& chosen = {}, const std::string& shell_before = {},
                          const std::string& plugins = DEMUR_PLUGIN_DIR);

  /// Asks it to end and waits until it has; fails the test if what it accepted was not finished.
  void end();
  /// Starts it again; on another port.
  void start();
  void restart();

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  program& process() { return *process_; }
  const std::string& data() const { return data_; }

private:
  std::string data_;
  std::string settings_file_;
  std::string shell_before_;
  std::string plugins_;
  std::unique_ptr<program> process_;
  std::uint16_t port_ = 0;
};

/// Sends a body as this user (empty: as nobody) and takes the answer. `headers`: further lines, each with its CRLF.
web::http_answer post(web::http_client& over, std::string_view target, std::string_view user_id, std::string_view body,
                      std::string_view headers = {});
web::http_answer get(web::http_client& over, std::string_view target, std::string_view user_id = {});

/// GET /api/feedback-metrics without what the process counts, not the store: strategies asked, delays.
std::string stored_part(const std::string& figures);

}  // namespace demur
