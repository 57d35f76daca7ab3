#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "http_pipes.hpp"
#include "live_sockets.hpp"
#include "load_tally.hpp"
#include "progress.hpp"
#include "stop.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;
using steady = std::chrono::steady_clock;

constexpr const char* footer =
    R"(Sends dislikes as fast as the server answers: --connections times --pipeline requests are
on their way at any time. Users are load-0 to load-(N-1), items have ids from 8,000,000
on; the content of the n-th dislike follows from --seed, --users and n.

--journal FILE appends each acknowledged dislike (dislike_id, idempotency key, user, row)
as it is acknowledged. Then every request has a key and what was on its way when a
connection broke is sent again, so that a server may be killed and started meanwhile (see
--wait). 'demur verify --journal FILE' checks afterwards that each is there exactly once.
Over the socket there are no keys: what was on its way then counts as without an answer.

Examples:
  demur load --seconds 30
  demur load --connections 64 --pipeline 1 --count 1000000 --users 100000
  demur load --batch 1000 --connections 4
  demur load --socket --connections 8 --pipeline 64
  demur load --seconds 60 --journal acked.txt --wait 30   and meanwhile kill -9 the server)";

/// Posts, one by one or in batches.
class post_load {
public:
  post_load(const load_options& chosen, load_tally& tally, server_url server) : chosen_(chosen), tally_(tally) {
    plan_.server = std::move(server);
    plan_.connections = chosen.connections;
    plan_.pipeline = chosen.window();
    plan_.patience = std::chrono::milliseconds(static_cast<std::int64_t>(chosen.wait * 1e3));
    plan_.again = tally.marked();
  }

  /// Why the server is gone, or nothing.
  std::string run(const std::function<void()>& tick) {
    pipe_work work;
    work.next = [this](std::size_t, http_request& request) { return next(request); };
    work.answered = [this](std::size_t, const http_request& request, const http_answer& answer,
                           std::chrono::nanoseconds length) {
      tally_.took(length);
      answered(request, answer);
    };
    work.lost = [this](std::size_t, const http_request& request) { tally_.lost(rows_of(request)); };
    work.tick = tick;
    return run_pipes(plan_, work).why;
  }

private:
  bool next(http_request& request) {
    const load_tally::span rows = tally_.take(chosen_.batch > 0 ? chosen_.batch : 1);
    if (rows.rows == 0) return false;
    request = {"POST", "/api/dislike", "load", tally_.key_of(rows), "", false, rows.first};
    if (chosen_.batch == 0) {
      const dislike_request dislike = load_dislike(tally_.row(rows.first), tally_.marked());
      request.user_id = dislike.user_id;
      request.body = json::serialize(dislike_json(dislike));
      return true;
    }
    json::array array;
    array.reserve(rows.rows);
    for (std::uint64_t n = rows.first; n < rows.first + rows.rows; ++n)
      array.push_back(dislike_json(load_dislike(tally_.row(n), tally_.marked()), true));
    request.body = json::serialize(array);
    return true;
  }

  std::size_t rows_of(const http_request& request) const {
    if (chosen_.batch == 0) return 1;
    return chosen_.count > 0 ? std::min<std::size_t>(chosen_.batch, chosen_.count - request.tag) : chosen_.batch;
  }

  void answered(const http_request& request, const http_answer& answer) {
    if (!answer.ok()) return tally_.refused(problem_line(answer), rows_of(request));
    if (chosen_.batch > 0) return batch_answered(request, answer);
    tally_.acknowledged(1, answer.replayed);
    if (!tally_.marked()) return;
    const json::value receipt = expect_json(answer);
    if (receipt.is_object()) tally_.note(request.tag, request.idempotency_key, receipt.get_object());
  }

  void batch_answered(const http_request& request, const http_answer& answer) {
    // Reading the receipts costs as much as making the request: only where they matter.
    if (!tally_.marked() && answer.body.find("\"problem\"") == std::string::npos)
      return tally_.acknowledged(rows_of(request), answer.replayed);
    const json::value body = expect_json(answer);
    static const json::object none;
    std::uint64_t number = request.tag;
    for (const json::value& item : array_of(body.is_object() ? body.get_object() : none, "results")) {
      const json::object& result = item.is_object() ? item.get_object() : none;
      const json::object& receipt = object_of(result, "receipt");
      if (receipt.empty()) {
        const auto* problem = result.if_contains("problem");
        tally_.refused(problem ? problem_line(*problem) : "a row without receipt or problem", 1);
      } else {
        tally_.acknowledged(1, answer.replayed);
        tally_.note(number, request.idempotency_key, receipt);
      }
      ++number;
    }
  }

  const load_options& chosen_;
  load_tally& tally_;
  pipe_plan plan_;
};

/// Dislikes over the WebSocket, answered there in order.
class socket_load {
public:
  socket_load(const load_options& chosen, load_tally& tally, const server_url& server)
      : chosen_(chosen), tally_(tally), on_their_way_(chosen.connections), sockets_(plan(chosen, server), work()) {}

  std::string run(std::function<void()> tick) {
    tick_ = std::move(tick);
    live_end end = sockets_.run();
    for (auto& waiting : on_their_way_) tally_.lost(waiting.size());
    return end.why;
  }

private:
  struct sent {
    std::uint64_t number = 0;
    steady::time_point since;
  };

