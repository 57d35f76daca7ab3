#include "answers.hpp"
#include "bodies.hpp"
#include "commands.hpp"
#include "progress.hpp"
#include "stop.hpp"
#include "table.hpp"

#include <boost/json/array.hpp>

#include <chrono>
#include <memory>
#include <ostream>

namespace demur::cli {

namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr const char* footer = R"(Examples:
  demur retrain && demur models
  demur retrain --no-wait
  demur retrain --cancel

Follows the retrain until it ends: exit code 0 if its model is published, else 1. Ctrl-C
only ends the following; the retrain goes on in the server. The server refuses (exit code
1) while a retrain runs, or if no example is unused; --cancel, if none runs.)";

struct retrain_options {
  bool is_cancel = false;
  bool without_waiting = false;
};

/// `training  epoch 3 of 10  loss 0.52  1:15 left`
std::string progress_text(const json::object& status) {
  std::string text = shown(status, "phase");
  const std::int64_t epochs = integer_of(status, "epochs");
  if (epochs > 0) text += "  epoch " + shown(status, "epoch") + " of " + std::to_string(epochs);
  if (const std::string loss = shown(status, "loss"); loss != "-") text += "  loss " + loss;
  if (shown(status, "eta_s") != "-")
    text += "  " + clock_text(std::chrono::seconds(static_cast<std::int64_t>(number_of(status, "eta_s")))) + " left";
  return text;
}

/// One line that is redrawn on a terminal; elsewhere a line when the phase changes, and every five seconds.
class progress_line {
public:
  explicit progress_line(terminal& screen) : screen_(screen) {}
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;
  ~progress_line() { end(); }

  void show(const json::object& status) {
    const std::string text = progress_text(status);
    if (screen_.err_is_tty) {
      screen_.err << "\r\x1b[K" << text << std::flush;
      drawn_ = true;
      return;
    }
    const std::string phase = text_of(status, "phase");
    const auto now = clock::now();
    if (text == last_ || (phase == phase_ && now < next_)) return;
    screen_.err << text << std::endl;
    last_ = text;
    phase_ = phase;
    next_ = now + 5s;
  }
  void end() {
    if (std::exchange(drawn_, false)) screen_.err << "\r\x1b[K" << std::flush;
  }

private:
  terminal& screen_;
  std::string last_, phase_;
  clock::time_point next_;
  bool drawn_ = false;
};

/// Of a version that is no longer the last one that was retrained: its state in the list of models.
std::string outcome_in_models(http_client& client, std::int64_t version) {
  const json::value models = expect_json(client.send_patiently({"GET", "/api/models"}));
  if (!models.is_object()) return "unknown";
  for (const json::value& item : array_of(models.get_object(), "models")) {
    if (!item.is_object() || integer_of(item.get_object(), "model_version_id") != version) continue;
    const std::string state = text_of(item.get_object(), "state");
    return state == "live" || state == "retired" ? "published" : state;
  }
  return "unknown";
}

exit_code say_end(command_context& context, std::int64_t version, const std::string& outcome,
                  const std::string& detail) {
  if (context.json) {
    context.screen.out << json::object{{"retrain_id", version}, {"outcome", outcome}, {"detail", detail}} << '\n';
  } else if (outcome == "published") {
    context.screen.out << "published: version " << version << '\n';
  } else {
    context.screen.err << "demur: version " << version << " is " << outcome << (detail.empty() ? "" : ": ") << detail
                       << '\n';
  }
  return outcome == "published" ? exit_code::ok : exit_code::refused;
}

exit_code follow(http_client& client, command_context& context, std::int64_t version) {
  catch_stop_signals();
  progress_line line(context.screen);
  try {
    do {
      const json::value body = expect_json(client.send_patiently({"GET", "/api/retrain"}));
      const json::object nothing;
      const json::object& status = body.is_object() ? body.get_object() : nothing;
      if (integer_of(status, "retrain_id") != version) {
        line.end();
        return say_end(context, version, outcome_in_models(client, version), "");
      }
      if (const std::string outcome = text_of(status, "outcome"); !outcome.empty()) {
        line.end();
        return say_end(context, version, outcome, text_of(status, "detail"));
      }
      line.show(status);
    } while (pause_for(250ms));
  } catch (const failure&) {
    if (!stop_requested()) throw;  // else it is the question that was broken off
  }
  line.end();
  context.screen.err << "demur: the retrain goes on in the server; 'demur retrain --cancel' ends it\n";
  return exit_code::refused;
}

exit_code cancel(http_client& client, command_context& context) {
  const http_answer answer = client.send({"DELETE", "/api/retrain"});
  const json::value body = expect_json(answer);
  if (context.json)
    context.screen.out << answer.body << '\n';
  else if (body.is_object())
    context.screen.out << "cancelled: version " << shown(body.get_object(), "retrain_id")
                       << "; its examples are free again\n";
  return exit_code::ok;
}

exit_code retrain(const retrain_options& chosen, command_context& context) {
  http_client client(context.url());
  if (chosen.is_cancel) return cancel(client, context);
  const http_answer answer = client.send({"POST", "/api/retrain", "", "", ""});
  const json::value body = expect_json(answer);
  if (context.json && chosen.without_waiting) context.screen.out << answer.body << '\n';
  if (!body.is_object()) return exit_code::refused;
  const json::object& ticket = body.get_object();
  if (!context.json)
    context.screen.out << "retraining: version " << shown(ticket, "retrain_id") << " with "
                       << grouped(integer_of(ticket, "claimed_examples")) << " examples"
                       << (chosen.without_waiting ? "; 'demur models' shows when it is live\n" : "\n") << std::flush;
  return chosen.without_waiting ? exit_code::ok : follow(client, context, integer_of(ticket, "retrain_id"));
}

}  // namespace

void add_retrain(CLI::App& app, command_context& context) {
  auto* command = app.add_subcommand("retrain", "Retrain now, without waiting for a trigger, and follow it");
  const auto chosen = std::make_shared<retrain_options>();
  command->footer(footer);
  auto* no_wait = command->add_flag("--no-wait", chosen->without_waiting, "Start it and return at once");
  command->add_flag("--cancel", chosen->is_cancel, "End the one that runs; its examples are given back")
      ->excludes(no_wait);
  command->callback([chosen, &context] { context.chosen = [chosen, &context] { return retrain(*chosen, context); }; });
}

}  // namespace demur::cli
