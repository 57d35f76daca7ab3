#include "domain/clock.hpp"
#include "domain/digest.hpp"
#include "domain/json_read.hpp"
#include "domain/json_write.hpp"
#include "domain/records.hpp"
#include "pipeline/actors.hpp"
#include "runtime/parts.hpp"

#include <caf/actor_registry.hpp>
#include <caf/send.hpp>
#include <caf/typed_actor.hpp>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace demur {

namespace {

caf::behavior ask_for_others(caf::event_based_actor* self) {
  return {[self](const asking_ptr& ask) { (*ask)(self); }};
}

error unavailable(std::string why) {
  return {error_code::unavailable, std::move(why), {}, {}, {}, std::chrono::seconds(1)};
}

constexpr const char* ended = "The pipeline has ended.";

error lost(const caf::error& why) {
  const bool late = why == caf::sec::request_timeout;
  return unavailable(late ? "There was no answer in server.request_timeout." : ended);
}

/// A future's other side. Dropped without an answer, as with all that the asker has when it ends, it settles all the
/// same: a future never throws.
template <class T>
class owed_result {
public:
  owed_result() = default;
  owed_result(const owed_result&) = delete;
  owed_result& operator=(const owed_result&) = delete;
  ~owed_result() {
    if (!settled_) promise_.set_value(unavailable(ended));
  }

  std::future<result<T>> future() { return promise_.get_future(); }
  void settle(result<T> value) {
    settled_ = true;
    promise_.set_value(std::move(value));
  }

private:
  std::promise<result<T>> promise_;
  bool settled_ = false;
};

template <class T>
result<T> as_result(const reply<T>& got) {
  if (got.problem) return *got.problem;
  return got.value;
}

/// Sends a request, turns the answer into a value or an error.
template <class T, class Answer, class Handle, class Convert, class... Args>
std::future<result<T>> ask(runtime::parts& parts, const Handle& to, Convert convert, Args... args) {
  auto owed = std::make_shared<owed_result<T>>();
  auto future = owed->future();
  const auto patience = parts.chosen.server.request_timeout;
  auto work = std::make_shared<const asking>([=, owed = std::move(owed)](caf::event_based_actor* self) {
    self->request(to, patience, args...)
        .then([=](const Answer& answer) { owed->settle(convert(answer)); },
              [=](const caf::error& why) { owed->settle(lost(why)); });
  });
  // One that has ended drops it, and with it what is owed.
  caf::anon_send(parts.asker, asking_ptr(std::move(work)));
  return future;
}

template <class T, class Handle, class... Args>
std::future<result<T>> ask_reply(runtime::parts& parts, const Handle& to, Args... args) {
  return ask<T, reply<T>>(parts, to, as_result<T>, std::move(args)...);
}

template <class T>
std::future<result<T>> at_once(error problem) {
  std::promise<result<T>> settled;
  settled.set_value(std::move(problem));
  return settled.get_future();
}

using answer_ptr = std::shared_ptr<const submission_answer>;

result<receipt> single_receipt(const answer_ptr& answer) {
  if (answer->refused) return *answer->refused;
  if (answer->replayed) return read_receipt(answer->json);
  return answer->rows.front();
}

result<std::vector<result<receipt>>> all_receipts(const answer_ptr& answer) {
  if (answer->refused) return *answer->refused;
  return answer->rows;
}

/// Tells requests apart as the digest of an HTTP body does.
std::string digest_of(const dislike_request& request) {
  record_writer all;
  all.field(request.movie_id.value_or(-1)).field(request.movie_title);
  all.field(request.recommendation_set_id.value_or(-1));
  all.field(request.predicted_score.value_or(-1.0)).field(request.reason);
  all.field(request.feedback_text.value_or("")).field(request.franchise.value_or(""));
  all.field(request.context).end();
  for (const auto& genre : request.genres) all.field(genre);
  all.end();
  for (const auto& member : request.cast) all.field(member);
  all.end();
  if (request.created_at) all.field(request.created_at->time_since_epoch().count());
  return digest(all.take());
}

std::shared_ptr<const submission> submit_one(dislike_request request, std::string key, timestamp now) {
  auto sent = std::make_shared<submission>();
  sent->user_id = request.user_id;
  if (!key.empty()) sent->body_digest = digest_of(request);
  sent->idempotency_key = std::move(key);
  sent->rows.push_back(validate(std::move(request), now));
  sent->checked = true;
  return sent;
}

}  // namespace

