#include "web/loop.hpp"

#include "web/live_session.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <exception>
#include <utility>

namespace demur::web {

namespace {

/// Often enough to keep every timeout to a quarter, seldom enough to cost nothing.
std::chrono::milliseconds tick_period(const settings::server_section& server) {
  const auto shortest = std::min({server.header_timeout, server.idle_timeout, server.request_timeout});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(250));
}

/// Not strftime: its names of days and months are the locale's.
std::string imf_fixdate(std::time_t now) {
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  const int size = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                 days.at(parts.tm_wday), parts.tm_mday, months.at(parts.tm_mon), parts.tm_year + 1900,
                                 parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(size)};
}

}  // namespace

session::session(loop& home) : home_(home), place_in_loop_(home.sessions_.insert(home.sessions_.end(), this)) {}
session::~session() { home_.sessions_.erase(place_in_loop_); }

loop::loop(surroundings& around_, const far_side& far)
    : around(around_),
      pipeline(far, around_.server.request_timeout, around_.bound, [this] { net::post(context, [this] { poll(); }); }),
      timer_(context),
      period_(tick_period(around_.server)),
      now_(std::chrono::steady_clock::now()),
      metrics_timer_(context) {}

void loop::run() {
  const auto work = net::make_work_guard(context);
  tick();
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception&) {
      // Out of memory in one connection's work; the others go on.
      continue;
    }
  }
}

void loop::tick() {
  now_ = std::chrono::steady_clock::now();
  if (const std::time_t today = std::time(nullptr); today != date_of_) {
    date_of_ = today;
    date_ = imf_fixdate(today);
  }
  pipeline.expire(now_);
  each_session([this](session& each) { each.tick(now_); });
  flush_marked();
  arm();
}

void loop::arm() {
  timer_.expires_after(period_);
  timer_.async_wait([this](const failure& why) {
    if (!why) tick();
  });
}

void loop::poll() {
  pipeline.poll();
  flush_marked();
}

void loop::mark(std::shared_ptr<session> changed) {
  if (std::exchange(changed->marked_, true)) return;
  marked_.push_back(std::move(changed));
}

void loop::flush_marked() {
  // Flushing may let a connection read on and mark others, or itself again.
  for (auto batch = std::exchange(marked_, {}); !batch.empty(); batch = std::exchange(marked_, {})) {
    for (const auto& each : batch) {
      each->marked_ = false;
      each->flush();
    }
  }
}

void loop::drain() {
  draining_ = true;
  each_session([](session& each) { each.drain(); });
}

void loop::abort() {
  each_session([](session& each) { each.abort(); });
}

void loop::deliver(const live_batch_ptr& batch) {
  if (batch->snapshot) newest_metrics_.reset();
  // One that cannot be written to leaves the list.
  for (auto at = live_.begin(); at != live_.end();) (*at++)->take(*batch);
  if (batch->metrics) {
    if (metrics_resting_)
      newest_metrics_ = batch->metrics;
    else
      offer_metrics(batch->metrics);
  }
  // After the metrics, so that both leave in one write.
  flush_live();
}

void loop::flush_live() {
  for (auto at = live_.begin(); at != live_.end();) (*at++)->flush();  // as above
}

void loop::offer_metrics(const payload& newest) {
  for (live_session* client : live_) client->offer_metrics(newest);
  metrics_resting_ = true;
  metrics_timer_.expires_after(around.live.metrics_interval);
  metrics_timer_.async_wait([this](const failure& why) {
    metrics_resting_ = false;
    if (why || !newest_metrics_) return;
    offer_metrics(std::exchange(newest_metrics_, nullptr));
    flush_live();
  });
}

}  // namespace demur::web
