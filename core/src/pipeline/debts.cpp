#include "pipeline/debts.hpp"

#include "domain/json_write.hpp"

namespace demur::pipeline {

namespace {

error full(error_code code, std::string sentence, std::string setting, std::size_t waiting, std::size_t limit) {
  return {code,
          std::move(sentence),
          std::move(setting),
          std::to_string(waiting) + " waiting",
          "at most " + std::to_string(limit),
          std::chrono::seconds(1)};
}

}  // namespace

debts::debts(const settings::pipeline_section& bounds) {
  dislikes_.limit = other_rows_.limit = static_cast<std::size_t>(bounds.queue);
  limit_of_user_ = static_cast<std::size_t>(bounds.queue_per_user);
}

std::optional<error> debts::too_much(const submission& asked) const {
  const std::size_t rows = asked.rows.size();
  if (!dislikes_.takes(rows))
    return full(error_code::overloaded, "Too many dislikes are waiting.", "pipeline.queue", dislikes_.waiting,
                dislikes_.limit);
  const auto of_user = of_users_.find(asked.user_id);
  if (of_user == of_users_.end() || queue{limit_of_user_, of_user->second}.takes(rows)) return std::nullopt;
  return full(error_code::too_many, "Too many dislikes of this user are waiting.", "pipeline.queue_per_user",
              of_user->second, limit_of_user_);
}

ticket debts::owe(const submission& asked, submission_promise promise) {
  const std::size_t rows = asked.rows.size();
  dislikes_.waiting += rows;
  waiting_of_users::pointer of_user = nullptr;
  if (!asked.user_id.empty()) {
    of_user = &*of_users_.try_emplace(asked.user_id, 0).first;
    of_user->second += rows;
  }
  submissions_.emplace(++last_, owed_submission{std::move(promise), rows, of_user});
  return last_;
}

void debts::settle(ticket number, const submission_answer_ptr& answer) {
  const auto owed = submissions_.find(number);
  if (owed == submissions_.end()) return;
  owed->second.promise.deliver(answer);
  dislikes_.waiting -= owed->second.rows;
  if (auto* of_user = owed->second.of_user) {
    of_user->second -= owed->second.rows;
    if (of_user->second == 0) of_users_.erase(of_users_.find(of_user->first));
  }
  submissions_.erase(owed);
}

std::optional<error> debts::too_much(std::size_t rows) const {
  if (other_rows_.takes(rows)) return std::nullopt;
  return full(error_code::overloaded, "Too much is waiting.", "pipeline.queue", other_rows_.waiting, other_rows_.limit);
}

ticket debts::owe(std::size_t rows, std::function<void(const error&)> refuse) {
  other_rows_.waiting += rows;
  others_.emplace(++last_, owed_other{std::move(refuse), rows});
  return last_;
}

bool debts::settle(ticket number) {
  const auto owed = others_.find(number);
  if (owed == others_.end()) return false;
  other_rows_.waiting -= owed->second.rows;
  others_.erase(owed);
  return true;
}

void debts::settle_all(const error& why) {
  const auto answer = refusal(why);
  for (auto& [number, owed] : std::exchange(submissions_, {})) owed.promise.deliver(answer);
  for (auto& [number, owed] : std::exchange(others_, {})) owed.refuse(why);
  of_users_.clear();
  dislikes_.waiting = other_rows_.waiting = 0;
}

submission_answer_ptr refusal(error why) {
  auto answer = std::make_shared<submission_answer>();
  answer->json = problem_json(why);
  answer->refused = std::move(why);
  return answer;
}

}  // namespace demur::pipeline
