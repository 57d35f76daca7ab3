#include "learning/reported_model.hpp"

#include "domain/faded_sum.hpp"
#include "domain/weights.hpp"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace demur::learning {

namespace fs = std::filesystem;

namespace {

error refuse(error_code code, const fs::path& file, const std::string& why) {
  const std::string name = file.filename().string();
  return {code, "The model file " + name + " " + why + ".", "model", name, {}};
}

result<done> sync(const fs::path& file) {
  const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = opened >= 0 && ::fsync(opened) == 0;
  const int why = errno;
  if (opened >= 0) ::close(opened);
  if (synced) return done{};
  return refuse(error_code::unavailable, file, std::string("cannot be kept: ") + ::strerrordesc_np(why));
}

}  // namespace

std::map<std::string, double, std::less<>> weights_left_of_parent(const training_task& task) {
  constexpr double audible = 1e-4;
  const double left = fading(task.now - task.parent->created_at, task.retrain.shared_half_life_days);
  std::map<std::string, double, std::less<>> weights;
  for (const auto& [feature, log_weight] : task.parent->shared_log_weights)
    if (std::abs(log_weight * left) >= audible) weights.emplace_hint(weights.end(), feature, log_weight * left);
  return weights;
}

training_outcome outcome_of(const training_task& task, training_result reported) {
  training_outcome outcome;
  outcome.trained.model_version_id = task.model_version_id;
  outcome.trained.parent_id = task.parent->model_version_id;
  outcome.trained.created_at = task.now;
  outcome.trained.shared_log_weights =
      reported.shared_log_weights ? *std::move(reported.shared_log_weights) : weights_left_of_parent(task);
  outcome.metrics = std::move(reported.metrics);
  outcome.data_hash = std::move(reported.data_hash);
  outcome.rejection = std::move(reported.rejection);
  return outcome;
}

result<done> keep_artefact(const fs::path& file, const training_task& task, std::int64_t limit_mib) {
  std::error_code failed;
  const auto status = fs::symlink_status(file, failed);
  if (!fs::exists(status)) return refuse(error_code::unavailable, file, "is not there");
  if (!fs::is_regular_file(status)) return refuse(error_code::unavailable, file, "is no regular file");
  const auto bytes = fs::file_size(file, failed);
  if (!failed && bytes > static_cast<std::uintmax_t>(limit_mib) * 1'048'576)
    return refuse(error_code::too_large, file,
                  "has " + std::to_string(bytes) + " bytes; allowed is up to " + std::to_string(limit_mib) + " MiB");
  const fs::path kept = task.artefact_file;
  fs::path aside = kept;
  aside += ".part";
  fs::rename(file, aside, failed);
  if (failed == std::errc::cross_device_link) {
    failed.clear();
    fs::copy_file(file, aside, fs::copy_options::overwrite_existing, failed);
  }
  if (failed) return refuse(error_code::unavailable, file, "cannot be kept: " + failed.message());
  if (auto synced = sync(aside); !synced) return synced;
  fs::rename(aside, kept, failed);
  if (failed) return refuse(error_code::unavailable, file, "cannot be kept: " + failed.message());
  return done{};
}

}  // namespace demur::learning