runtime::runtime(std::unique_ptr<parts> made) : parts_(std::move(made)) {}

runtime::~runtime() {
  stop();
  // An actor that hangs (in a plugin, in the disk) cannot be ended and goes on using what it was given: better left than
  // taken from under it.
  if (!parts_->actors_ended) (void)parts_.release();
}

result<std::unique_ptr<runtime>> runtime::start(const settings& chosen, runtime_parts given) {
  auto made = std::make_unique<parts>();
  made->chosen = chosen;
  made->clock = given.clock ? given.clock : system_clock();
  auto whole = compose(made->system, chosen, std::move(given));
  if (!whole) return std::move(whole).problem();
  made->handles = std::move(whole->doors);
  made->shared = std::move(whole->shared);
  // On a thread of its own: it must notice that an answer is late even if the worker of all others hangs.
  made->asker = made->system.spawn<caf::detached>(ask_for_others);
  return std::unique_ptr<runtime>(new runtime(std::move(made)));
}

std::future<result<receipt>> runtime::dislike(dislike_request request, std::string key) {
  if (!key.empty())
    if (auto usable = check_idempotency_key(key); !usable) return at_once<receipt>(usable.problem());
  return ask<receipt, answer_ptr>(*parts_, parts_->handles.pipeline, single_receipt, submit_atom::value,
                                  submit_one(std::move(request), std::move(key), parts_->clock()));
}

std::future<result<std::vector<result<receipt>>>> runtime::dislike_all(std::vector<dislike_request> requests) {
  auto sent = std::make_shared<submission>();
  sent->batch = true;
  sent->checked = true;
  const timestamp now = parts_->clock();
  for (dislike_request& request : requests) sent->rows.push_back(validate(std::move(request), now));
  return ask<std::vector<result<receipt>>, answer_ptr>(*parts_, parts_->handles.pipeline, all_receipts,
                                                       submit_atom::value,
                                                       std::shared_ptr<const submission>(std::move(sent)));
}

std::future<result<std::int64_t>> runtime::add_movies(std::vector<movie> movies) {
  return ask_reply<std::int64_t>(*parts_, parts_->handles.pipeline, movies_atom::value,
                                 std::make_shared<const std::vector<movie>>(std::move(movies)));
}

std::future<result<std::int64_t>> runtime::add_ratings(std::vector<user_rating> ratings) {
  const timestamp now = parts_->clock();
  for (user_rating& rating : ratings)
    if (rating.created_at == timestamp{}) rating.created_at = now;
  return ask_reply<std::int64_t>(*parts_, parts_->handles.pipeline, ratings_atom::value,
                                 std::make_shared<const std::vector<user_rating>>(std::move(ratings)));
}

std::future<result<id>> runtime::add_recommendation_set(recommendation_set shown) {
  return ask_reply<id>(*parts_, parts_->handles.pipeline, shown_atom::value,
                       std::make_shared<const recommendation_set>(std::move(shown)));
}

std::future<result<rerank_answer>> runtime::rerank(rerank_request request) {
  auto checked = validate(std::move(request));
  if (!checked) return at_once<rerank_answer>(std::move(checked).problem());
  const auto convert = [](const std::shared_ptr<const reply<rerank_answer>>& got) { return as_result(*got); };
  return ask<rerank_answer, std::shared_ptr<const reply<rerank_answer>>>(
      *parts_, parts_->handles.queries, convert, rerank_atom::value,
      std::make_shared<const rerank_request>(*std::move(checked)));
}

