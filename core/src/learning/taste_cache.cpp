#include "learning/taste_cache.hpp"

#include "learning/known_taste.hpp"

#include <iterator>
#include <utility>

namespace demur::learning {

std::shared_ptr<const known_taste> taste_cache::get(const ranking_model& model, std::string_view user_id,
                                                    std::vector<interaction> known) {
  // Without memory of its own nothing tells that a model is gone and another one lies in its place.
  const bool keeps = most_bytes_ > 0 && model.memory;
  if (keeps)
    if (auto found = find(model, user_id, known)) return found;
  auto made = std::make_shared<const known_taste>(model, std::move(known));  // nobody waits for it
  if (keeps) keep({std::string(user_id), model.memory, made});
  return made;
}

std::shared_ptr<const known_taste> taste_cache::find(const ranking_model& model, std::string_view user_id,
                                                     const std::vector<interaction>& known) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_user_.find(user_id);
  if (found == by_user_.end()) return nullptr;
  const kept& one = *found->second;
  if (one.memory.lock() != model.memory || &one.taste->model() != &model || one.taste->known() != known) return nullptr;
  kept_.splice(kept_.begin(), kept_, found->second);
  return one.taste;
}

void taste_cache::keep(kept one) {
  const std::scoped_lock lock(mutex_);
  if (const auto before = by_user_.find(one.user_id); before != by_user_.end()) drop(before->second);
  if (one.taste->bytes() > most_bytes_) return;  // all others would have to go for nothing
  bytes_ += one.taste->bytes();
  kept_.push_front(std::move(one));
  by_user_.emplace(kept_.front().user_id, kept_.begin());
  while (bytes_ > most_bytes_) drop(std::prev(kept_.end()));
}

void taste_cache::drop(places::iterator one) {
  bytes_ -= one->taste->bytes();
  by_user_.erase(one->user_id);
  kept_.erase(one);
}

}  // namespace demur::learning
