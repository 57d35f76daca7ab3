#include "serve.hpp"

#include "plugin/in_process_strategy.hpp"
#include "plugin/library.hpp"
#include "plugin/messages.hpp"
#include "plugin/services.hpp"
#include "plugin/wire.hpp"
#include "sandbox.hpp"

#include <demur/error.hpp>
#include <demur/types.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace demur::plugin_host_program {

namespace {

using namespace plugin;

/// At once: what static objects of a plugin do at the end is not wanted, nor a search for what it did not free.
[[noreturn]] void leave(int status) { ::_exit(status); }

[[noreturn]] void leave_as_misunderstood() {
  constexpr std::string_view words = "the server said something that is not of this protocol";
  (void)!::write(STDERR_FILENO, words.data(), words.size());
  leave(EXIT_FAILURE);
}

/// The stream to the server. That it ends is how this program is told to end.
class channel {
public:
  wire::frame next() {
    while (true) {
      if (const auto found = inbox_.next()) return *found;
      const auto room = inbox_.room();
      const ssize_t count = ::recv(wire::channel, room.data(), room.size(), 0);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) leave(wire::ended_in_order);
      inbox_.added(static_cast<std::size_t>(count));
    }
  }

  wire::writer& outbox() { return outbox_; }

  void send() {
    std::string_view left = outbox_.bytes();
    while (!left.empty()) {
      const ssize_t count = ::send(wire::channel, left.data(), left.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) leave(wire::ended_in_order);
      left.remove_prefix(static_cast<std::size_t>(count));
    }
    outbox_.clear();
  }

private:
  wire::inbox inbox_;
  wire::writer outbox_;
};

class host {
public:
  [[noreturn]] void run();

private:
  void load(const wire::order& what);
  std::span<const dislike* const> rows_of(const wire::frame& asked);
  services services_here();
  double weight(const dislike& of, const std::string& feature);
  const movie* find_movie(id movie_id);
  std::string take_reports() { return std::exchange(reports_, {}); }

  channel channel_;
  std::unique_ptr<in_process_strategy> strategy_;
  std::string reports_;
  wire::question question_;
  std::vector<dislike> rows_;  ///< of the question, and older ones behind them
  std::vector<const dislike*> shown_;
  std::optional<movie> found_;
};

[[noreturn]] void host::run() {
  const wire::frame first = channel_.next();
  const auto what = first.of == wire::kind::order ? wire::read_order(first.parts) : std::nullopt;
  if (!what) leave_as_misunderstood();
  load(*what);
  while (true) {
    const wire::frame asked = channel_.next();
    if (asked.of == wire::kind::ask) {
      const auto rows = rows_of(asked);
      strategy_->ask(rows, services_here());
      const auto all = strategy_->answers();
      wire::put_answers(channel_.outbox(), all, take_reports());
    } else if (asked.of == wire::kind::explain) {
      const auto rows = rows_of(asked);
      if (rows.size() != 1) leave_as_misunderstood();
      const auto said = strategy_->explain(*rows.front(), services_here());
      wire::put_explained(channel_.outbox(), said, take_reports());
    } else if (asked.of == wire::kind::fit) {
      const auto text = wire::read_text(asked.parts);
      if (!text) leave_as_misunderstood();
      const auto said = strategy_->fit(*text);
      wire::put_fits(channel_.outbox(), said, take_reports());
    } else {
      leave_as_misunderstood();
    }
    channel_.send();
  }
}

void host::load(const wire::order& what) {
  lock_up(what.memory_mib);
  const auto made = [&]() -> result<strategy_info> {
    const auto opened = open_library(what.file, what.shown);
    if (!opened) return opened.problem();
    auto created = in_process_strategy::create(*opened, what.config, {},
                                               [this](const strategy&, std::string_view said) { reports_ = said; });
    if (!created) return std::move(created).problem();
    strategy_ = *std::move(created);
    return strategy_->info();
  }();
  close_the_door();
  wire::put_hello(channel_.outbox(), made, take_reports());
  channel_.send();
  if (!made) leave(wire::ended_in_order);
}

std::span<const dislike* const> host::rows_of(const wire::frame& asked) {
  const auto question = wire::read_question(asked.parts, rows_);
  if (!question) leave_as_misunderstood();
  question_ = *question;
  shown_.clear();
  for (std::size_t i = 0; i < question_.rows; ++i) shown_.push_back(&rows_[i]);
  return shown_;
}

services host::services_here() {
  return {.now = question_.now,
          .weight = [this](const dislike& of, const std::string& feature) { return weight(of, feature); },
          .find_movie = [this](id movie_id) { return find_movie(movie_id); }};
}

double host::weight(const dislike& of, const std::string& feature) {
  if (feature.size() > wire::max_feature) return std::numeric_limits<double>::quiet_NaN();
  wire::put_weight_question(channel_.outbox(), {static_cast<std::size_t>(&of - rows_.data()), feature});
  channel_.send();
  const wire::frame answer = channel_.next();
  const auto read = answer.of == wire::kind::weight_is ? wire::read_weight(answer.parts) : std::nullopt;
  if (!read) leave_as_misunderstood();
  return *read;
}

const movie* host::find_movie(id movie_id) {
  wire::put_movie_question(channel_.outbox(), movie_id);
  channel_.send();
  const wire::frame answer = channel_.next();
  auto read = answer.of == wire::kind::movie_is ? wire::read_movie(answer.parts) : std::nullopt;
  if (!read) leave_as_misunderstood();
  found_ = *std::move(read);
  return found_ ? &*found_ : nullptr;
}

}  // namespace

void serve() { host().run(); }

}  // namespace demur::plugin_host_program