std::future<result<recommendations>> runtime::recommend(recommendation_request request) {
  auto checked = validate(std::move(request));
  if (!checked) return at_once<recommendations>(std::move(checked).problem());
  const auto convert = [](const std::shared_ptr<const reply<recommendations>>& got) { return as_result(*got); };
  return ask<recommendations, std::shared_ptr<const reply<recommendations>>>(
      *parts_, parts_->handles.queries, convert, recommend_atom::value,
      std::make_shared<const recommendation_request>(*std::move(checked)));
}

std::future<result<explanation>> runtime::explain(std::string user_id, id movie_id) {
  const auto convert = [](const std::shared_ptr<const reply<explanation>>& got) { return as_result(*got); };
  return ask<explanation, std::shared_ptr<const reply<explanation>>>(*parts_, parts_->handles.queries, convert,
                                                                     explain_atom::value, std::move(user_id), movie_id);
}

std::future<result<history_page>> runtime::history(std::string user_id, std::int64_t limit, id cursor) {
  return ask_reply<history_page>(*parts_, parts_->handles.queries, history_atom::value, std::move(user_id), limit,
                                 cursor);
}

std::future<result<pattern_summary>> runtime::patterns(std::string user_id) {
  return ask_reply<pattern_summary>(*parts_, parts_->handles.queries, patterns_atom::value, std::move(user_id));
}

std::future<result<feedback_metrics>> runtime::metrics() {
  return ask_reply<feedback_metrics>(*parts_, parts_->handles.pipeline, metrics_atom::value);
}

std::future<result<model_version_page>> runtime::model_version(id version, std::int64_t limit, id cursor) {
  return ask_reply<model_version_page>(*parts_, parts_->handles.queries, model_atom::value, version, limit, cursor);
}

std::future<result<demur::model_version>> runtime::promote_model(id version) {
  return ask_reply<demur::model_version>(*parts_, parts_->handles.pipeline, promote_atom::value, version);
}

std::future<result<demur::model_version>> runtime::rollback_model(id version, std::string reason) {
  return ask_reply<demur::model_version>(*parts_, parts_->handles.pipeline, rollback_atom::value, version,
                                         std::move(reason));
}

std::future<result<std::vector<demur::model_version>>> runtime::models() {
  return ask_reply<std::vector<demur::model_version>>(*parts_, parts_->handles.queries, models_atom::value);
}

std::future<result<preview_answer>> runtime::preview(preview_request request) {
  const auto convert = [](const std::shared_ptr<const reply<preview_answer>>& got) { return as_result(*got); };
  return ask<preview_answer, std::shared_ptr<const reply<preview_answer>>>(
      *parts_, parts_->handles.pipeline, convert, preview_atom::value,
      std::make_shared<const preview_request>(std::move(request)));
}

std::future<result<std::vector<plugin_report>>> runtime::plugins() {
  return ask_reply<std::vector<plugin_report>>(*parts_, parts_->handles.queries, plugins_atom::value);
}

std::future<result<plugin_changes>> runtime::reload_plugins() {
  return ask_reply<plugin_changes>(*parts_, parts_->handles.pipeline, reload_atom::value);
}

std::future<result<shadow_report>> runtime::shadow(std::string plugin) {
  return ask_reply<shadow_report>(*parts_, parts_->handles.queries, shadow_atom::value, std::move(plugin));
}

std::future<result<plugin_promotion>> runtime::promote(std::string plugin) {
  return ask_reply<plugin_promotion>(*parts_, parts_->handles.pipeline, promote_atom::value, std::move(plugin));
}

std::future<result<retrain_ticket>> runtime::retrain() {
  return ask_reply<retrain_ticket>(*parts_, parts_->handles.pipeline, retrain_atom::value);
}

std::future<result<retrain_status>> runtime::retrain_progress() {
  return ask_reply<retrain_status>(*parts_, parts_->handles.queries, progress_atom::value);
}

