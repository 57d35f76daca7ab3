#include "answers.hpp"
#include "baseline.hpp"
#include "commands.hpp"
#include "counts.hpp"
#include "http_pipes.hpp"
#include "progress.hpp"
#include "replay_plan.hpp"
#include "stop.hpp"
#include "table.hpp"

#include <algorithm>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr const char* replay_footer = R"(Example:
  demur replay movielens ml-latest-small)";

std::string movielens_footer() {
  return R"(Every rating of 2.0 or lower becomes a dislike, in time order, a user's over one
connection. movieId becomes movie_id, userId the user; genres go along, and cast and
franchise where DIR has cast.csv and franchise.csv.

)" + std::string(baseline_help()) +
         R"(
Each dislike has an idempotency key (ml:USER:MOVIE:TIMESTAMP), so a second replay stores
nothing and says so, while the server keeps the keys (a day by default). The same rating
replayed with another --timeline, or with other side tables, is another dislike under the
same key: the server refuses it. 503 is waited out (Retry-After) and sent again with its
key. With --pipeline 1 no later dislike of a user can overtake one that got 503.

Examples:
  demur replay movielens ml-latest-small
  demur replay movielens ml-latest-small --timeline original --json > counts.json
  demur replay movielens ml-latest-small --connections 1 --pipeline 1     in strict order)";
}

struct replay_options {
  std::string folder;
  std::string times = "now";
  std::size_t connections = 8;
  std::size_t pipeline = 32;
};

class replay {
public:
  replay(const replay_options& chosen, command_context& context)
      : chosen_(chosen),
        context_(context),
        data_(read_movielens(chosen.folder)),
        index_(data_.index()),
        planned_(plan_replay(data_)),
        lanes_(lanes_of(data_, planned_, chosen.connections)),
        next_(chosen.connections, 0) {
    counts_.found = static_cast<std::int64_t>(planned_.size());
  }

  exit_code run() {
    print_odd_lines(context_.screen, data_.odd);
    pipe_plan plan;
    plan.server = context_.url();
    plan.connections = chosen_.connections;
    plan.pipeline = chosen_.pipeline;
    plan.again = true;
    progress bar(context_.screen, "replay", counts_.found);
    pipe_work work;
    work.next = [this](std::size_t lane, http_request& request) { return next(lane, request); };
    work.answered = [this](std::size_t, const http_request& request, const http_answer& answer,
                           std::chrono::nanoseconds) { answered(request, answer); };
    work.lost = [](std::size_t, const http_request&) {};
    work.tick = [&] { bar.at(counts_.stored + counts_.already + counts_.refused); };

    const auto begin = std::chrono::steady_clock::now();
    end_ = run_pipes(plan, work);
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    bar.end();
    print();
    return conclude();
  }

private:
  bool next(std::size_t lane, http_request& request) {
    if (next_[lane] == lanes_[lane].size()) return false;
    const planned_dislike& planned = planned_[lanes_[lane][next_[lane]++]];
    request = replay_request(data_, index_, planned, chosen_.times == "now" ? timeline::now : timeline::original);
    ++counts_.sent;
    ++by_reason_[planned.reason];
    return true;
  }

  void answered(const http_request&, const http_answer& answer) {
    if (!answer.ok()) {
      counts_.refuse(problem_line(answer));
    } else if (answer.replayed) {
      ++counts_.already;
    } else {
      ++counts_.stored;
    }
  }

  double rate() const { return static_cast<double>(counts_.stored + counts_.already) / std::max(seconds_, 1e-3); }

  void print() const {
    std::ostream& out = context_.screen.out;
    if (context_.json) {
      json::object reasons;
      for (const auto& [reason, count] : by_reason_) reasons[reason] = count;
      json::object whole = counts_json(counts_);
      whole["by_reason"] = std::move(reasons);
      whole["sent_again"] = end_.again;
      whole["unanswered"] = unanswered();
      whole["lines_skipped"] = data_.odd.size();
      whole["seconds"] = seconds_;
      whole["dislikes_per_second"] = rate();
      out << pretty(whole) << '\n';
      return;
    }
    table rows({{""}, {"", table::align::right}});
    const auto add = [&rows](const std::string& name, std::int64_t count) { rows.row({name, grouped(count)}); };
    add("ratings", static_cast<std::int64_t>(data_.ratings.size()));
    add("2.0 or lower", counts_.found);
    add("sent", counts_.sent);
    add("stored", counts_.stored);
    add("already there", counts_.already);
    add("refused", counts_.refused);
    if (unanswered() > 0) add("without an answer", unanswered());
    if (end_.again > 0) add("sent again (503, broken connection)", end_.again);
    if (!data_.odd.empty()) add("lines skipped", static_cast<std::int64_t>(data_.odd.size()));
    for (const auto& [reason, count] : by_reason_) add("as " + reason, count);
    rows.print(out);
    print_refusals(out, counts_);
    out << '\n' << short_number(seconds_) << " s, " << grouped(static_cast<std::int64_t>(rate())) << " dislikes/s\n";
  }

  std::int64_t unanswered() const { return counts_.sent - counts_.stored - counts_.already - counts_.refused; }

  exit_code conclude() const {
    if (end_.busy) throw failure(exit_code::refused, "the server is out of service for minutes now: " + end_.why);
    if (!end_.why.empty() && !end_.finished && !end_.stopped)
      throw failure(exit_code::unreachable, unreachable_text(context_.url(), end_.why) +
                                                "\n  run the replay again: what is stored is not stored twice");
    if (end_.stopped) context_.screen.err << "demur: stopped before the end; run it again to go on\n";
    return end_.stopped || counts_.refused > 0 ? exit_code::refused : exit_code::ok;
  }

  const replay_options& chosen_;
  command_context& context_;
  movielens_data data_;
  std::map<std::int64_t, std::size_t> index_;
  std::vector<planned_dislike> planned_;
  std::vector<std::vector<std::size_t>> lanes_;
  std::vector<std::size_t> next_;
  row_counts counts_;
  std::map<std::string, std::int64_t> by_reason_;
  pipe_end end_;
  double seconds_ = 0.0;
};

}  // namespace

void add_replay(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("replay", "Turn low ratings into dislikes");
  command->require_subcommand(1);
  command->footer(replay_footer);
  auto* movielens = command->add_subcommand("movielens", "The ratings of 2.0 or lower of a MovieLens folder");
  const auto chosen = std::make_shared<replay_options>();
  movielens->footer(movielens_footer());
  movielens->add_option("DIR", chosen->folder, "The folder")->required();
  movielens->add_option("--timeline", chosen->times, "now: as if said today; original: with the rating's time")
      ->check(CLI::IsMember({"now", "original"}))
      ->capture_default_str();
  movielens->add_option("--connections", chosen->connections, "Connections")
      ->check(from_to(1, 256))
      ->capture_default_str();
  movielens->add_option("--pipeline", chosen->pipeline, "Dislikes on their way on each")
      ->check(from_to(1, 1'024))
      ->capture_default_str();
  movielens->callback([chosen, &context] {
    context.chosen = [chosen, &context] {
      catch_stop_signals();
      return replay(*chosen, context).run();
    };
  });
}

}  // namespace demur::cli
