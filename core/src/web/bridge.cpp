#include "web/bridge.hpp"

#include "domain/json_write.hpp"
#include "domain/json_writer.hpp"
#include "web/bridge_mailbox.hpp"

#include <demur/actors.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/system_messages.hpp>

#include <exception>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>

namespace demur::web {

namespace {

response unavailable(std::string why, const load& counted) {
  error problem;
  problem.code = error_code::unavailable;
  problem.detail = std::move(why);
  if (counted.written > 0)
    problem.detail += " Whether it was stored is not known; with an Idempotency-Key it is safe to send it again.";
  return problem_response(problem);
}

constexpr const char* failed = "The part of the server that works on this request has failed.";

response overloaded(std::int64_t limit) {
  error problem;
  problem.code = error_code::overloaded;
  problem.allowed = std::to_string(limit) + " at a time";
  problem.detail = "Too much is being worked on just now; nothing was stored.";
  return problem_response(problem);
}

/// Not the type that the interface promises: it was not the actor that answered.
response misunderstood() {
  error problem;
  problem.code = error_code::internal;
  problem.detail = "The answer to this request could not be understood.";
  return problem_response(problem);
}

response of_submission(const caf::type_erased_tuple& letter, bool batch) {
  using answer = std::shared_ptr<const submission_answer>;
  if (!letter.match_elements<answer>()) return misunderstood();
  const answer& given = letter.get_as<answer>(0);
  if (given->refused) return problem_response(*given->refused);
  if (!batch && !given->rows.empty() && !given->rows[0]) return problem_response(given->rows[0].problem());
  response made;
  made.status = batch ? 200 : 201;
  made.shared_body = std::shared_ptr<const std::string>(given, &given->json);
  made.replayed = given->replayed;
  return made;
}

template <class Value>
response of_reply(const caf::type_erased_tuple& letter, int status, auto write) {
  if (!letter.match_elements<reply<Value>>()) return misunderstood();
  const auto& given = letter.get_as<reply<Value>>(0);
  if (given.problem) return problem_response(*given.problem);
  return json_response(status, write(given.value));
}

std::string number_member(std::string_view name, std::int64_t number) {
  json_writer out;
  return out.open_object().member(name, number).close_object().take();
}

/// Of an answer that is too large to be copied.
template <class Value>
response of_shared_reply(const caf::type_erased_tuple& letter) {
  using answer = std::shared_ptr<const reply<Value>>;
  if (!letter.match_elements<answer>()) return misunderstood();
  const answer& given = letter.get_as<answer>(0);
  if (given->problem) return problem_response(*given->problem);
  return json_response(200, to_json(given->value));
}

/// CSV, or for the task JSON; where the next page is, a link says (RFC 8288).
response of_page(const caf::type_erased_tuple& letter, const ask::training_page& what) {
  if (!letter.match_elements<reply<training_page>>()) return misunderstood();
  const auto& given = letter.get_as<reply<training_page>>(0);
  if (given.problem) return problem_response(*given.problem);
  response made = json_response(200, given.value.text);
  if (what.file != "task") made.media = media::csv;
  if (given.value.next_cursor)
    made.extra = "Link: </api/retrain/" + std::to_string(what.retrain_id) + "/training-set?file=" + what.file +
                 "&cursor=" + std::to_string(*given.value.next_cursor) + ">; rel=\"next\"\r\n";
  return made;
}

/// A list, or the one that was meant.
response of_experiments(const caf::type_erased_tuple& letter, experiment_request::verb wanted) {
  if (!letter.match_elements<experiment_answer_ptr>()) return misunderstood();
  const auto& given = letter.get_as<experiment_answer_ptr>(0);
  if (given->problem) return problem_response(*given->problem);
  using verb = experiment_request::verb;
  if (wanted == verb::list) return json_response(200, to_json(given->value));
  return json_response(wanted == verb::begin ? 201 : 200, to_json(given->value.front()));
}

/// The answer to an open question, from the message that came for it.
struct reader {
  const caf::type_erased_tuple& letter;
  static constexpr auto json = [](const auto& value) { return to_json(value); };

