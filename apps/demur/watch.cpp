#include "answers.hpp"
#include "commands.hpp"
#include "live_sockets.hpp"
#include "stop.hpp"
#include "watch_view.hpp"

#include <boost/json/parse.hpp>
#include <sys/ioctl.h>

#include <memory>
#include <ostream>
#include <unistd.h>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(On a terminal: the figures and the last events, drawn anew as they come. Elsewhere: a
line per message. A connection that breaks is opened again. Ctrl-C ends it.

Topics: metrics, dislike, pattern, adjustment, retrain, model (default: all).

Examples:
  demur watch
  demur watch --topics pattern,retrain,model
  demur watch --user ann --reason wrong_genre
  demur watch --topics dislike --json | jq .data.movie_title)";

struct watch_options {
  std::string topics;
  std::string user;
  std::string reason;
};

std::string target_of(const watch_options& chosen) {
  std::string target = "/api/live";
  char separator = '?';
  const auto add = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    target += separator + std::string(name) + "=" + url_encoded(value);
    separator = '&';
  };
  add("topics", chosen.topics);
  add("user", chosen.user);
  add("reason", chosen.reason);
  return target;
}

class watch {
public:
  watch(const watch_options& chosen, command_context& context)
      : context_(context),
        view_(context.url().text()),
        drawn_(context.screen.out_is_tty && !context.json),
        sockets_(plan(chosen, context), work()) {}

  exit_code run() {
    sockets_.run();
    if (drawn_) {
      draw();
      context_.screen.out << std::endl;
    }
    return exit_code::ok;
  }

private:
  static live_plan plan(const watch_options& chosen, const command_context& context) {
    live_plan plan;
    plan.server = context.url();
    plan.target = target_of(chosen);
    return plan;
  }

  live_work work() {
    live_work work;
    work.opened = [this](std::size_t) {
      view_.connected();
      if (drawn_ && !was_up_) context_.screen.out << "\x1b[2J";
      if (was_down_) note("connected again");
      was_down_ = false;
      was_up_ = true;
      changed_ = true;
    };
    work.message = [this](std::size_t, std::string_view text) { show(text); };
    work.down = [this](std::size_t, const std::string& why) {
      if (!was_up_) throw failure(exit_code::unreachable, unreachable_text(context_.url(), why));
      view_.down(why);
      // Said once, not at every try.
      if (!was_down_) note("no connection to " + context_.url().text() + " (" + why + "), trying again");
      was_down_ = true;
      changed_ = true;
    };
    work.tick = [this] { tick(); };
    return work;
  }

  void show(std::string_view text) {
    boost::system::error_code error;
    const json::value message = json::parse(text, error);
    if (error || !message.is_object()) return;
    std::ostream& out = context_.screen.out;
    if (context_.json) {
      out << text << std::endl;
    } else if (drawn_) {
      view_.take(message.get_object(), watch_view::clock::now());
      changed_ = true;
    } else {
      out << live_line(message.get_object()) << std::endl;
    }
  }

  void note(const std::string& sentence) {
    if (!drawn_) context_.screen.err << "demur: " << sentence << std::endl;
  }

  /// Twice a second at most, and once a second even without news, for the rate.
  void tick() {
    ++ticks_;
    if (!drawn_ || ticks_ % 5 != 0 || (!changed_ && ticks_ % 10 != 0)) return;
    changed_ = false;
    draw();
  }

  void draw() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
    view_.draw(context_.screen.out, watch_view::clock::now(), size.ws_row, size.ws_col);
  }

  command_context& context_;
  watch_view view_;
  bool drawn_;
  bool was_up_ = false;
  bool was_down_ = false;
  bool changed_ = false;
  std::uint64_t ticks_ = 0;
  live_sockets sockets_;
};

}  // namespace

void add_watch(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("watch", "The figures and what happens, live");
  const auto chosen = std::make_shared<watch_options>();
  command->footer(footer);
  command->add_option("--topics", chosen->topics, "Only these, separated by commas");
  command->add_option("--user", chosen->user, "Only what concerns this user");
  command->add_option("--reason", chosen->reason, "Only dislikes with this reason");
  command->callback([chosen, &context] {
    context.chosen = [chosen, &context] {
      catch_stop_signals();
      return watch(*chosen, context).run();
    };
  });
}

}  // namespace demur::cli
