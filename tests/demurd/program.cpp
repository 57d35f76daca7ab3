#include "demurd/program.hpp"

#include <boost/test/unit_test.hpp>
#include <spawn.h>

#include <arpa/inet.h>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace demur {

namespace {

using std::chrono::steady_clock;
constexpr auto pause = std::chrono::milliseconds(10);

std::string numbered(const std::string& name) {
  static int made = 0;
  return name + "-" + std::to_string(++made);
}

}  // namespace

program::program(const std::vector<std::string>& options, const std::string& shell_before, const std::string& name) {
  const std::string files_name = numbered(name);
  out_file_ = files_name + ".out";
  err_file_ = files_name + ".err";
  const std::string file = DEMUR_BIN_DIR "/" + name;
  std::vector<std::string> words = {file};
  if (!shell_before.empty()) words = {"/bin/sh", "-c", shell_before + "; exec \"$0\" \"$@\"", file};
  words.insert(words.end(), options.begin(), options.end());
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  const int flags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out_file_.c_str(), flags, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err_file_.c_str(), flags, 0600);
  const int failure = posix_spawn(&id_, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  BOOST_REQUIRE_MESSAGE(failure == 0, "cannot start " << words[0]);
}

program::~program() {
  if (has_ended()) return;
  kill(id_, SIGKILL);
  waitpid(id_, &status_, 0);
}

void program::send(int signal) { kill(id_, signal); }

bool program::has_ended() {
  if (!ended_) ended_ = waitpid(id_, &status_, WNOHANG) == id_;
  return ended_;
}

int program::wait(std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  while (!has_ended() && steady_clock::now() < end) std::this_thread::sleep_for(pause);
  BOOST_REQUIRE_MESSAGE(ended_, out_file_ << " is of a program that did not end; it said:\n" << err());
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_);
}

bool program::says(const std::string& text, std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  while (steady_clock::now() < end) {
    const bool last_look = has_ended();
    if (err().find(text) != std::string::npos) return true;
    if (last_look) return false;
    std::this_thread::sleep_for(pause);
  }
  return false;
}

std::string program::out() const { return content_of(out_file_); }
std::string program::err() const { return content_of(err_file_); }

std::string content_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void wait_for_bytes(const std::string& file, std::size_t bytes, std::chrono::seconds patience) {
  const auto end = steady_clock::now() + patience;
  while (content_of(file).size() < bytes && steady_clock::now() < end) std::this_thread::sleep_for(pause);
  BOOST_REQUIRE_MESSAGE(content_of(file).size() >= bytes, file << " does not grow");
}

std::string exchange(int port, const std::string& sent) {
  const int line = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string got;
  if (connect(line, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      send(line, sent.data(), sent.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(sent.size())) {
    char part[4'096];
    for (ssize_t size = 0; (size = read(line, part, sizeof part)) > 0;)
      got.append(part, static_cast<std::size_t>(size));
  }
  close(line);
  return got;
}

}  // namespace demur
