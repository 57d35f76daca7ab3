#include "web/fakes.hpp"

#include "domain/clock.hpp"
#include "domain/json_write.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include <charconv>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace demur::web {

namespace {

using namespace std::chrono_literals;
using answer_ptr = std::shared_ptr<const submission_answer>;
using later_atom = caf::atom_constant<caf::atom("later")>;
using emit_atom = caf::atom_constant<caf::atom("emit")>;

using fake_pipeline =
    pipeline_actor::extend<caf::reacts_to<later_atom, std::uint64_t>, caf::reacts_to<emit_atom, live_update_ptr>>;

struct pipeline_state {
  std::shared_ptr<web::seen> seen;
  std::uint64_t number = 0;
  std::map<std::uint64_t, std::pair<caf::typed_response_promise<answer_ptr>, answer_ptr>> waiting;
  std::vector<live_listener_actor> listeners;
  live_update_ptr first;  ///< what a new listener is sent
};
using pipeline_pointer = fake_pipeline::stateful_pointer<pipeline_state>;

std::string title_of(const submission& asked) {
  for (const auto& row : asked.rows)
    if (row) return row->movie_title;
  return {};
}

answer_ptr answer_to(const submission& asked, std::uint64_t number) {
  auto made = std::make_shared<submission_answer>();
  const std::string title = title_of(asked);
  if (title == "refuse") made->refused = error{error_code::overloaded, "Full.", {}, {}, {}, std::chrono::seconds(7)};
  for (const auto& row : asked.rows) {
    if (!row || row->movie_title == "bad row")
      made->rows.emplace_back(error{error_code::bad_value, "Bad row.", "reason", {}, {}});
    else
      made->rows.emplace_back(receipt{});
  }
  made->replayed = title == "replay";
  if (asked.batch) {
    made->json = batch_json(made->rows);
  } else {
    made->json = R"({"title":")" + title + R"(","number":)" + std::to_string(number) + "}";
  }
  if (made->replayed) made->rows.clear();
  return made;
}

caf::result<answer_ptr> submit(pipeline_pointer self, const submission& asked) {
  auto& state = self->state;
  const std::string title = title_of(asked);
  ++state.seen->submissions;
  state.seen->rows += static_cast<int>(asked.rows.size());
  const std::uint64_t number = ++state.number;
  answer_ptr answer = answer_to(asked, number);
  if (title == "die") self->quit(caf::exit_reason::unhandled_exception);
  const bool held = title == "die" || title == "silence" || title.starts_with("delay ");
  if (!held) return answer;
  ++state.seen->waiting;
  auto promise = self->make_response_promise<answer_ptr>();
  state.waiting.emplace(number, std::pair(promise, std::move(answer)));
  int delay = 0;
  if (title.starts_with("delay ")) {
    std::from_chars(title.data() + 6, title.data() + title.size(), delay);
    self->delayed_send(self, std::chrono::milliseconds(delay), later_atom::value, number);
  }
  return promise;
}

void finish(pipeline_pointer self, std::uint64_t number) {
  auto& state = self->state;
  const auto at = state.waiting.find(number);
  at->second.first.deliver(std::move(at->second.second));
  state.waiting.erase(at);
  --state.seen->waiting;
}

void listen(pipeline_pointer self, const live_listener_actor& listener) {
  auto& state = self->state;
  self->monitor(listener);
  state.listeners.push_back(listener);
  state.seen->listeners = static_cast<int>(state.listeners.size());
  self->send(listener, events_atom::value, state.first);
}

void forget(pipeline_state& state, const caf::down_msg& gone) {
  std::erase_if(state.listeners, [&](const auto& each) { return each.address() == gone.source; });
  state.seen->listeners = static_cast<int>(state.listeners.size());
}

void emit_to_all(pipeline_pointer self, const live_update_ptr& update) {
  auto& state = self->state;
  for (const auto& listener : state.listeners) self->send(listener, events_atom::value, update);
  auto first = std::make_shared<live_update>(*update);
  first->events.clear();
  if (first->metrics.empty()) first->metrics = state.first->metrics;
  if (!update->events.empty()) first->last_seq = update->events.back().seq;
  state.first = std::move(first);
  ++state.seen->updates;
}

fake_pipeline::behavior_type pipeline_of(pipeline_pointer self, std::shared_ptr<web::seen> seen) {
  self->state.seen = std::move(seen);
  self->state.first = std::make_shared<const live_update>(live_update{"s1", {}, R"({"total_dislikes":0})", 0});
  self->set_down_handler([self](const caf::down_msg& gone) { forget(self->state, gone); });
  return {
      [self](submit_atom, const std::shared_ptr<const submission>& asked) { return submit(self, *asked); },
      [](movies_atom, const std::shared_ptr<const std::vector<movie>>& rows) {
        return reply<std::int64_t>{std::nullopt, static_cast<std::int64_t>(rows->size())};
      },
      [](ratings_atom, const std::shared_ptr<const std::vector<user_rating>>& rows) {
        return reply<std::int64_t>{std::nullopt, static_cast<std::int64_t>(rows->size())};
      },
      [](shown_atom, const std::shared_ptr<const recommendation_set>&) {
        return reply<id>{std::nullopt, 77};
      },
      [](preview_atom, const std::shared_ptr<const preview_request>& asked) {
        auto made = std::make_shared<reply<preview_answer>>();
        made->value.user_id = asked->dislike.user_id;
        return std::shared_ptr<const reply<preview_answer>>(std::move(made));
      },
      [](reload_atom) {
        return reply<plugin_changes>{std::nullopt, {{"new_one"}, {}, {}, {}, {}}};
      },
      [](promote_atom, const std::string& plugin) {
        return reply<plugin_promotion>{std::nullopt, {"wrong_genre", "other", plugin}};
      },
      [](impact_atom, const feature_impact_request& wanted) {
        reply<feature_impact_report> made;
        made.value.reason = wanted.reason;
        return made;
      },
      [](experiment_atom, const experiment_request_ptr& wanted) {
        experiment_report one;
        one.experiment_id = wanted->experiment_id == 0 ? 5 : wanted->experiment_id;
        one.plan = wanted->plan;
        return experiment_answer_ptr(std::make_shared<reply<std::vector<experiment_report>>>(
            reply<std::vector<experiment_report>>{std::nullopt, {one}}));
      },
      [](retrain_atom) {
        return reply<retrain_ticket>{error{error_code::conflict, "One runs.", {}, {}, {}}, {}};
      },
      [](promote_atom, id version) {
        reply<model_version> made;
        made.value.model_version_id = version;
        return made;
      },
      [](rollback_atom, id, const std::string& reason) {
        if (reason.empty()) return reply<model_version>{};
        return reply<model_version>{error{error_code::conflict, reason, {}, {}, {}}, {}};
      },
      [](cancel_atom) {
        return reply<id>{std::nullopt, 78};
      },
      [](progress_atom, id retrain_id, const std::string& json) {
        if (retrain_id == 13) return reply<std::int64_t>{error{error_code::not_found, "No 13.", {}, {}, {}}, 0};
        return reply<std::int64_t>{std::nullopt, static_cast<std::int64_t>(json.size())};
      },
      [](result_atom, id, const std::string&) {
        return reply<bool>{std::nullopt, true};
      },
      [](metrics_atom) { return reply<feedback_metrics>{}; },
      [self](subscribe_atom, const live_listener_actor& listener) { listen(self, listener); },
      [](ready_atom) {
        return reply<bool>{std::nullopt, true};
      },
      [](drain_atom) {
        return reply<bool>{std::nullopt, true};
      },
      [self](later_atom, std::uint64_t number) { finish(self, number); },
      [self](emit_atom, const live_update_ptr& update) { emit_to_all(self, update); },
  };
}

caf::result<reply<history_page>> history(queries_actor::pointer self, const std::string& user, std::int64_t limit) {
  if (user == "fail") return reply<history_page>{error{error_code::unavailable, "No store.", {}, {}, {}}, {}};
  if (user == "die") self->quit(caf::exit_reason::unhandled_exception);
  if (user == "slow") std::this_thread::sleep_for(50ms);
  reply<history_page> made;
  made.value.user_id = user;
  made.value.total = limit;
  return made;
}

queries_actor::behavior_type queries_of(queries_actor::pointer self) {
  return {
      [self](history_atom, const std::string& user, std::int64_t limit, id) { return history(self, user, limit); },
      [](patterns_atom, const std::string& user) {
        reply<pattern_summary> made;
        if (!user.empty()) made.value.user_id = user;
        return made;
      },
      [](rerank_atom, const std::shared_ptr<const rerank_request>& asked) {
        auto made = std::make_shared<reply<rerank_answer>>();
        made->value.user_id = asked->user_id;
        return std::shared_ptr<const reply<rerank_answer>>(std::move(made));
      },
      [](recommend_atom, const std::shared_ptr<const recommendation_request>& asked) {
        auto made = std::make_shared<reply<recommendations>>();
        made->value.user_id = asked->user_id;
        return std::shared_ptr<const reply<recommendations>>(std::move(made));
      },
      [](explain_atom, const std::string& user, id movie_id) {
        auto made = std::make_shared<reply<explanation>>();
        made->value.user_id = user;
        made->value.movie_id = movie_id;
        return std::shared_ptr<const reply<explanation>>(std::move(made));
      },
      [](models_atom) { return reply<std::vector<model_version>>{}; },
      [](model_atom, id version, std::int64_t limit, id) {
        reply<model_version_page> made;
        made.value.version.model_version_id = version;
        made.value.claimed_dislikes.assign(static_cast<std::size_t>(limit), 9);
        return made;
      },
      [](progress_atom) { return reply<retrain_status>{}; },
      [](page_atom, id, const std::string& file, std::int64_t cursor) {
        reply<training_page> made;
        made.value.text = file + " from " + std::to_string(cursor) + "\n";
        if (cursor == 0) made.value.next_cursor = 7;
        return made;
      },
      [](plugins_atom) { return reply<std::vector<plugin_report>>{}; },
      [](shadow_atom, const std::string& plugin) {
        return reply<shadow_report>{error{error_code::not_found, "No shadow of " + plugin + ".", {}, {}, {}}, {}};
      },
      [](assignment_atom, id experiment_id, const std::string& user_id) {
        return reply<experiment_assignment>{std::nullopt, {experiment_id, user_id, "candidate", 7, true}};
      },
      [](ready_atom) {
        return reply<bool>{std::nullopt, true};
      },
  };
}

}  // namespace

