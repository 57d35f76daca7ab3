#include "answers.hpp"
#include "closed_loop.hpp"
#include "commands.hpp"
#include "sim_visit.hpp"
#include "stop.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <ostream>
#include <vector>

namespace demur::cli {

namespace {

using steady = std::chrono::steady_clock;

constexpr const char* footer = R"(Without --days a server is fed. Users (sim-1, sim-2, ...) with hidden tastes come
again and again: of 60 films with a score the server ranks (POST /api/rerank), six are shown
(POST /api/recommendation-sets; one place in twenty is left to chance), and the user
dislikes what has a genre, an actor or a series that he loathes (POST /api/dislike) and
rates what he likes (POST /api/ratings). As the weights learn his tastes, he dislikes
less of what he is shown: every ten seconds a line says how many of 100.

Films have ids from 9,000,000 on, so that they meet no real catalogue. A server that
restarts is waited for, --patience seconds at most. Ctrl-C or SIGTERM ends it.

With --days N no server is needed: so many days of made-up worlds are lived through here,
each in as many copies as there are arms, by the model that `demur evaluate` measures. In
each arm a disliked film is hidden from its user;
  without  nothing else comes of it: the model learns from likes alone
  late     dislikes count from the next training on
  with     they are folded in at once too, with their reasons. A user comes once a day, so
           that with a training every day this is what late is
The arms share their chances: the same user says the same of the same film on the same
day. The same seed gives the same figures, whatever the number of threads.

Examples:
  demur simulate
  demur simulate --seconds 60 --rate 50
  demur simulate --users 500 --movies 5000 --seed 7
  demur simulate --days 30 --page loop.html
  demur simulate --days 60 --worlds 10 --retrain-every 1 --arms without with --json)";

/// Of a server that is fed.
struct simulate_options {
  std::size_t users = 40;
  std::size_t movies = 600;
  double rate = 5.0;
  double seconds = 0.0;
  std::uint64_t seed = 1;
  double patience = 60.0;
};

constexpr std::chrono::seconds report_interval{10};

class simulation {
public:
  simulation(const simulate_options& chosen, command_context& context)
      : chosen_(chosen),
        context_(context),
        world_(chosen.users, chosen.movies, chosen.seed),
        client_(context.url()),
        visits_(world_, client_, chosen.seed) {}

  exit_code run() {
    visits_.send_catalogue();
    context_.screen.out << grouped(static_cast<std::int64_t>(chosen_.users)) << " users, "
                        << grouped(static_cast<std::int64_t>(chosen_.movies)) << " films, "
                        << short_number(chosen_.rate) << " visits a second to " << client_.server().text() << std::endl;
    begin_ = steady::now();
    auto next_visit = begin_;
    next_report_ = begin_ + report_interval;
    while (!over()) {
      if (!visit()) break;
      report_if_due();
      // What a slow server made us miss is not caught up with: that would be a burst.
      next_visit = std::max(next_visit + interval(), steady::now() - interval());
      pause_for(std::chrono::duration_cast<std::chrono::milliseconds>(next_visit - steady::now()));
    }
    report();
    return exit_code::ok;
  }

private:
  steady::duration interval() const {
    return std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(1.0 / chosen_.rate));
  }

  bool over() const {
    if (stop_requested()) return true;
    return chosen_.seconds > 0.0 && std::chrono::duration<double>(steady::now() - begin_).count() >= chosen_.seconds;
  }

  /// False: stopped while at it.
  bool visit() {
    try {
      const visit_counts came = visits_.visit();
      all_ += came;
      recent_ += came;
      return true;
    } catch (const failure& problem) {
      if (stop_requested()) return false;
      if (problem.code() != exit_code::unreachable) throw;
      return wait_for_server();
    }
  }

  /// Until the server is there again, with the catalogue, in case its store began anew.
  bool wait_for_server() {
    context_.screen.out << "the server at " << client_.server().text() << " does not answer, waiting" << std::endl;
    const auto limit = steady::now() + std::chrono::duration<double>(chosen_.patience);
    while (pause_for(std::chrono::seconds(1))) {
      try {
        visits_.send_catalogue();
        context_.screen.out << "it is there again" << std::endl;
        return true;
      } catch (const failure& problem) {
        if (problem.code() != exit_code::unreachable || steady::now() >= limit) throw;
      }
    }
    return false;
  }

  void report_if_due() {
    if (steady::now() < next_report_) return;
    report();
    next_report_ = steady::now() + report_interval;
  }

