#include "learning/child_process.hpp"
#include "learning/reported_model.hpp"
#include "learning/trainers.hpp"
#include "learning/training_folder.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view progress_mark = "demur-progress ";
constexpr std::int64_t longest_result = 64 * 1'048'576;

error failure(std::string why) { return {error_code::unavailable, std::move(why), {}, {}, {}}; }

/// Line by line, without what only tells how far it is.
void each_line(std::string_view tail, const auto& visit) {
  while (!tail.empty()) {
    const auto end = std::min(tail.find('\n'), tail.size());
    const std::string_view line = tail.substr(0, end);
    tail.remove_prefix(std::min(end + 1, tail.size()));
    if (!line.empty() && !line.starts_with(progress_mark)) visit(line);
  }
}

/// For an error: the last lines, on one.
std::string last_words(std::string_view tail) {
  constexpr std::size_t most = 600;
  std::string words;
  each_line(tail, [&](std::string_view line) { words.append(words.empty() ? "" : " / ").append(line); });
  if (words.size() > most) words.replace(0, words.size() - most, "...");
  return words.empty() ? " It said nothing." : " It said: " + words;
}

class command_trainer final : public trainer {
public:
  explicit command_trainer(const settings& chosen)
      : all_(chosen), chosen_(all_.trainer.command), home_(training_home(chosen_.folder, all_)) {}

  std::string name() const override { return "command"; }

  result<training_outcome> train(const training_task& task) override {
    auto folder = make_training_folder(home_, task.model_version_id);
    if (!folder) return std::move(folder).problem();
    auto outcome = train_in(*folder, task);
    std::error_code ignored;
    if (outcome || task.is_cancelled()) fs::remove_all(*folder, ignored);
    remove_old_trainings(home_, chosen_.kept_failures);
    return outcome;
  }

private:
  result<training_outcome> train_in(const fs::path& folder, const training_task& task) const {
    if (auto written = write_training_set(folder, task, all_); !written) return std::move(written).problem();
    task.report({training_phase::training});
    auto ended = run(folder, task);
    if (!ended) return std::move(ended).problem();
    if (task.log)
      each_line(ended->tail, [&](std::string_view line) { task.log("the trainer says: " + std::string(line)); });
    if (auto why = failure_of(*ended)) return *std::move(why);
    return collect(folder, task);
  }

  result<child_end> run(const fs::path& folder, const training_task& task) const {
    child_plan plan;
    plan.command = chosen_.program;
    plan.command.push_back(folder.string());
    plan.folder = folder;
    plan.environment = {{"DEMUR_TRAINING_FOLDER", folder.string()}};
    plan.time_limit = chosen_.time_limit;
    plan.tail_bytes = static_cast<std::size_t>(chosen_.log_kib) * 1'024;
    plan.is_cancelled = [&task] { return task.is_cancelled(); };
    plan.on_line = [&task](std::string_view line) {
      if (!line.starts_with(progress_mark)) return;
      auto told = read_training_progress(line.substr(progress_mark.size()));
      if (told)
        task.report(*told);
      else if (task.log)
        task.log("the trainer's progress cannot be read: " + told.problem().detail);
    };
    return run_child(plan);
  }

  std::optional<error> failure_of(const child_end& ended) const {
    const std::string program = "The program " + chosen_.program[0];
    if (ended.is_cancelled) return error{error_code::conflict, "The retrain was cancelled.", {}, {}, {}};
    if (ended.is_late)
      return failure(program + " took longer than trainer.command.time_limit, " +
                     std::to_string(chosen_.time_limit.count()) + " seconds, and was ended." + last_words(ended.tail));
    if (ended.signal != 0)
      return failure(program + " was ended by " + signal_name(ended.signal) + "." + last_words(ended.tail));
    if (ended.exit_code != 0)
      return failure(program + " ended with exit code " + std::to_string(ended.exit_code) + "; expected 0." +
                     last_words(ended.tail));
    return std::nullopt;
  }

  result<training_outcome> collect(const fs::path& folder, const training_task& task) const {
    task.report({training_phase::exporting});
    auto text = read_file(folder / "result.json", longest_result);
    if (!text) return failure("The program " + chosen_.program[0] + " left no result: " + text.problem().detail);
    auto reported = read_training_result(*text);
    if (!reported) {
      error why = std::move(reported).problem();
      why.detail = "The program " + chosen_.program[0] + " left a result.json that cannot be used: " + why.detail;
      return why;
    }
    if (!reported->model.empty())
      if (auto kept = keep_artefact(folder / reported->model, task, chosen_.artefact_mib); !kept)
        return std::move(kept).problem();
    return outcome_of(task, *std::move(reported));
  }

  const settings all_;
  const settings::trainer_section::command_section& chosen_;
  const fs::path home_;
};

}  // namespace

std::unique_ptr<trainer> make_command_trainer(const settings& chosen) {
  return std::make_unique<command_trainer>(chosen);
}

}  // namespace demur::learning
