#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What the server and a plugin's process say to each other, over a stream between the two. A frame is the length of its
/// parts, its kind, and its parts: numbers as this machine has them, texts after their length. Both programs are of one
/// build, see `protocol`. The process speaks only when it is asked; whatever else comes from it is a fault. What the frames
/// hold: messages.hpp.
namespace demur::plugin::wire {

/// To be changed with anything in this file and in messages.hpp.
inline constexpr std::uint32_t protocol = 1;
inline constexpr int channel = 3;   ///< the process's end of the stream
inline constexpr int lifeline = 0;  ///< of a pipe that nobody writes to: it breaks when the server is gone

enum class kind : std::uint32_t {
  // From the server.
  order = 1,  ///< what to load; answered by hello
  ask,        ///< a batch; answered by answers
  explain,    ///< a dislike; answered by explained
  fit,        ///< a text; answered by fits
  weight_is,  ///< answers weight
  movie_is,   ///< answers movie
  // From the process.
  hello,
  answers,
  explained,
  fits,
  weight,  ///< while it works: the weight of a feature
  movie,   ///< while it works: a row of the catalogue
};

/// How the process ends by its own hand.
inline constexpr int ended_in_order = 0;
inline constexpr int ended_out_of_memory = 81;
inline constexpr int ended_without_sandbox = 82;
inline constexpr int ended_by_call = 100;  ///< the first of forbidden_calls; the others follow
/// What no strategy does by accident. Asking for one of these ends the process; anything else that is not allowed is an
/// error to who asks, as libraries try this and that and can do without.
inline constexpr std::array<const char*, 32> forbidden_calls = {"execve",
                                                                "execveat",
                                                                "fork",
                                                                "vfork",
                                                                "clone",
                                                                "socket",
                                                                "socketpair",
                                                                "connect",
                                                                "bind",
                                                                "listen",
                                                                "accept",
                                                                "kill",
                                                                "tkill",
                                                                "tgkill",
                                                                "rt_sigqueueinfo",
                                                                "ptrace",
                                                                "pidfd_getfd",
                                                                "pidfd_send_signal",
                                                                "process_vm_readv",
                                                                "process_vm_writev",
                                                                "mount",
                                                                "umount2",
                                                                "unshare",
                                                                "setns",
                                                                "chroot",
                                                                "bpf",
                                                                "keyctl",
                                                                "perf_event_open",
                                                                "io_uring_setup",
                                                                "userfaultfd",
                                                                "init_module",
                                                                "reboot"};

/// Makes frames, one behind the other.
class writer {
public:
  void begin(kind of);
  void end();
  template <class Number>
  void number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void flag(bool value) { bytes_.push_back(value ? 1 : 0); }
  void text(std::string_view value);

  std::string_view bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

private:
  std::string bytes_;
  std::size_t parts_ = 0;  ///< where those of the frame that was begun begin
};

/// Takes the parts of a frame out again. What does not fit makes it fail, and all that follows is empty.
class reader {
public:
  explicit reader(std::string_view parts) : left_(parts) {}

  template <class Number>
  Number number() {
    Number value{};
    const std::string_view bytes = take(sizeof value);
    if (!bytes.empty()) bytes.copy(reinterpret_cast<char*>(&value), sizeof value);
    return value;
  }
  bool flag();
  std::string_view text(std::size_t longest);
  /// How many of something come. Each takes a byte at least: there are never more than bytes left.
  std::size_t count(std::size_t most);
  void fail() { failed_ = true; }

  bool failed() const { return failed_; }
  /// All was there, and nothing is left.
  bool finished() const { return !failed_ && left_.empty(); }

private:
  std::string_view take(std::size_t size);

  std::string_view left_;
  bool failed_ = false;
};

struct frame {
  kind of;
  std::string_view parts;
};

/// What came in, until it makes frames.
class inbox {
public:
  /// Where to put what comes next; `added` says how much came. It grows with what has come, not with what a head claims.
  std::span<char> room();
  void added(std::size_t bytes) { filled_ += bytes; }
  /// The next whole frame. It is taken, and its parts are valid until `room`.
  std::optional<frame> next();
  /// What waits claims to be longer than that.
  bool exceeds(std::size_t longest) const;
  bool empty() const { return taken_ == filled_; }

private:
  std::optional<std::size_t> claimed() const;

  std::vector<char> bytes_;
  std::size_t taken_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace demur::plugin::wire
