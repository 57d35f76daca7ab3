#include "plugin/conformance_steps.hpp"
#include "plugin/guarded.hpp"
#include "plugin/guarded_pages.hpp"
#include "plugin/trial_dislikes.hpp"

#include <algorithm>
#include <array>
#include <list>

namespace demur::plugin {

namespace {

/// What a host of ABI 1.0 knows of the structures that have grown since.
constexpr std::size_t old_host_size = offsetof(demur_host, get_service);
constexpr std::size_t old_sink_size = offsetof(demur_sink, adjust_with_half_life);

/// Some ordinary dislikes and all that are at the edge.
std::vector<dislike> varied_dislikes(const test_subject& subject) {
  auto rows = trial_dislikes(subject.count(20, 5), subject.reason);
  for (hostile_dislike& one : hostile_dislikes(subject.reason))
    if (one.may_come) rows.push_back(std::move(one.row));
  return rows;
}

/// Calls of one instance, each with memory of its own, which is kept to its end to notice who comes back.
class watched_calls {
public:
  explicit watched_calls(trial_instance& called) : called_(called) {}

  std::optional<fault> adjust(const dislike& row, std::size_t sink_size = sizeof(demur_sink)) {
    guarded_pages& pages = next();
    const demur_dislike* shown = pages.put(row);
    const demur_sink* answers = put_sink(pages, sinks_.emplace_back(), sink_size);
    pages.seal();
    auto wrong = called_.adjust(*shown, *answers);
    pages.bury();
    return wrong ? wrong : touched();
  }

  std::optional<fault> adjust_batch(const std::vector<dislike>& rows) {
    const demur_strategy_1& table = called_.strategy();
    const bool has_it = table.size >= sizeof(demur_strategy_1) && table.adjust_batch;
    if (!has_it) return std::nullopt;
    guarded_pages& pages = next();
    std::vector<const demur_dislike*> shown;
    std::vector<const demur_sink*> answers;
    for (const dislike& row : rows) {
      shown.push_back(pages.put(row));
      answers.push_back(put_sink(pages, sinks_.emplace_back(), sizeof(demur_sink)));
    }
    const auto* all_shown = static_cast<const demur_dislike* const*>(
        pages.put("dislikes", shown.data(), shown.size() * sizeof(shown.front())));
    const auto* all_answers = static_cast<const demur_sink* const*>(
        pages.put("sinks", answers.data(), answers.size() * sizeof(answers.front())));
    pages.seal();
    std::vector<demur_status> statuses(rows.size(), DEMUR_OK);
    auto wrong = guarded("adjust_batch", [&] {
      (void)table.adjust_batch(called_.held(), all_shown, all_answers, statuses.data(), rows.size());
    });
    pages.bury();
    return wrong ? wrong : touched();
  }

  std::optional<fault> explain_and_fit(const dislike& row) {
    const auto* preview = static_cast<const demur_preview_1*>(called_.get_interface(DEMUR_PREVIEW_1));
    const auto* text = static_cast<const demur_text_1*>(called_.get_interface(DEMUR_TEXT_1));
    guarded_pages& pages = next();
    const demur_dislike* shown = pages.put(row);
    const demur_text said = pages.put("feedback_text", row.feedback_text.value_or("not again"));
    const auto* sink = pages.put_struct(
        "demur_text_sink",
        demur_text_sink{sizeof(demur_text_sink), nullptr, [](void*, demur_text) -> demur_status { return DEMUR_OK; }});
    pages.seal();
    auto wrong = guarded("explain or fit", [&] {
      if (preview) (void)preview->explain(called_.held(), shown, sink);
      if (text) (void)text->fit(called_.held(), said);
    });
    pages.bury();
    return wrong ? wrong : touched();
  }

  /// Of all calls by now.
  std::optional<fault> touched() const {
    for (const guarded_pages& pages : pages_)
      if (const auto touch = pages.touched()) return fault{touch->found, touch->expected};
    return std::nullopt;
  }

private:
  guarded_pages& next() { return pages_.emplace_back(); }

  static const demur_sink* put_sink(guarded_pages& pages, const checked_sink& sink, std::size_t size) {
    demur_sink table = sink.table();
    table.size = static_cast<std::uint32_t>(size);
    return pages.put_struct("demur_sink", table, size);
  }

