#include "plugin/isolated_strategy.hpp"

#include "plugin/library.hpp"

#include <demur/plugin.h>

#include <algorithm>
#include <limits>
#include <new>
#include <system_error>
#include <utility>

namespace demur::plugin {

namespace {

fault spoke_out_of_turn() { return {"sent what it was not asked for", "answers, and nothing between them"}; }
fault sent_no_answer() { return {"sent what is no answer", "one as its host program makes it"}; }

/// Short enough to need no memory for it.
error out_of_memory() {
  error made;
  made.code = error_code::unavailable;
  made.detail = "Out of memory.";
  return made;
}

}  // namespace

std::filesystem::path host_program_of(const settings::plugins_section& chosen) {
  if (!chosen.host_program.empty()) return chosen.host_program;
  std::error_code unknown;
  return std::filesystem::read_symlink("/proc/self/exe", unknown).parent_path() / "demur-plugin-host";
}

isolation_options isolation_of(const settings::plugins_section& chosen, const settings::plugin_options& own) {
  return {.host_program = host_program_of(chosen),
          .deadline = own.deadline.value_or(chosen.deadline),
          .start_timeout = chosen.start_timeout,
          .limits = {.memory_mib = own.memory_mib.value_or(chosen.memory_mib), .cpu_time = chosen.cpu_time},
          .failures = {.max_failures = chosen.max_failures,
                       .within = chosen.failure_window,
                       .quarantine = chosen.quarantine,
                       .first_delay = chosen.restart_delay}};
}

result<std::unique_ptr<isolated_strategy>> isolated_strategy::create(const isolation_options& chosen,
                                                                     const std::filesystem::path& file,
                                                                     const std::filesystem::path& shown,
                                                                     const std::string& name, const std::string& config,
                                                                     listener told) {
  auto digest = digest_of(file);
  if (!digest) return std::move(digest).problem();
  std::unique_ptr<isolated_strategy> made(new isolated_strategy(chosen, file, shown, config, std::move(told)));
  made->info_.file = shown;
  made->info_.digest = *std::move(digest);
  if (auto started = made->start(); !started) return std::move(started).problem();
  if (auto there = made->greet(made->started_ + chosen.start_timeout); !there) return std::move(there).problem();
  if (made->name() != name)
    return blame(shown.string(),
                 {"holds a plugin that calls itself " + made->name(), name + ", as its file is called"});
  return made;
}

isolated_strategy::isolated_strategy(const isolation_options& chosen, const std::filesystem::path& file,
                                     const std::filesystem::path& shown, const std::string& config, listener told)
    : strategy(std::move(told)),
      chosen_(chosen),
      order_{.file = std::filesystem::absolute(file).string(),
             .shown = shown.string(),
             .config = config,
             .memory_mib = static_cast<std::uint64_t>(chosen.limits.memory_mib)},
      failures_(chosen.failures) {}

result<done> isolated_strategy::start() {
  auto process = host_process::start(chosen_.host_program, chosen_.limits);
  if (!process) return std::move(process).problem();
  process_ = *std::move(process);
  wire::put(process_->outbox(), order_);
  process_->send();
  started_ = std::chrono::steady_clock::now();
  state_.store(strategy_state::starting, std::memory_order_release);
  return done{};
}

result<bool> isolated_strategy::greet(time until) {
  const auto failed_to = [&](const fault& how) {
    process_.reset();
    return blame(info_.name.empty() ? order_.shown : in_words(), how);
  };
  while (true) {
    if (const auto found = process_->inbox().next()) {
      auto taken = take(*found);
      if (taken) return true;
      process_.reset();
      return std::move(taken).problem();
    }
    if (process_->inbox().exceeds(wire::max_hello)) return failed_to(spoke_out_of_turn());
    switch (process_->exchange(until)) {
      case host_process::stream::open:
        continue;
      case host_process::stream::over:
        return failed_to(process_->end());
      case host_process::stream::late:
        if (std::chrono::steady_clock::now() < started_ + chosen_.start_timeout) return false;
        return failed_to({"did not start in " + std::to_string(chosen_.start_timeout.count()) + " ms",
                          "that loading and creating it takes less"});
    }
  }
}

result<done> isolated_strategy::take(const wire::frame& hello) {
  auto read = hello.of == wire::kind::hello ? wire::read_hello(hello.parts) : std::nullopt;
  const std::string subject = info_.name.empty() ? order_.shown : in_words();
  if (!read)
    return blame(subject,
                 {"said something else than what it is", "a demur-plugin-host of this version, and its hello"});
  if (!read->said) return read->said.problem();
  const strategy_info& now = *read->said;
  if (info_.name.empty()) {
    strategy_info first = now;
    first.file = info_.file;
    first.digest = info_.digest;
    info_ = std::move(first);
  } else if (now.name != name() || now.version != version() || now.reason != reason()) {
    return blame(subject,
                 {"came back as " + now.name + " " + now.version + " for " + now.reason, "what it was before"});
  }
  state_.store(strategy_state::serving, std::memory_order_release);
  process_->renew_cpu_time(std::chrono::steady_clock::now());
  tell(read->reports);
  return done{};
}

template <class Put>
void isolated_strategy::put(const Put& question) {
  asked_ = std::chrono::steady_clock::now();
  is_put_ = state() == strategy_state::serving;
  if (!is_put_) return;
  try {
    question(process_->outbox());
    process_->send();
  } catch (const std::bad_alloc&) {
    // Half a question: whoever gets it is of no use any more.
    end(out_of_memory());
    is_put_ = false;
  }
}

void isolated_strategy::ask(std::span<const dislike* const> rows, const services& from) {
  rows_ = rows;
  services_ = from;
  put([&](wire::writer& into) { wire::put_question(into, wire::kind::ask, from.now, rows); });
}

std::vector<result<verdict>> isolated_strategy::answers() {
  std::vector<result<verdict>> all;
  try {
    all.reserve(rows_.size());
    auto said = take_answers();
    if (said)
      all = *std::move(said);
    else
      while (all.size() < rows_.size()) all.emplace_back(said.problem());
  } catch (const std::bad_alloc&) {
    end(out_of_memory());
    while (all.size() < rows_.size()) all.emplace_back(out_of_memory());
  }
  rows_ = {};
  return all;
}

result<std::vector<result<verdict>>> isolated_strategy::take_answers() {
  if (!is_put_) return down();
  auto found = await(wire::kind::answers, wire::max_rest + rows_.size() * wire::max_row);
  if (const auto* wrong = std::get_if<fault>(&found)) return broke(*wrong);
  auto read = wire::read_answers(std::get<wire::frame>(found).parts, rows_.size(), checked_);
  if (const auto* wrong = std::get_if<fault>(&read)) return broke(*wrong);
  if (!process_->inbox().empty()) return broke(spoke_out_of_turn());

  const auto now = std::chrono::steady_clock::now();
  figures_.answered(rows_.size(), now - asked_);
  process_->renew_cpu_time(now);
  auto& answered = std::get<wire::answered<std::vector<wire::said<verdict>>>>(read);
  std::vector<result<verdict>> all;
  all.reserve(rows_.size());
  for (auto& one : answered.said) {
    if (const auto* wrong = std::get_if<fault>(&one))
      all.emplace_back(failed(blame(in_words(), *wrong, error_code::internal)));
    else
      all.emplace_back(std::get<verdict>(std::move(one)));
  }
  tell(answered.reports);
  return all;
}

template <class T>
result<T> isolated_strategy::one_answer(wire::kind expected,
                                        std::optional<wire::answered<wire::said<T>>> (*read)(std::string_view)) {
  if (!is_put_) return down();
  auto found = await(expected, wire::max_rest);
  if (const auto* wrong = std::get_if<fault>(&found)) return broke(*wrong);
  auto one = read(std::get<wire::frame>(found).parts);
  if (!one) return broke(sent_no_answer());
  if (!process_->inbox().empty()) return broke(spoke_out_of_turn());
  process_->renew_cpu_time(std::chrono::steady_clock::now());
  if (const auto* wrong = std::get_if<fault>(&one->said))
    return failed(blame(in_words(), *wrong, error_code::internal));
  tell(one->reports);
  return std::get<T>(std::move(one->said));
}

result<std::string> isolated_strategy::explain(const dislike& row, const services& from) {
  if (!info_.explains) return lacks(DEMUR_PREVIEW_1);
  const dislike* const rows[] = {&row};
  rows_ = rows;
  services_ = from;
  put([&](wire::writer& into) { wire::put_question(into, wire::kind::explain, from.now, rows_); });
  auto said = one_answer<std::string>(wire::kind::explained, wire::read_explained);
  rows_ = {};
  return said;
}

result<double> isolated_strategy::fit(std::string_view feedback_text) {
  if (!info_.reads_text) return lacks(DEMUR_TEXT_1);
  services_ = {};
  put([&](wire::writer& into) { wire::put_text(into, feedback_text); });
  return one_answer<double>(wire::kind::fits, wire::read_fits);
}

isolated_strategy::frame_or_fault isolated_strategy::await(wire::kind expected, std::size_t longest) {
  // Asked beside others, it may have stood still with a call-back while this thread listened to them: a quarter of its
  // time it has in any case.
  const time until = std::max(asked_ + chosen_.deadline, std::chrono::steady_clock::now() + chosen_.deadline / 4);
  while (true) {
    if (const auto found = process_->inbox().next()) {
      if (found->of == expected) return *found;
      if (std::chrono::steady_clock::now() >= until) return was_late();
      if (auto wrong = serve(*found)) return *std::move(wrong);
      continue;
    }
    if (process_->inbox().exceeds(longest)) return sent_no_answer();
    switch (process_->exchange(until)) {
      case host_process::stream::open:
        continue;
      case host_process::stream::over:
        return process_->end();
      case host_process::stream::late:
        return was_late();
    }
  }
}

std::optional<fault> isolated_strategy::serve(const wire::frame& asked) {
  wire::writer& into = process_->outbox();
  if (asked.of == wire::kind::weight) {
    const auto read = wire::read_weight_question(asked.parts, rows_.size());
    if (!read) return spoke_out_of_turn();
    wire::put_weight(into, services_.weight ? services_.weight(*rows_[read->row], std::string(read->feature))
                                            : std::numeric_limits<double>::quiet_NaN());
  } else if (asked.of == wire::kind::movie) {
    const auto movie_id = wire::read_movie_question(asked.parts);
    if (!movie_id) return spoke_out_of_turn();
    wire::put_movie(into, services_.find_movie ? services_.find_movie(*movie_id) : nullptr);
  } else {
    return spoke_out_of_turn();
  }
  process_->send();
  return std::nullopt;
}

void isolated_strategy::wake() {
  const auto now = std::chrono::steady_clock::now();
  if (!process_) {
    if (!failures_.may_try(now)) return;
    if (const auto started = start(); !started) end(started.problem());
    return;
  }
  if (state() == strategy_state::starting) {
    if (const auto there = greet(now); !there) end(there.problem());
    return;
  }
  // It was not asked for anything.
  switch (process_->exchange(now)) {
    case host_process::stream::late:
      return;
    case host_process::stream::open:
      (void)broke(spoke_out_of_turn());
      return;
    case host_process::stream::over:
      (void)broke(process_->end());
      return;
  }
}

fault isolated_strategy::was_late() const {
  return {"gave no answer in " + std::to_string(chosen_.deadline.count()) + " ms, and was stopped",
          "one within the deadline"};
}

void isolated_strategy::end(const error& why) {
  process_.reset();
  failures_.failed(std::chrono::steady_clock::now());
  state_.store(failures_.is_quarantined() ? strategy_state::quarantined : strategy_state::resting,
               std::memory_order_release);
  figures_.failed(why.detail);
  ended_ = why.found;
}

error isolated_strategy::broke(const fault& how) {
  error why = blame(in_words(), how, error_code::unavailable);
  end(why);
  return why;
}

error isolated_strategy::down() const {
  const strategy_state now = state();
  const std::string since = ended_.empty() ? std::string() : ", as it " + ended_;
  const auto found = now == strategy_state::quarantined
                         ? "is quarantined after too many failures; the last time it " + ended_
                     : now == strategy_state::starting ? "is being started again" + since
                                                       : "is not running" + since;
  return blame(in_words(), {found, "that its process is there"}, error_code::unavailable);
}

}  // namespace demur::plugin
