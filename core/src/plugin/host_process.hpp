#pragma once

#include "plugin/fault.hpp"
#include "plugin/wire.hpp"

#include <demur/error.hpp>

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace demur::plugin {

/// A descriptor, closed with the object.
class descriptor {
public:
  explicit descriptor(int number = -1) : number_(number) {}
  descriptor(descriptor&& from) noexcept : number_(from.number_) { from.number_ = -1; }
  descriptor& operator=(descriptor&&) = delete;
  ~descriptor();

  int number() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

private:
  int number_;
};

/// Of this process, for one that runs a plugin. What else stands there, a password of the store's say, is none of a plugin's
/// business; and its answer must not depend on it. The linker's path, and what a sanitizer is told. Ends with a null.
std::vector<char*> passed_environment();

/// `SIGSEGV`.
std::string name_of_signal(int number);

/// What a plugin's process may use up.
struct process_limits {
  std::int64_t memory_mib = 256;
  std::chrono::seconds cpu_time{10};  ///< between two calls of renew_cpu_time, or a little more
};

/// A process that runs demur-plugin-host, and this end of the stream to it. One thread at a time.
///
/// No descriptor of this process and nothing of its environment gets there but what the linker reads; it dies when this
/// process does, however that ends.
class host_process {
public:
  using time = std::chrono::steady_clock::time_point;
  enum class stream { open, late, over };

  static result<std::unique_ptr<host_process>> start(const std::filesystem::path& program,
                                                     const process_limits& limits);
  host_process(const host_process&) = delete;
  host_process& operator=(const host_process&) = delete;
  /// Ends the process and takes it off the system's list. A moment at most.
  ~host_process();

  /// What is to be sent; `send` or `exchange` does it.
  wire::writer& outbox() { return outbox_; }
  wire::inbox& inbox() { return inbox_; }
  /// Sends what goes without waiting.
  void send();
  bool has_sent_all() const { return outbox_.bytes().empty(); }
  /// Sends and receives what goes at once; if that is nothing, what goes next. `late`: nothing did until `until`. `over`:
  /// the process is gone, or has closed its end.
  stream exchange(time until);
  /// Lets it use as much again. To be called whenever it did what it is for; does something once a second at most.
  void renew_cpu_time(time now);

  /// Kills it if it is still there. How it ended, with its last words; of interest where that was its own doing.
  fault end();

private:
  host_process(const process_limits& limits, pid_t pid, descriptor channel, descriptor lifeline, descriptor words);
  bool receive();
  /// Looks again and again for a moment: to sleep and be woken takes longer than most answers.
  bool arrives_soon(time until);
  bool is_gone_within(std::chrono::milliseconds wait) const;
  fault how_it_ended();
  std::string last_words();

  process_limits limits_;
  pid_t pid_;
  descriptor handle_;  ///< of the process; readable when it is gone
  descriptor channel_;
  descriptor lifeline_;
  descriptor words_;  ///< what it writes to where a program's output goes
  wire::writer outbox_;
  wire::inbox inbox_;
  std::size_t sent_ = 0;  ///< of outbox_
  time renewed_ = time::min();
  bool is_reaped_ = false;
};

}  // namespace demur::plugin