  static live_plan plan(const load_options& chosen, const server_url& server) {
    live_plan plan;
    plan.server = server;
    // A topic must be chosen, else each socket would be sent the dislikes of all; this is the quietest.
    plan.target = "/api/live?topics=model";
    plan.connections = chosen.connections;
    plan.patience = std::chrono::milliseconds(static_cast<std::int64_t>(chosen.wait * 1e3));
    return plan;
  }

  live_work work() {
    live_work work;
    work.opened = [this](std::size_t lane) { fill(lane); };
    work.message = [this](std::size_t lane, std::string_view text) { take(lane, text); };
    work.down = [this](std::size_t lane, const std::string&) {
      tally_.lost(on_their_way_[lane].size());
      on_their_way_[lane].clear();
      finish_if_done();
    };
    work.tick = [this] { tick_(); };
    work.stop = [this] {
      ended_ = true;
      finish_if_done();
    };
    return work;
  }

  void fill(std::size_t lane) {
    auto& waiting = on_their_way_[lane];
    const auto now = steady::now();
    while (!ended_ && waiting.size() < chosen_.window()) {
      const load_tally::span rows = tally_.take(1);
      ended_ = rows.rows == 0;
      if (ended_) break;
      const dislike_request dislike = load_dislike(tally_.row(rows.first), tally_.marked());
      const json::object message{
          {"op", "dislike"}, {"id", rows.first}, {"user_id", dislike.user_id}, {"dislike", dislike_json(dislike)}};
      sockets_.send(lane, json::serialize(message));
      waiting.push_back({rows.first, now});
    }
    finish_if_done();
  }

  void take(std::size_t lane, std::string_view text) {
    const bool receipt = text.starts_with(R"({"type":"receipt")");
    const bool problem = text.starts_with(R"({"type":"problem")");
    auto& waiting = on_their_way_[lane];
    if ((!receipt && !problem) || waiting.empty()) return;
    const sent first = waiting.front();
    waiting.pop_front();
    tally_.took(steady::now() - first.since);
    if (receipt && !tally_.marked()) {
      tally_.acknowledged(1, false);
    } else {
      read(text, first.number);
    }
    fill(lane);
  }

  void read(std::string_view text, std::uint64_t number) {
    boost::system::error_code error;
    const json::value message = json::parse(text, error);
    static const json::object none;
    const json::object& answer = message.is_object() ? message.get_object() : none;
    if (static_cast<std::uint64_t>(integer_of(answer, "id")) != number) {
      tally_.refused("an answer out of order", 1);
    } else if (text_of(answer, "type") == "receipt") {
      tally_.acknowledged(1, false);
      tally_.note(number, "", object_of(answer, "data"));
    } else {
      const auto* data = answer.if_contains("data");
      tally_.refused(shown(answer, "status") + " " + (data ? problem_line(*data) : ""), 1);
    }
  }

  void finish_if_done() {
    for (const auto& waiting : on_their_way_)
      if (!ended_ || !waiting.empty()) return;
    sockets_.finish();
  }

  const load_options& chosen_;
  load_tally& tally_;
  std::vector<std::deque<sent>> on_their_way_;
  std::function<void()> tick_;
  bool ended_ = false;
  live_sockets sockets_;
};

exit_code load(const load_options& chosen, command_context& context) {
  if (chosen.socket && chosen.batch > 0) throw failure(exit_code::usage, "--batch and --socket: one of them");
  const server_url server = context.url();
  catch_stop_signals();
  load_tally tally(chosen);
  progress bar(context.screen, "load", tally.wanted());
  const auto tick = [&] {
    tally.flush();
    bar.at(tally.done());
  };
  tally.start();
  const std::string gone =
      chosen.socket ? socket_load(chosen, tally, server).run(tick) : post_load(chosen, tally, server).run(tick);
  tally.stop();
  tally.flush();
  bar.end();
  if (context.json) {
    context.screen.out << pretty(tally.json()) << '\n';
  } else {
    tally.print(context.screen.out);
  }
  if (!gone.empty()) throw failure(exit_code::unreachable, unreachable_text(server, gone));
  return tally.clean() ? exit_code::ok : exit_code::refused;
}

}  // namespace

void add_load(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("load", "Generate load, and measure how it is answered");
  const auto chosen = std::make_shared<load_options>();
  command->footer(footer);
  command->add_option("--connections", chosen->connections, "Connections")
      ->check(from_to(1, 10'000))
      ->capture_default_str();
  command->add_option("--pipeline", chosen->pipeline, "Requests on their way on each (default 8, batches 1)")
      ->check(from_to(1, 10'000));
  auto* seconds =
      command->add_option("--seconds", chosen->seconds, "For so long")->check(from_to(0.1, 1e6))->capture_default_str();
  command->add_option("--count", chosen->count, "So many dislikes")
      ->check(from_to(1, 2'000'000'000))
      ->excludes(seconds);
  command->add_option("--users", chosen->users, "Different users")
      ->check(from_to(1, 1'000'000'000))
      ->capture_default_str();
  command->add_option("--batch", chosen->batch, "Dislikes in one request, as an array")->check(from_to(1, 1'000));
  command->add_flag("--socket", chosen->socket, "Over WebSockets instead of posts");
  command->add_option("--seed", chosen->seed, "Another seed, other dislikes")->capture_default_str();
  command->add_option("--journal", chosen->journal, "Append what was acknowledged to FILE")->type_name("FILE");
  command->add_option("--wait", chosen->wait, "Seconds to wait for a server that went away")
      ->check(from_to(0.0, 86'400.0))
      ->capture_default_str();
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return load(*chosen, context); }; });
}

}  // namespace demur::cli
