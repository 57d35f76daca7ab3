#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "http_pipes.hpp"
#include "load_check.hpp"
#include "progress.hpp"
#include "stop.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <deque>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* footer = R"(Asks the server for the history of every user in a journal of 'demur load' and checks
that each acknowledged dislike is there, whole and exactly once: one row with its id, no
other row for the same request, and every field as it was sent. Ends with exit code 1
and a list if not.

Examples:
  demur load --seconds 60 --journal acked.txt --wait 30
  demur verify --journal acked.txt)";

constexpr std::size_t shown_faults = 20;

struct verify_options {
  std::string journal;
  std::size_t connections = 4;
};

/// Reads the histories of all users of a journal, page by page, many at a time.
class history_walk {
public:
  history_walk(load_check& check, server_url server, std::size_t connections) : check_(check) {
    plan_.server = std::move(server);
    plan_.connections = connections;
    plan_.pipeline = 8;
    plan_.again = true;
    for (const auto& user : check.users()) waiting_.push_back({user, ""});
  }

  void run(progress& bar) {
    pipe_work work;
    work.next = [this](std::size_t, http_request& request) {
      if (waiting_.empty()) return false;
      request = {"GET", "/api/dislike-history?limit=500" + waiting_.front().cursor, waiting_.front().user};
      waiting_.pop_front();
      return true;
    };
    work.answered = [this](std::size_t, const http_request& request, const http_answer& answer,
                           std::chrono::nanoseconds) { take(request.user_id, answer); };
    work.lost = [](std::size_t, const http_request&) {};
    work.tick = [&] { bar.at(users_done_); };
    // A further page is known only when the one before is there, perhaps after all connections had run dry.
    while (!waiting_.empty()) {
      const pipe_end end = run_pipes(plan_, work);
      if (end.stopped) throw failure(exit_code::refused, "stopped before the end; nothing is proved");
      if (!end.finished) throw failure(exit_code::unreachable, unreachable_text(plan_.server, end.why));
    }
  }

private:
  struct page {
    std::string user;
    std::string cursor;
  };

  void take(const std::string& user, const http_answer& answer) {
    const json::value body = expect_json(answer);
    if (!body.is_object()) return;
    for (const json::value& row : array_of(body.get_object(), "dislikes"))
      if (row.is_object()) check_.found(row.get_object());
    const std::string next = shown(body.get_object(), "next_cursor");
    if (next == "-") {
      ++users_done_;
    } else {
      waiting_.push_back({user, "&cursor=" + url_encoded(next)});
    }
  }

  load_check& check_;
  pipe_plan plan_;
  std::deque<page> waiting_;
  std::int64_t users_done_ = 0;
};

exit_code verify(const verify_options& chosen, command_context& context) {
  const server_url server = context.url();
  load_check check(read_journal(chosen.journal));
  catch_stop_signals();
  progress bar(context.screen, "verify, users", static_cast<std::int64_t>(check.users().size()));
  history_walk(check, server, chosen.connections).run(bar);
  bar.end();

  const std::vector<std::string> faults = check.faults();
  std::ostream& out = context.screen.out;
  if (context.json) {
    json::object whole{
        {"acknowledged", check.acknowledged()}, {"users", check.users().size()}, {"faults", names_json(faults)}};
    out << pretty(whole) << '\n';
  } else {
    fact_list facts;
    facts.count("acknowledged", static_cast<std::int64_t>(check.acknowledged()));
    facts.count("of users", static_cast<std::int64_t>(check.users().size()));
    facts.count("not there whole exactly once", static_cast<std::int64_t>(faults.size()));
    facts.print(out);
    for (std::size_t i = 0; i < std::min(shown_faults, faults.size()); ++i) out << "  " << faults[i] << '\n';
    if (faults.size() > shown_faults) out << "  and " << faults.size() - shown_faults << " more (--json: all)\n";
  }
  return faults.empty() ? exit_code::ok : exit_code::refused;
}

}  // namespace

void add_verify(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("verify", "Check that all that 'load' was acknowledged is there exactly once");
  const auto chosen = std::make_shared<verify_options>();
  command->footer(footer);
  command->add_option("--journal", chosen->journal, "The journal of 'demur load'")->type_name("FILE")->required();
  command->add_option("--connections", chosen->connections, "Connections")
      ->check(from_to(1, 256))
      ->capture_default_str();
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return verify(*chosen, context); }; });
}

}  // namespace demur::cli