  trial_instance& called_;
  std::list<guarded_pages> pages_;
  std::list<checked_sink> sinks_;
};

std::optional<fault> as_fault(const std::optional<guarded_pages::touch>& touch) {
  return touch ? std::optional(fault{touch->found, touch->expected}) : std::nullopt;
}

/// A create() that may refuse, if it says why. `refused`: that it did.
std::optional<fault> check_made(const trial_instance& made, bool& refused) {
  if (made.thrown()) return made.thrown();
  refused = !made.is_made();
  if (refused && made.refusal().empty())
    return fault{"refuses to work without a word", "a report that says what it misses"};
  return std::nullopt;
}

/// Everything there is, some dislikes, and the end.
std::optional<fault> work_through(const test_subject& subject, trial_instance& made, std::size_t sink_size) {
  watched_calls calls(made);
  for (const dislike& row : varied_dislikes(subject))
    if (auto wrong = calls.adjust(row, sink_size)) return wrong;
  if (auto wrong = made.end()) return wrong;
  return calls.touched();
}

std::string listed(const std::set<std::string>& names) {
  std::string said;
  for (const auto& name : names) said += (said.empty() ? "" : ", ") + name;
  return said;
}

/// Services are there and know nothing: of a user whose weights are not at hand, of a movie that no catalogue has.
std::optional<fault> check_ignorant_services(const test_subject& subject) {
  const auto made = make_strategy(subject);
  if (!made) return fault_of(made.problem());
  for (const dislike& row : varied_dislikes(subject)) {
    services ignorant;
    ignorant.now = trial_services(row.created_at).now;
    if (const auto answer = (*made)->adjust(row, ignorant); !answer)
      return when("with services that know nothing", fault_of(answer.problem()));
  }
  return std::nullopt;
}

}  // namespace

finding check_views(test_subject& subject) {
  const watch_for_touches watching;
  guarded_pages settings;
  const demur_text config = settings.put("config", subject.options.config);
  settings.seal();
  trial_host host;
  trial_instance made(subject.entry(), host, view(config));
  settings.bury();
  watched_calls calls(made);
  const auto rows = varied_dislikes(subject);
  for (const dislike& row : rows) {
    if (auto wrong = calls.adjust(row)) return fail(*std::move(wrong));
    if (auto wrong = calls.explain_and_fit(row)) return fail(*std::move(wrong));
  }
  if (auto wrong = calls.adjust_batch(trial_dislikes(10, subject.reason))) return fail(*std::move(wrong));
  if (auto wrong = made.end()) return fail(*std::move(wrong));
  if (auto wrong = calls.touched()) return fail(*std::move(wrong));
  if (auto wrong = as_fault(settings.touched())) return fail(*std::move(wrong));
  return pass("read the input of " + std::to_string(rows.size()) + " calls and kept none of it");
}

finding check_services(test_subject& subject) {
  const watch_for_touches watching;
  trial_host host;
  {
    trial_instance made(subject.entry(), host, subject.options.config);
    if (auto wrong = work_through(subject, made, sizeof(demur_sink))) return fail(*std::move(wrong));
  }
  if (!host.asked_late().empty())
    return fail({"asks for " + listed(host.asked_late()) + " after create()",
                 "that it asks for services during create() only"});
  if (auto wrong = check_ignorant_services(subject)) return fail(*std::move(wrong));

  trial_host poor(trial_host::offer::nothing);
  trial_instance made(subject.entry(), poor, subject.options.config);
  bool refused = false;
  auto wrong = check_made(made, refused);
  if (!wrong && !refused) wrong = work_through(subject, made, sizeof(demur_sink));
  if (wrong) return fail(when("with a host that has no services", *std::move(wrong)));
  if (refused) return note({"does not work without " + listed(host.asked()) + " (" + made.refusal() + ")", ""});
  return pass(host.asked().empty() ? "asks for none" : "asks for " + listed(host.asked()) + ", works without");
}

finding check_old_host(test_subject& subject) {
  const watch_for_touches watching;
  trial_host host(trial_host::offer::nothing);
  guarded_pages pages;
  demur_host table = host.table();
  table.size = old_host_size;
  const demur_host* old = pages.put_struct("demur_host", table, old_host_size);
  pages.seal();
  trial_instance made(subject.entry(), host, subject.options.config, *old);
  bool refused = false;
  auto wrong = check_made(made, refused);
  if (!wrong && !refused) wrong = work_through(subject, made, old_sink_size);
  if (!wrong) wrong = as_fault(pages.touched());
  if (wrong) return fail(when("with a host of plugin ABI 1.0", *std::move(wrong)));
  if (refused) return note({"does not work with a host of plugin ABI 1.0 (" + made.refusal() + ")", ""});
  return pass("looks no further than the sizes of plugin ABI 1.0");
}

}  // namespace demur::plugin