  response operator()(const ask::movies&) const { return stored(); }
  response operator()(const ask::ratings&) const { return stored(); }
  response operator()(const ask::rerank&) const { return of_shared_reply<rerank_answer>(letter); }
  response operator()(const ask::recommend&) const { return of_shared_reply<recommendations>(letter); }
  response operator()(const ask::explain&) const { return of_shared_reply<explanation>(letter); }
  response operator()(const ask::history&) const { return of_reply<history_page>(letter, 200, json); }
  response operator()(const ask::patterns&) const { return of_reply<pattern_summary>(letter, 200, json); }
  response operator()(const ask::metrics&) const { return of_reply<feedback_metrics>(letter, 200, json); }
  response operator()(const ask::models&) const { return of_reply<std::vector<model_version>>(letter, 200, json); }
  response operator()(const ask::model&) const { return of_reply<model_version_page>(letter, 200, json); }
  response operator()(const ask::promote_model&) const { return of_reply<model_version>(letter, 200, json); }
  response operator()(const ask::rollback_model&) const { return of_reply<model_version>(letter, 200, json); }
  response operator()(const ask::plugins&) const { return of_reply<std::vector<plugin_report>>(letter, 200, json); }
  response operator()(const ask::shadow&) const { return of_reply<shadow_report>(letter, 200, json); }
  response operator()(const ask::reload&) const { return of_reply<plugin_changes>(letter, 200, json); }
  response operator()(const ask::promote&) const { return of_reply<plugin_promotion>(letter, 200, json); }
  response operator()(const ask::preview&) const { return of_shared_reply<preview_answer>(letter); }
  response operator()(const ask::experiment& what) const { return of_experiments(letter, what.wanted.wanted); }
  response operator()(const ask::impact&) const { return of_reply<feature_impact_report>(letter, 200, json); }
  response operator()(const ask::assignment&) const { return of_reply<experiment_assignment>(letter, 200, json); }
  response operator()(const ask::retrain&) const { return of_reply<retrain_ticket>(letter, 202, json); }
  response operator()(const ask::progress&) const { return of_reply<retrain_status>(letter, 200, json); }
  response operator()(const ask::cancel&) const {
    return of_reply<id>(letter, 202, [](id given) { return number_member("retrain_id", given); });
  }
  response operator()(const ask::training_progress&) const {
    return of_reply<std::int64_t>(letter, 200, [](std::int64_t lease) { return number_member("lease_s", lease); });
  }
  response operator()(const ask::training_result&) const {
    return of_reply<bool>(letter, 202, [](bool) { return std::string(R"({"status":"accepted"})"); });
  }
  response operator()(const ask::training_page& what) const { return of_page(letter, what); }
  response operator()(const ask::submit& what) const { return of_submission(letter, what.batch); }
  response operator()(const ask::shown&) const {
    return of_reply<id>(letter, 201, [](id given) { return number_member("recommendation_set_id", given); });
  }
  response operator()(const ask::ready&) const {
    return of_reply<bool>(letter, 200, [](bool) { return std::string(R"({"status":"ready"})"); });
  }
  response stored() const {
    return of_reply<std::int64_t>(letter, 200, [](std::int64_t rows) { return number_member("stored", rows); });
  }
};

enum class door { pipeline, queries };

struct question {
  command what;  ///< what it asked, without what was sent away
  std::shared_ptr<answer_sink> sink;
  std::uint64_t tag = 0;
  load counted;
  door at = door::pipeline;
  bridge::clock::time_point deadline;
};

}  // namespace

struct bridge::parts {
  parts(const far_side& far, std::chrono::milliseconds timeout_, in_flight& bound_, std::function<void()> wake_)
      : doors(*far.doors), timeout(timeout_), bound(bound_), wake(std::move(wake_)), letters(*far.system, wake) {
    // An actor that ends drops what it had promised to answer; the monitor tells.
    letters.companion()->monitor(doors.pipeline);
    letters.companion()->monitor(doors.queries);
  }

  struct posted {
    caf::abstract_actor* to;
    std::uint64_t number;
    caf::message words;
  };

  /// Leaves with the next poll, together with all that the loop's round brought: then the actors are woken once, and
  /// find a batch.
  template <class... Words>
  void post(const auto& to, std::uint64_t number, Words&&... words) {
    if (outgoing.empty()) wake();  // first: what is queued without it would wait for somebody else's
    outgoing.push_back(
        {caf::actor_cast<caf::abstract_actor*>(to), number, caf::make_message(std::forward<Words>(words)...)});
  }

  /// One that cannot be sent for want of memory is answered for; the others go.
  void send_posted() {
    for (posted& each : std::exchange(outgoing, {})) {
      // An id in CAF's own numbering, with its bit for normal priority; the response carries the number back.
      const caf::message_id id{caf::message_id::default_async_value + each.number};
      try {
        each.to->enqueue(letters.address(), id, std::move(each.words), nullptr);
      } catch (const std::exception&) {
        if (const auto at = open.find(each.number); at != open.end())
          finish(at, unavailable(failed, at->second.counted));
      }
    }
  }

