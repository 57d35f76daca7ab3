#pragma once

#include "pipeline/actors.hpp"

#include <caf/typed_response_promise.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace demur::pipeline {

/// What the door owes: every request that it lets in gets an answer, even if the actor that worked on it is gone. And how
/// much it lets in: here are the bounds of the pipeline's queues. One request alone is never too much, however many rows
/// it has: it could never be let in.
class debts {
public:
  using submission_promise = caf::typed_response_promise<submission_answer_ptr>;

  explicit debts(const settings::pipeline_section& bounds = {});

  /// Why the queue does not take it just now, if so.
  std::optional<error> too_much(const submission& asked) const;
  ticket owe(const submission& asked, submission_promise promise);
  void settle(ticket number, const submission_answer_ptr& answer);

  /// The same for what is no dislike; `rows` that it asks to have stored, at least 1.
  std::optional<error> too_much(std::size_t rows) const;
  ticket owe(std::size_t rows, std::function<void(const error&)> refuse);
  /// False if it was answered for already.
  bool settle(ticket number);

  void settle_all(const error& why);
  bool none() const { return submissions_.empty() && others_.empty(); }

private:
  struct queue {
    std::size_t limit = 0;
    std::size_t waiting = 0;
    bool takes(std::size_t rows) const { return waiting == 0 || waiting + rows <= limit; }
  };
  using waiting_of_users = std::unordered_map<std::string, std::size_t>;
  struct owed_submission {
    submission_promise promise;
    std::size_t rows = 0;
    waiting_of_users::pointer of_user = nullptr;  ///< null: of nobody
  };
  struct owed_other {
    std::function<void(const error&)> refuse;
    std::size_t rows = 0;
  };

  ticket last_ = 0;
  queue dislikes_;
  queue other_rows_;
  std::size_t limit_of_user_ = 0;
  waiting_of_users of_users_;
  std::unordered_map<ticket, owed_submission> submissions_;
  std::unordered_map<ticket, owed_other> others_;
};

/// The answer to a submission of which nothing was stored.
submission_answer_ptr refusal(error why);

}  // namespace demur::pipeline
