#include "learning/retrain_desk.hpp"

#include "domain/rules.hpp"

#include <algorithm>
#include <fstream>
#include <system_error>
#include <utility>

namespace demur::learning {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t page_bytes = 1'000'000;

error failure(error_code code, std::string why) { return {code, std::move(why), {}, {}, {}}; }

}  // namespace

error no_such_retrain(id retrain_id) {
  return {error_code::not_found, "No pipeline is asked for retrain " + std::to_string(retrain_id) + ".", "retrain_id",
          std::to_string(retrain_id), "the retrain_id of an announcement"};
}

void retrain_desk::open(id retrain_id, fs::path folder, std::chrono::seconds lease) {
  const std::scoped_lock guard(mutex_);
  open_ = retrain_id;
  folder_ = std::move(folder);
  lease_ = lease;
  lease_end_ = clock::now() + lease;
  progress_.reset();
  result_.reset();
}

void retrain_desk::close() {
  const std::scoped_lock guard(mutex_);
  closed_ = std::exchange(open_, 0);
}

result<training_result> retrain_desk::wait(const training_task& task) {
  std::unique_lock guard(mutex_);
  while (true) {
    changed_.wait_for(guard, 50ms, [this] { return progress_ || result_; });
    if (task.is_cancelled()) return failure(error_code::conflict, "The retrain was cancelled.");
    if (const auto told = std::exchange(progress_, std::nullopt)) {
      guard.unlock();
      task.report(*told);
      guard.lock();
      continue;
    }
    if (result_) break;
    if (clock::now() >= lease_end_)
      return failure(error_code::unavailable, "The pipeline gave no sign of life in trainer.webhook.lease, " +
                                                  std::to_string(lease_.count()) + " seconds.");
  }
  if (!result_->error.empty()) return failure(error_code::unavailable, "The pipeline failed: " + result_->error);
  return *std::move(result_);
}

std::optional<error> retrain_desk::refusal(id retrain_id) const {
  if (retrain_id == open_ && !result_) return std::nullopt;
  if (retrain_id != open_ && retrain_id != closed_) return no_such_retrain(retrain_id);
  return failure(error_code::conflict, "Retrain " + std::to_string(retrain_id) + " has ended; its time is over.");
}

result<std::int64_t> retrain_desk::progress(id retrain_id, std::string_view json) {
  auto told = read_training_progress(json);
  const std::scoped_lock guard(mutex_);
  if (auto why = refusal(retrain_id)) return *std::move(why);
  if (!told) return std::move(told).problem();
  lease_end_ = clock::now() + lease_;
  progress_ = *told;
  changed_.notify_all();
  return std::int64_t{lease_.count()};
}

result<bool> retrain_desk::finish(id retrain_id, std::string_view json) {
  auto made = read_training_result(json);
  const std::scoped_lock guard(mutex_);
  if (auto why = refusal(retrain_id)) return *std::move(why);
  if (!made) return std::move(made).problem();
  if (!made->model.empty())
    return rules::refusal("model", "\"" + made->model + "\"", "nothing: a pipeline keeps its own files");
  result_ = *std::move(made);
  changed_.notify_all();
  return true;
}

result<training_page> retrain_desk::page(id retrain_id, const std::string& file, std::int64_t cursor) const {
  fs::path whole;
  {
    const std::scoped_lock guard(mutex_);
    if (auto why = refusal(retrain_id)) return *std::move(why);
    whole = folder_ / (file + (file == "task" ? ".json" : ".csv"));
  }
  std::error_code failed;
  const auto size = static_cast<std::int64_t>(fs::file_size(whole, failed));
  std::ifstream in(whole, std::ios::binary);
  if (failed || !in) return failure(error_code::unavailable, "The training set cannot be read.");
  if (cursor > size) return rules::refusal("cursor", std::to_string(cursor), "the cursor of a link in the page before");
  training_page page;
  page.text.resize(static_cast<std::size_t>(std::min(page_bytes, size - cursor)));
  in.seekg(cursor);
  in.read(page.text.data(), static_cast<std::streamsize>(page.text.size()));
  if (!in) return failure(error_code::unavailable, "The training set cannot be read.");
  std::int64_t next = cursor + static_cast<std::int64_t>(page.text.size());
  if (next == size) return page;
  if (const auto line_end = page.text.rfind('\n'); line_end != std::string::npos) {
    page.text.resize(line_end + 1);
    next = cursor + static_cast<std::int64_t>(page.text.size());
  }
  page.next_cursor = next;
  return page;
}

}  // namespace demur::learning
