#include "watch_view.hpp"

#include "answers.hpp"
#include "bodies.hpp"
#include "metrics_view.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <cmath>
#include <ostream>
#include <sstream>

namespace demur::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kept_events = 100;
constexpr std::chrono::seconds rate_window{10};

std::string adjustments_text(const json::object& data) {
  std::string text;
  for (const json::value& item : array_of(data, "adjustments")) {
    if (!item.is_object()) continue;
    const json::object& row = item.get_object();
    text += (text.empty() ? "" : ", ") + shown(row, "feature_affected") +
            (text_of(row, "impact_type") == "filter" ? " hidden" : " -> " + shown(row, "weight_after"));
  }
  return text;
}

std::string title_of(const json::object& row) {
  const std::string title = shown(row, "movie_title");
  return title == "-" ? "movie " + shown(row, "movie_id") : "\"" + title + "\"";
}

/// A step of a retrain, or a version that went live.
std::string version_text(const json::object& version, const json::object& cause) {
  const std::string number = shown(version, "model_version_id");
  const std::string rule = shown(cause, "rule");
  const std::int64_t examples = integer_of(version, "claimed_examples");
  std::string text = number == "-" ? "" : "  version " + number;
  if (examples > 0) text += "  " + grouped(examples) + (examples == 1 ? " example" : " examples");
  return text + (rule == "-" ? "" : "  because of " + rule);
}

/// What an event says, in words. An event of a newer server is shown as it came.
std::string said(const std::string& type, const json::object& data) {
  const std::string user = shown(data, "user_id");
  if (type == "dislike") return user + "  " + title_of(data) + "  " + shown(data, "reason");
  if (type == "adjustment") return user + "  " + adjustments_text(data);
  if (type == "pattern")
    return (user == "-" ? "everybody" : user) + "  " + shown(data, "pattern_type") + " " +
           shown(data, "pattern_value") + "  " + shown(data, "frequency") + " times, " + shown(data, "severity");
  if (type == "gap") return shown(data, "missed") + " events missed: this client was too slow";
  if (type == "metrics" || type == "snapshot") {
    const json::object& figures = type == "snapshot" ? object_of(data, "metrics") : data;
    return shown(figures, "total_dislikes") + " dislikes, mean error " + shown(figures, "avg_prediction_error") + ", " +
           shown(figures, "untrained_negative_examples") + " untrained, model " + shown(figures, "model_version_id");
  }
  if (type == "retrain") {
    const std::string detail = shown(data, "detail");
    const json::object& progress = object_of(data, "progress");
    if (!progress.empty())
      return shown(progress, "phase") + "  epoch " + shown(progress, "epoch") + " of " + shown(progress, "epochs") +
             "  loss " + shown(progress, "loss");
    return shown(data, "phase") + version_text(object_of(data, "version"), object_of(data, "cause")) +
           (detail == "-" ? "" : "  " + detail);
  }
  if (type == "experiment") {
    const json::object& experiment = object_of(data, "experiment");
    const std::string decision = text_of(experiment, "decision");
    return shown(data, "phase") + "  " + shown(experiment, "name") + (decision.empty() ? "" : "  " + decision);
  }
  if (type == "model") {
    const std::string change = shown(data, "change"), detail = shown(data, "detail");
    return (change == "-" ? shown(data, "state") : change) + version_text(data, object_of(data, "cause")) +
           (detail == "-" ? "" : "  " + detail);
  }
  return json::serialize(data);
}

/// `2026-11-22T23:34:32.123Z` -> `23:34:32`
std::string time_of_day(const json::object& message) {
  const std::string at = text_of(message, "at");
  return at.size() >= 19 ? at.substr(11, 8) : "--:--:--";
}

}  // namespace

std::string live_line(const json::object& message) {
  const std::string type = text_of(message, "type");
  std::string line = time_of_day(message) + "  " + shown(message, "seq");
  line += std::string(line.size() < 18 ? 18 - line.size() : 1, ' ') + type;
  line += std::string(type.size() < 11 ? 11 - type.size() : 1, ' ') + said(type, object_of(message, "data"));
  return line;
}

void watch_view::connected() { state_ = "connected"; }

void watch_view::down(const std::string& why) { state_ = "no connection (" + why + "), trying again"; }

void watch_view::take(const json::object& message, clock::time_point now) {
  const std::string type = text_of(message, "type");
  const json::object& data = object_of(message, "data");
  if (type == "gap") missed_ += integer_of(data, "missed");
  if (type == "snapshot" || type == "metrics") {
    metrics_ = type == "snapshot" ? object_of(data, "metrics") : data;
    // A snapshot is another connection, perhaps another server: its count does not go on from the last.
    if (type == "snapshot") samples_.clear();
    samples_.push_back({now, integer_of(metrics_, "total_dislikes")});
    while (samples_.size() > 2 && now - samples_.front().at > rate_window) samples_.pop_front();
    return;
  }
  ++events_;
  lines_.push_back(live_line(message));
  if (lines_.size() > kept_events) lines_.pop_front();
}

double watch_view::rate(clock::time_point now) const {
  if (samples_.size() < 2) return 0.0;
  const std::chrono::duration<double> span = now - samples_.front().at;
  // Nothing new for a while is a rate too: the window goes on without samples.
  if (now - samples_.back().at > rate_window || span.count() <= 0.0) return 0.0;
  return static_cast<double>(samples_.back().dislikes - samples_.front().dislikes) / span.count();
}

void watch_view::draw(std::ostream& out, clock::time_point now, std::size_t rows, std::size_t columns) const {
  std::ostringstream page;
  page << "Demur at " << server_ << "  " << state_ << '\n';
  page << grouped(events_) << " events seen" << (missed_ > 0 ? ", " + grouped(missed_) + " missed" : "") << ", "
       << short_number(std::round(rate(now) * 10) / 10) << " dislikes/s; Ctrl-C ends this\n\n";
  print_metrics(page, metrics_, true);
  page << '\n';

  // Home, then line over line: a screen that is cleared first flickers. Without a line end after the last line, for that
  // would scroll a full screen.
  std::string screen = "\x1b[H";
  std::size_t used = 0;
  const auto put = [&](const std::string& line) {
    if (used == rows) return;
    screen += (used++ == 0 ? "" : "\n") + fitted(line, columns) + "\x1b[K";
  };
  std::istringstream lines(page.str());
  for (std::string line; std::getline(lines, line);) put(line);
  const std::size_t room = rows - used;
  for (std::size_t i = lines_.size() > room ? lines_.size() - room : 0; i < lines_.size(); ++i) put(lines_[i]);
  out << screen << "\x1b[J" << std::flush;
}

}  // namespace demur::cli