  void report() {
    if (recent_.visits == 0) return;
    if (first_.visits == 0) first_ = recent_;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(steady::now() - begin_).count();
    std::ostream& out = context_.screen.out;
    out << seconds << " s: " << grouped(all_.visits) << " visits, " << grouped(all_.shown) << " films shown, "
        << grouped(all_.dislikes) << " dislikes, " << grouped(all_.likes)
        << " likes; dislikes per 100 shown: " << short_number(std::round(first_.dislikes_per_100() * 10) / 10)
        << " at first, " << short_number(std::round(recent_.dislikes_per_100() * 10) / 10) << " now; model version "
        << visits_.model_version_id();
    for (const auto& reason : visits_.unknown_reasons()) out << "; this server does not know " << reason;
    out << std::endl;
    recent_ = {};
  }

  const simulate_options& chosen_;
  command_context& context_;
  sim_world world_;
  http_client client_;
  sim_visits visits_;
  visit_counts all_;
  visit_counts first_;
  visit_counts recent_;
  steady::time_point begin_;
  steady::time_point next_report_;
};

/// What may be given with one kind of simulation alone.
struct kinds_of_options {
  std::vector<CLI::Option*> fed;
  std::vector<CLI::Option*> looped;

  void check(bool is_looped) const {
    for (const CLI::Option* option : is_looped ? fed : looped)
      if (option->count() > 0)
        throw failure(
            exit_code::usage,
            option->get_name() + (is_looped ? " is of the simulation that feeds a server; with --days there is none"
                                            : " is of the closed loop: it needs --days N"));
  }
};

void add_fed(CLI::App& command, simulate_options& chosen, kinds_of_options& kinds) {
  kinds.fed = {command.add_option("--rate", chosen.rate, "Visits a second")
                   ->check(from_to(0.01, 10'000.0))
                   ->capture_default_str(),
               command.add_option("--seconds", chosen.seconds, "For so long; 0: until it is stopped")
                   ->check(from_to(0.0, 1e9))
                   ->capture_default_str(),
               command.add_option("--patience", chosen.patience, "Seconds to wait for a server that went away")
                   ->check(from_to(0.0, 1e9))
                   ->capture_default_str()};
  for (CLI::Option* option : kinds.fed) option->group("Feeding a server");
}

void add_looped(CLI::App& command, closed_loop_options& chosen, kinds_of_options& kinds) {
  closed_loop_plan& plan = chosen.plan;
  // What is in bounds depends on other options; the library checks it all and says what is allowed.
  kinds.looped = {
      command.add_option("--worlds", plan.worlds, "Worlds, with the seeds from --seed on")->capture_default_str(),
      command.add_option("--shown", plan.shown, "Films a day to each user")->capture_default_str(),
      command.add_option("--history", plan.history, "Films that each user met before the first day")
          ->capture_default_str(),
      command.add_option("--retrain-every", plan.retrain_every, "Days from one training to the next")
          ->capture_default_str(),
      command.add_option("--exploration", plan.exploration, "Share of the places that are left to chance")
          ->capture_default_str(),
      command.add_option("--loathing", plan.loathing, "How strongly users loathe; 0: not at all")
          ->capture_default_str(),
      command.add_option("--factors", plan.factors, "Factors of the model")->capture_default_str(),
      command.add_option("--arms", plan.arms, "What to compare; default: without late with")->type_name("ARM..."),
      command.add_option("--threads", plan.threads, "Threads; 0: all cores")->capture_default_str(),
      command.add_option("--page", chosen.page, "Also write a report with plots to this HTML file")->type_name("FILE")};
  for (CLI::Option* option : kinds.looped) option->group("A closed loop (--days)");
}

}  // namespace

void add_simulate(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("simulate", "Invented users with hidden tastes feed the server, or live here");
  const auto fed = std::make_shared<simulate_options>();
  const auto looped = std::make_shared<closed_loop_options>();
  const auto kinds = std::make_shared<kinds_of_options>();
  command->footer(footer);
  // One option each for both kinds, which differ in what is usual.
  const auto* users = command->add_option("--users", fed->users, "Users; if not given 40, with --days 300")
                          ->check(from_to(1, 1'000'000));
  const auto* movies =
      command->add_option("--movies", fed->movies, "Films")->check(from_to(10, 900'000))->capture_default_str();
  command->add_option("--seed", fed->seed, "Another seed, another world")->capture_default_str();
  const auto* days =
      command->add_option("--days", looped->plan.days, "A closed loop of so many days, without a server");
  add_fed(*command, *fed, *kinds);
  add_looped(*command, *looped, *kinds);
  command->callback([=, &context] {
    context.chosen = [=, &context] {
      const bool is_looped = days->count() > 0;
      kinds->check(is_looped);
      if (!is_looped) {
        catch_stop_signals();
        return simulation(*fed, context).run();
      }
      closed_loop_plan& plan = looped->plan;
      if (users->count() > 0) plan.users = static_cast<std::int64_t>(fed->users);
      if (movies->count() > 0) plan.items = static_cast<std::int64_t>(fed->movies);
      plan.seed = fed->seed;
      return run_closed_loop(context, *looped);
    };
  });
}

}  // namespace demur::cli