served::served(const std::function<void(settings&)>& choose) {
  config_.set("scheduler.max-threads", std::size_t{2});
  system_ = std::make_unique<caf::actor_system>(config_);
  doors_ = {system_->spawn(pipeline_of, seen_), system_->spawn(queries_of), [] {
              return std::vector<std::string>{"not_interested", "wrong_genre"};
            }};
  settings chosen;
  chosen.server.listen = "127.0.0.1:0";
  chosen.server.threads = 2;
  choose(chosen);
  auto started = web::front::start(*system_, doors_, chosen, [held = clock_held_, now = system_clock()] {
    const std::scoped_lock until_released(*held);
    return now();
  });
  if (!started) throw std::runtime_error(started.problem().detail);
  front_ = *std::move(started);
}

served::~served() {
  front_.reset();
  caf::anon_send_exit(doors_.pipeline, caf::exit_reason::kill);
  caf::anon_send_exit(doors_.queries, caf::exit_reason::kill);
  doors_ = {};
}

void served::emit(int count, const std::string& type, const std::string& user, const std::string& reason) {
  auto update = std::make_shared<live_update>();
  update->stream = stream_;
  for (int made = 0; made < count; ++made) {
    const std::uint64_t seq = ++seq_;
    update->events.push_back({seq, type, timestamp{}, user, reason, R"({"n":)" + std::to_string(seq) + "}"});
  }
  send(std::move(update));
}

void served::emit_metrics(int total) {
  auto update = std::make_shared<live_update>();
  update->stream = stream_;
  update->metrics = R"({"total_dislikes":)" + std::to_string(total) + "}";
  update->last_seq = seq_;
  send(std::move(update));
}

void served::begin_stream(const std::string& name) {
  stream_ = name;
  seq_ = 0;
  emit_metrics(0);
}

void served::end_pipeline() { caf::anon_send_exit(doors_.pipeline, caf::exit_reason::kill); }

void served::send(live_update_ptr update) {
  caf::anon_send(caf::actor_cast<fake_pipeline>(caf::actor_cast<caf::strong_actor_ptr>(doors_.pipeline)),
                 emit_atom::value, std::move(update));
}

bool eventually(const std::function<bool()>& so) {
  for (const auto end = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < end;) {
    if (so()) return true;
    std::this_thread::sleep_for(2ms);
  }
  return so();
}

}  // namespace demur::web
