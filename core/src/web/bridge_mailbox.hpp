#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_companion.hpp>
#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>

#include <functional>
#include <mutex>
#include <utility>
#include <vector>

/// How messages of actors get to a loop's thread.
namespace demur::web {

/// All that comes, in order. For answers: there are no more of them than questions, which have a bound.
class all_letters {
public:
  using taken = std::vector<caf::mailbox_element_ptr>;

  bool empty() const { return letters_.empty(); }
  void put(caf::mailbox_element_ptr letter) { letters_.push_back(std::move(letter)); }
  taken take() { return std::exchange(letters_, {}); }

private:
  taken letters_;
};

/// An actor without a behaviour: what it is sent gathers in `Letters` until its owner takes it. One wake for all that
/// gathered, so that the answers of a batch cost the loop one system call.
template <class Letters>
class mailbox {
public:
  mailbox(caf::actor_system& system, std::function<void()> wake, Letters letters = {})
      : wake_(std::move(wake)), letters_(std::move(letters)) {
    address_ = caf::actor_cast<caf::strong_actor_ptr>(system.spawn<caf::actor_companion, caf::hidden>());
    companion()->on_enqueue([this](caf::mailbox_element_ptr letter) { put(std::move(letter)); });
  }
  // Waits for a `put` that runs; none comes after. CAF 0.17.6 declares actor_companion::disconnect but has no code for
  // it; this is what it would do.
  ~mailbox() {
    companion()->on_enqueue({});
    companion()->cleanup(caf::exit_reason::normal, nullptr);
  }
  mailbox(const mailbox&) = delete;
  mailbox& operator=(const mailbox&) = delete;

  typename Letters::taken take() {
    const std::scoped_lock guard(mutex_);
    return letters_.take();
  }

  const caf::strong_actor_ptr& address() const { return address_; }
  caf::actor_companion* companion() { return caf::actor_cast<caf::actor_companion*>(address_); }

private:
  void put(caf::mailbox_element_ptr letter) {
    bool first = false;
    {
      const std::scoped_lock guard(mutex_);
      first = letters_.empty();
      letters_.put(std::move(letter));
      first = first && !letters_.empty();
    }
    if (first) wake_();
  }

  std::function<void()> wake_;
  caf::strong_actor_ptr address_;
  std::mutex mutex_;
  Letters letters_;
};

}  // namespace demur::web
