#include "web/front.hpp"

#include "domain/text.hpp"
#include "web/bridge.hpp"
#include "web/http_session.hpp"
#include "web/live_hub.hpp"
#include "web/loop.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace demur::web {

namespace {

using namespace std::chrono_literals;

/// Of connections over the bound, those that are told so; more are just closed.
constexpr std::int64_t most_refused = 256;
/// When the system is out of file descriptors or memory, trying at once would be a busy loop.
constexpr auto accept_pause = 50ms;

error cannot_listen(std::string_view where, std::string why) {
  error problem;
  problem.code = error_code::unavailable;
  problem.field = "server.listen";
  problem.found = quoted_excerpt(where);
  problem.allowed = "ADDR:PORT of this machine, such as 127.0.0.1:8080";
  problem.detail = "Cannot listen on " + problem.found + ": " + std::move(why) + ".";
  return problem;
}

result<tcp::endpoint> resolve(net::io_context& context, const std::string& listen) {
  const auto colon = std::min(listen.rfind(':'), listen.size());
  const std::string_view digits = std::string_view(listen).substr(std::min(colon + 1, listen.size()));
  // Not left to the resolver, which takes 65616 for 80.
  std::uint16_t port = 0;
  const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (problem != std::errc{} || end != digits.data() + digits.size())
    return cannot_listen(listen, "it does not end in a port from 0 to 65535");
  std::string host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  failure why;
  tcp::resolver names(context);
  const auto found = names.resolve(host, "", tcp::resolver::passive, why);
  if (why) return cannot_listen(listen, why.message());
  return tcp::endpoint(found.begin()->endpoint().address(), port);
}

result<tcp::acceptor> bind(net::io_context& context, const std::string& listen) {
  const auto where = resolve(context, listen);
  if (!where) return where.problem();
  failure why;
  tcp::acceptor made(context);
  made.open(where->protocol(), why);
  if (!why) made.set_option(net::socket_base::reuse_address(true), why);
  if (!why) made.bind(*where, why);
  if (!why) made.listen(net::socket_base::max_listen_connections, why);
  if (why) return cannot_listen(listen, why.message());
  return made;
}

int thread_count(std::int64_t wanted) {
  if (wanted > 0) return static_cast<int>(wanted);
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency() / 2));
}

response too_many_connections(std::int64_t limit) {
  error problem;
  problem.code = error_code::overloaded;
  problem.allowed = std::to_string(limit) + " connections";
  problem.detail = "There are too many connections; try again later.";
  return problem_response(problem);
}

}  // namespace

struct front::parts {
  parts(const far_side& far, const settings& chosen, clock_source clock);
  ~parts() { stop(); }

  void serve();
  net::awaitable<void> accept();
  void take(loop& home, tcp::socket socket);
  bool stop();
  bool drained(std::chrono::steady_clock::time_point deadline);
  /// Runs it on the loop's thread and returns what it returned; nothing if that came too late.
  template <class Result>
  std::optional<Result> on(loop& where, std::function<Result()> work, std::chrono::steady_clock::time_point deadline);

  surroundings around;
  std::atomic<std::int64_t> refused{0};  ///< connections over the bound that are being told so
  std::vector<std::unique_ptr<loop>> loops;
  std::unique_ptr<live_hub> hub;
  std::optional<tcp::acceptor> acceptor;
  std::uint16_t port = 0;
  std::vector<std::thread> threads;
  std::mutex stopping;
  std::optional<bool> stopped;
};

front::parts::parts(const far_side& far, const settings& chosen, clock_source clock) {
  around.server = chosen.server;
  around.live = chosen.live;
  around.routes = {std::move(clock), static_cast<std::size_t>(chosen.server.dislike_limit_kib) * 1024, reasons_of(far)};
  around.bound.limit = chosen.server.max_in_flight;
  std::vector<loop*> all;
  for (int count = thread_count(chosen.server.threads); count > 0; --count)
    all.push_back(loops.emplace_back(std::make_unique<loop>(around, far)).get());
  hub = std::make_unique<live_hub>(far, around, all);
  for (loop* each : all) each->hub = hub.get();
}

void front::parts::serve() {
  net::co_spawn(loops[0]->context, accept(), net::detached);
  for (const auto& each : loops) threads.emplace_back([&where = *each] { where.run(); });
}

net::awaitable<void> front::parts::accept() {
  constexpr auto waiting = net::as_tuple(net::use_awaitable);
  net::steady_timer pause(loops[0]->context);
  for (std::size_t next = 0; acceptor->is_open(); next = (next + 1) % loops.size()) {
    loop& home = *loops[next];
    auto [why, socket] = co_await acceptor->async_accept(home.context, waiting);
    if (why == net::error::operation_aborted) co_return;
    if (why) {
      pause.expires_after(accept_pause);
      co_await pause.async_wait(waiting);
    } else if (next == 0) {
      take(home, std::move(socket));
    } else {
      net::post(home.context, [this, &home, taken = std::move(socket)]() mutable { take(home, std::move(taken)); });
    }
  }
}

void front::parts::take(loop& home, tcp::socket socket) {
  place counted(around.connections);
  if (home.draining()) return;
  if (around.connections.load() <= around.server.max_connections) {
    std::make_shared<http_session>(home, std::move(socket), std::move(counted))->start();
    return;
  }
  counted = place(refused);
  if (refused.load() <= most_refused)
    std::make_shared<http_session>(home, std::move(socket), std::move(counted))
        ->refuse(too_many_connections(around.server.max_connections));
}

template <class Result>
std::optional<Result> front::parts::on(loop& where, std::function<Result()> work,
                                       std::chrono::steady_clock::time_point deadline) {
  auto task = std::make_shared<std::packaged_task<Result()>>(std::move(work));
  auto done = task->get_future();
  net::post(where.context, [task] { (*task)(); });
  if (done.wait_until(deadline) != std::future_status::ready) return std::nullopt;
  return done.get();
}

bool front::parts::drained(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    bool empty = true;
    for (const auto& each : loops) {
      const auto left = on<std::size_t>(
          *each, [&each] { return each->sessions(); }, deadline);
      empty = empty && left == 0U;
    }
    if (empty) return true;
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
}

bool front::parts::stop() {
  const std::scoped_lock once(stopping);
  if (stopped) return *stopped;
  const auto deadline = std::chrono::steady_clock::now() + around.server.drain_timeout;
  if (!threads.empty()) {
    net::post(loops[0]->context, [this] {
      failure ignored;
      acceptor->close(ignored);
    });
    for (const auto& each : loops) net::post(each->context, [&where = *each] { where.drain(); });
    stopped = drained(deadline);
    for (const auto& each : loops) each->stop();
    for (auto& each : threads) each.join();
    // Nobody else is left: what did not end in time is closed from here.
    for (const auto& each : loops) each->abort();
  }
  stopped = stopped.value_or(true);
  return *stopped;
}

result<std::unique_ptr<front>> front::start(caf::actor_system& system, const pipeline_handles& doors,
                                            const settings& chosen, clock_source clock) {
  auto made = std::make_unique<parts>(far_side_of(system, doors), chosen, std::move(clock));
  auto bound = bind(made->loops[0]->context, chosen.server.listen);
  if (!bound) return std::move(bound).problem();
  made->acceptor.emplace(*std::move(bound));
  made->port = made->acceptor->local_endpoint().port();
  made->serve();
  return std::unique_ptr<front>(new front(std::move(made)));
}

front::front(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
front::~front() = default;

std::uint16_t front::port() const { return parts_->port; }

bool front::stop() { return parts_->stop(); }

}  // namespace demur::web
