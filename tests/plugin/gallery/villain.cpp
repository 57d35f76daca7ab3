// A plugin that harms the process it runs in: what a dislike's text names, or at once what its setting `does` names.
#include <demur/plugin.hpp>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

constexpr int most_descriptors = 64;

void loop() {
  for (volatile std::uint64_t steps = 0;; steps = steps + 1) {
  }
}

[[noreturn]] void fail(const std::string& what) { throw std::runtime_error(what + ": " + std::strerror(errno)); }

void take(std::size_t mebibytes) {
  static std::vector<std::string> taken;
  taken.emplace_back(mebibytes << 20U, 'x');
}

/// What of the server's can be seen from here.
std::string look_around() {
  std::string seen;
  char none = 0;
  for (int number = 0; number < most_descriptors; ++number)
    if (::read(number, &none, 0) == 0) seen += std::to_string(number) + " ";
  return seen + (std::getenv("DEMUR_TEST_SECRET") ? "and a secret" : "and no secret");
}

const std::map<std::string_view, void (*)()>& deeds() {
  static const std::map<std::string_view, void (*)()> all = {
      {"crash",
       [] {
         const volatile std::uintptr_t nowhere = 8;  // where the compiler does not see it
         *reinterpret_cast<volatile int*>(nowhere) = 1;
       }},
      {"abort", [] { std::abort(); }},
      {"exit", [] { std::exit(7); }},
      {"loop", loop},
      {"sleep", [] { std::this_thread::sleep_for(std::chrono::hours(1)); }},
      {"throw in a thread", [] { std::thread([] { throw std::runtime_error("out of popcorn"); }).join(); }},
      {"leak", [] { take(8); }},
      {"take everything",
       [] {
         while (true) take(8);
       }},
      {"open a file",
       [] {
         if (::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0) fail("open");
       }},
      {"write a file",
       [] {
         if (::open("villain_was_here", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0) fail("open");
       }},
      {"open a socket", [] { ::socket(AF_INET, SOCK_STREAM, 0); }},
      {"run a program", [] { ::execl("/bin/true", "true", nullptr); }},
      {"run a shell", [] { (void)!std::system("true"); }},
      {"fork", [] { ::fork(); }},
      {"kill the server", [] { ::kill(::getppid(), SIGKILL); }},
      {"kill everyone", [] { ::kill(-1, SIGKILL); }},
      {"write everywhere",
       [] {
         const std::string noise(100, '\xFF');
         for (int number = 0; number < most_descriptors; ++number) (void)!::write(number, noise.data(), noise.size());
       }},
      {"close everything",
       [] {
         for (int number = 0; number < most_descriptors; ++number) ::close(number);
       }},
      {"talk without end",
       [] {
         const std::string line = std::string(999, '.') + "\n";
         for (int i = 0; i < 1'000; ++i) (void)!::write(STDERR_FILENO, line.data(), line.size());
       }},
      {"think in a thread", [] { std::thread([] { (void)std::sqrt(2.0); }).join(); }},
      {"burn in a thread", [] { std::thread(loop).detach(); }},
  };
  return all;
}

}  // namespace

class villain {
public:
  villain(const demur::plugin_config& config, demur::plugin_host host) : host_(host) {
    const std::string does = config.text("does", "nothing");
    if (does == "look around") host_.report(look_around());
    if (const auto known = deeds().find(does); known != deeds().end()) known->second();
  }

  double half_life_days() const { return demur::hosts_half_life; }

  void adjust(const demur::disliked& dislike, demur::adjustment_sink& answer) const {
    const std::string_view text = dislike.feedback_text();
    if (text == "say who you are") host_.report(std::to_string(::getpid()));
    if (text == "scribble") const_cast<char*>(dislike.movie_title().data())[0] = 'X';
    if (const auto known = deeds().find(text); known != deeds().end()) known->second();
    answer.adjust("genre", "Innocent", -0.5);
  }

private:
  demur::plugin_host host_;
};

DEMUR_EXPORT_STRATEGY(villain, "villain", "6.6.7")