std::future<result<id>> runtime::cancel_retrain() {
  return ask_reply<id>(*parts_, parts_->handles.pipeline, cancel_atom::value);
}

namespace {

template <class T, class Convert>
std::future<result<T>> ask_experiments(runtime::parts& parts, experiment_request wanted, Convert convert) {
  return ask<T, experiment_answer_ptr>(parts, parts.handles.pipeline, convert, experiment_atom::value,
                                       std::make_shared<const experiment_request>(std::move(wanted)));
}

std::future<result<experiment_report>> ask_experiment(runtime::parts& parts, experiment_request wanted) {
  return ask_experiments<experiment_report>(parts, std::move(wanted),
                                            [](const experiment_answer_ptr& got) -> result<experiment_report> {
                                              if (got->problem) return *got->problem;
                                              return got->value.front();
                                            });
}

}  // namespace

std::future<result<experiment_report>> runtime::begin_experiment(experiment_plan plan) {
  return ask_experiment(*parts_, {experiment_request::verb::begin, std::move(plan), 0});
}

std::future<result<std::vector<experiment_report>>> runtime::experiments() {
  return ask_experiments<std::vector<experiment_report>>(
      *parts_, {}, [](const experiment_answer_ptr& got) { return as_result(*got); });
}

std::future<result<experiment_report>> runtime::experiment(id experiment_id) {
  return ask_experiment(*parts_, {experiment_request::verb::show, {}, experiment_id});
}

std::future<result<experiment_report>> runtime::stop_experiment(id experiment_id) {
  return ask_experiment(*parts_, {experiment_request::verb::stop, {}, experiment_id});
}

std::future<result<feature_impact_report>> runtime::feature_impact(feature_impact_request request) {
  return ask_reply<feature_impact_report>(*parts_, parts_->handles.pipeline, impact_atom::value, std::move(request));
}

std::future<result<experiment_assignment>> runtime::assignment(id experiment_id, std::string user_id) {
  return ask_reply<experiment_assignment>(*parts_, parts_->handles.queries, assignment_atom::value, experiment_id,
                                          std::move(user_id));
}

std::vector<std::string> runtime::reasons() const { return parts_->handles.reasons(); }

namespace {

using steady = std::chrono::steady_clock;

/// CAF can only wait for ever.
bool wait_for_actors(caf::actor_system& system, steady::time_point deadline) {
  while (system.registry().running() > 0) {
    if (steady::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

/// Returns whether nothing was left undone.
bool end(runtime::parts& all) {
  const auto deadline = steady::now() + all.chosen.server.drain_timeout;
  auto drained = std::make_shared<owed_result<bool>>();
  auto finishing = drained->future();
  auto drain =
      std::make_shared<const asking>([pipeline = all.handles.pipeline, drained = std::move(drained)](auto* self) {
        // Whoever stops looks at the time himself.
        self->request(pipeline, caf::infinite, drain_atom::value)
            .then([drained](const reply<bool>& done) { drained->settle(as_result(done)); },
                  [drained](const caf::error& why) { drained->settle(lost(why)); });
      });
  caf::anon_send(all.asker, asking_ptr(std::move(drain)));
  const bool finished = finishing.wait_until(deadline) == std::future_status::ready && finishing.get().has_value();
  caf::anon_send_exit(all.handles.queries, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(all.handles.pipeline, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(all.asker, caf::exit_reason::user_shutdown);
  // To end takes a moment, however little time there was to finish.
  const auto last_moment = std::max(deadline, steady::now() + std::chrono::seconds(1));
  all.actors_ended = wait_for_actors(all.system, last_moment);
  const bool trainer_came_back = all.shared->training.wait_until_free(last_moment);
  return finished && all.actors_ended && trainer_came_back;
}

}  // namespace

bool runtime::stop() {
  const std::scoped_lock one_at_a_time(parts_->stopping);
  if (!parts_->stopped) parts_->stopped = end(*parts_);
  return *parts_->stopped;
}

}  // namespace demur
