#include "domain/json_writer.hpp"
#include "learning/reported_model.hpp"
#include "learning/trainers.hpp"
#include "learning/training_folder.hpp"

#include <string>
#include <system_error>
#include <utility>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

class webhook_trainer final : public trainer {
public:
  webhook_trainer(const settings& chosen, trainer_parts parts)
      : all_(chosen),
        chosen_(all_.trainer.webhook),
        home_(training_home(chosen_.folder, all_)),
        parts_(std::move(parts)) {}

  std::string name() const override { return "webhook"; }

  result<training_outcome> train(const training_task& task) override {
    auto folder = make_training_folder(home_, task.model_version_id);
    if (!folder) return std::move(folder).problem();
    auto made = have_trained(*folder, task);
    std::error_code ignored;
    fs::remove_all(*folder, ignored);
    if (!made) return std::move(made).problem();
    return outcome_of(task, *std::move(made));
  }

private:
  result<training_result> have_trained(const fs::path& folder, const training_task& task) const {
    if (auto written = write_training_set(folder, task, all_); !written) return std::move(written).problem();
    task.report({training_phase::waiting});
    // First: the pipeline may be quicker than its own answer.
    parts_.desk->open(task.model_version_id, folder, chosen_.lease);
    const auto sent = parts_.send(announcement(task), [&task] { return task.is_cancelled(); });
    auto made = sent ? parts_.desk->wait(task) : result<training_result>(sent.problem());
    parts_.desk->close();
    return made;
  }

  std::string announcement(const training_task& task) const {
    const std::string base = chosen_.callback.empty() ? "http://" + all_.server.listen : chosen_.callback;
    const std::string here = base + "/api/retrain/" + std::to_string(task.model_version_id);
    const std::string set = here + "/training-set?file=";
    json_writer out;
    out.open_object()
        .member("retrain_id", task.model_version_id)
        .member("model_version_id", task.model_version_id)
        .member("lease_s", std::int64_t{chosen_.lease.count()})
        .member("claimed_examples", task.claimed_examples)
        .key("training_set")
        .open_object()
        .member("opinions", set + "opinions")
        .member("movies", set + "movies")
        .member("task", set + "task")
        .close_object()
        .member("progress", here + "/progress")
        .member("result", here + "/result")
        .close_object();
    return out.take();
  }

  const settings all_;
  const settings::trainer_section::webhook_section& chosen_;
  const fs::path home_;
  const trainer_parts parts_;
};

}  // namespace

std::unique_ptr<trainer> make_webhook_trainer(const settings& chosen, trainer_parts parts) {
  return std::make_unique<webhook_trainer>(chosen, std::move(parts));
}

}  // namespace demur::learning