  struct sender;
  bool admit(const load& wanted);
  void release(const load& counted);
  void finish(std::unordered_map<std::uint64_t, question>::iterator at, response made);
  void read(const caf::mailbox_element& letter);
  void fail_all_at(door gone);

  pipeline_handles doors;
  std::chrono::milliseconds timeout;
  in_flight& bound;
  std::function<void()> wake;
  std::uint64_t last_number = 0;
  std::vector<posted> outgoing;
  std::unordered_map<std::uint64_t, question> open;
  mailbox<all_letters> letters;  // last: what it calls must be there until it is gone
};

/// What is sent for each command; the values go along.
struct bridge::parts::sender {
  parts& to;
  std::uint64_t number;

  door operator()(ask::submit& what) const {
    auto sent = std::make_shared<submission>();
    sent->rows = std::move(what.rows);
    sent->batch = what.batch;
    sent->user_id = std::move(what.user_id);
    sent->idempotency_key = std::move(what.idempotency_key);
    sent->body_digest = std::move(what.body_digest);
    sent->checked = true;  // by the readers of JSON
    return pipeline(submit_atom::value, std::shared_ptr<const submission>(std::move(sent)));
  }
  door operator()(ask::movies& what) const { return pipeline(movies_atom::value, shared(std::move(what.rows))); }
  door operator()(ask::ratings& what) const { return pipeline(ratings_atom::value, shared(std::move(what.rows))); }
  door operator()(ask::shown& what) const { return pipeline(shown_atom::value, shared(std::move(what.set))); }
  door operator()(ask::metrics&) const { return pipeline(metrics_atom::value); }
  door operator()(ask::retrain&) const { return pipeline(retrain_atom::value); }
  door operator()(ask::training_progress& what) const {
    return pipeline(progress_atom::value, what.retrain_id, std::move(what.json));
  }
  door operator()(ask::training_result& what) const {
    return pipeline(result_atom::value, what.retrain_id, std::move(what.json));
  }
  door operator()(const ask::training_page& what) const {
    return queries(page_atom::value, what.retrain_id, what.file, what.cursor);
  }
  door operator()(ask::cancel&) const { return pipeline(cancel_atom::value); }
  door operator()(ask::progress&) const { return queries(progress_atom::value); }
  door operator()(ask::rerank& what) const { return queries(rerank_atom::value, shared(std::move(what.candidates))); }
  door operator()(ask::recommend& what) const { return queries(recommend_atom::value, shared(std::move(what.wanted))); }
  door operator()(ask::explain& what) const {
    return queries(explain_atom::value, std::move(what.user_id), what.movie_id);
  }
  door operator()(ask::history& what) const {
    return queries(history_atom::value, std::move(what.user_id), what.limit, what.cursor);
  }
  door operator()(ask::patterns& what) const { return queries(patterns_atom::value, std::move(what.user_id)); }
  door operator()(ask::preview& what) const { return pipeline(preview_atom::value, shared(std::move(what.asked))); }
  door operator()(ask::reload&) const { return pipeline(reload_atom::value); }
  door operator()(ask::promote& what) const { return pipeline(promote_atom::value, std::move(what.plugin)); }
  door operator()(ask::experiment& what) const {
    return pipeline(experiment_atom::value, std::make_shared<const experiment_request>(what.wanted));
  }
  door operator()(ask::impact& what) const { return pipeline(impact_atom::value, std::move(what.wanted)); }
  door operator()(ask::assignment& what) const {
    return queries(assignment_atom::value, what.experiment_id, std::move(what.user_id));
  }
  door operator()(ask::plugins&) const { return queries(plugins_atom::value); }
  door operator()(ask::shadow& what) const { return queries(shadow_atom::value, std::move(what.plugin)); }
  door operator()(ask::models&) const { return queries(models_atom::value); }
  door operator()(ask::model& what) const {
    return queries(model_atom::value, what.model_version_id, what.limit, what.cursor);
  }
  door operator()(ask::promote_model& what) const { return pipeline(promote_atom::value, what.model_version_id); }
  door operator()(ask::rollback_model& what) const {
    return pipeline(rollback_atom::value, what.model_version_id, std::move(what.reason));
  }
  /// The store first; see `read` for the pipeline.
  door operator()(ask::ready&) const { return queries(ready_atom::value); }

  template <class Value>
  static std::shared_ptr<const Value> shared(Value value) {
    return std::make_shared<const Value>(std::move(value));
  }
  door pipeline(auto&&... words) const {
    to.post(to.doors.pipeline, number, std::forward<decltype(words)>(words)...);
    return door::pipeline;
  }
  door queries(auto&&... words) const {
    to.post(to.doors.queries, number, std::forward<decltype(words)>(words)...);
    return door::queries;
  }
};

bool bridge::parts::admit(const load& wanted) {
  const auto take = [this](std::atomic<std::int64_t>& counted, std::int64_t amount) {
    // One request alone is never too much, however many rows it has.
    const std::int64_t before = counted.fetch_add(amount, std::memory_order_relaxed);
    if (before == 0 || before + amount <= bound.limit) return true;
    counted.fetch_sub(amount, std::memory_order_relaxed);
    return false;
  };
  if (wanted.written > 0) return take(bound.written, wanted.written);
  return wanted.read == 0 || take(bound.read, wanted.read);
}

void bridge::parts::release(const load& counted) {
  if (counted.written > 0) bound.written.fetch_sub(counted.written, std::memory_order_relaxed);
  if (counted.read > 0) bound.read.fetch_sub(counted.read, std::memory_order_relaxed);
}

void bridge::parts::finish(std::unordered_map<std::uint64_t, question>::iterator at, response made) {
  // Forgotten first: the sink may send anew.
  const question answered = std::move(at->second);
  open.erase(at);
  release(answered.counted);
  answered.sink->answer(answered.tag, std::move(made));
}

void bridge::parts::read(const caf::mailbox_element& letter) {
  const auto& content = letter.content();
  if (!letter.mid.is_response()) {
    if (!content.match_elements<caf::down_msg>()) return;
    const auto& gone = content.get_as<caf::down_msg>(0).source;
    fail_all_at(gone == doors.queries.address() ? door::queries : door::pipeline);
    return;
  }
  const auto at = open.find(letter.mid.request_id().integer_value());
  if (at == open.end()) return;
  question& asked = at->second;
  if (content.match_elements<caf::error>()) {
    finish(at, unavailable(failed, asked.counted));
    return;
  }
  response made = std::visit(reader{content}, asked.what);
  if (std::holds_alternative<ask::ready>(asked.what) && asked.at == door::queries && made.status == 200) {
    asked.at = door::pipeline;
    post(doors.pipeline, at->first, ready_atom::value);
    return;
  }
  finish(at, std::move(made));
}

void bridge::parts::fail_all_at(door gone) {
  std::vector<std::uint64_t> lost;
  for (const auto& [number, asked] : open)
    if (asked.at == gone) lost.push_back(number);
  for (const std::uint64_t number : lost)
    if (const auto at = open.find(number); at != open.end()) finish(at, unavailable(failed, at->second.counted));
}

far_side far_side_of(caf::actor_system& system, const pipeline_handles& doors) {
  return {&system, std::make_shared<const pipeline_handles>(doors)};
}

std::function<std::vector<std::string>()> reasons_of(const far_side& far) { return far.doors->reasons; }

bridge::bridge(const far_side& far, std::chrono::milliseconds timeout, in_flight& bound, std::function<void()> wake)
    : parts_(std::make_unique<parts>(far, timeout, bound, std::move(wake))) {}
bridge::~bridge() = default;

std::optional<response> bridge::send(command&& wanted, std::shared_ptr<answer_sink> sink, std::uint64_t tag,
                                     clock::time_point now) {
  const load counted = load_of(wanted);
  if (!parts_->admit(counted)) return overloaded(parts_->bound.limit);
  const std::uint64_t number = ++parts_->last_number;
  try {
    question& asked = parts_->open[number];
    asked = {std::move(wanted), std::move(sink), tag, counted, door::pipeline, now + parts_->timeout};
    asked.at = std::visit(parts::sender{*parts_, number}, asked.what);
  } catch (...) {
    parts_->open.erase(number);
    parts_->release(counted);
    throw;
  }
  return std::nullopt;
}

void bridge::poll() {
  parts_->send_posted();
  for (const auto& letter : parts_->letters.take()) parts_->read(*letter);
}

void bridge::expire(clock::time_point now) {
  std::vector<std::uint64_t> late;
  for (const auto& [number, asked] : parts_->open)
    if (asked.deadline <= now) late.push_back(number);
  for (const std::uint64_t number : late) {
    const auto at = parts_->open.find(number);
    if (at == parts_->open.end()) continue;
    parts_->finish(at, unavailable("No answer came within " + std::to_string(parts_->timeout.count()) + " ms.",
                                   at->second.counted));
  }
}

}  // namespace demur::web
