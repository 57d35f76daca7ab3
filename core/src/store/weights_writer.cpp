#include "store/store.hpp"
#include "store/user_states.hpp"

#include <algorithm>
#include <utility>

namespace demur::store {

struct weights_writer::parts {
  soci::session session;
  std::unique_ptr<user_states> states;
};

weights_writer::weights_writer(std::unique_ptr<parts> made) : parts_(std::move(made)) {}
weights_writer::~weights_writer() = default;

result<std::unique_ptr<weights_writer>> weights_writer::open(const settings& chosen) {
  return guarded([&]() -> result<std::unique_ptr<weights_writer>> {
    auto to = dialect_of(chosen);
    if (!to) return std::move(to).problem();
    auto made = std::make_unique<parts>();
    open_weights(made->session, *to, chosen);
    made->states = std::make_unique<user_states>(made->session);
    return std::unique_ptr<weights_writer>(new weights_writer(std::move(made)));
  });
}

result<id> weights_writer::through() {
  return guarded([&]() -> result<id> {
    long long dislike = 0;
    parts_->session << "select through_dislike_id from feature_weights_progress", soci::into(dislike);
    return id{dislike};
  });
}

result<done> weights_writer::merge(const recent_states::slice& changed) {
  // In the order of the table, so that users who share a page meet on it; so many at a time, so that memory stays small.
  constexpr std::size_t at_a_time = 256;
  std::vector<std::pair<long long, const recent_states::states_by_user::value_type*>> order;
  order.reserve(changed.users.size());
  for (const auto& user : changed.users) order.emplace_back(user_states::key_of(user.first), &user);
  std::ranges::sort(order);
  return guarded([&]() -> result<done> {
    auto& [session, states] = *parts_;
    states->forget();
    soci::transaction all(session);
    for (std::size_t i = 0; i < order.size(); ++i) {
      states->put(order[i].second->first, order[i].second->second);
      if ((i + 1) % at_a_time == 0) states->flush();
    }
    states->flush();
    const long long through = changed.through;
    session << "update feature_weights_progress set through_dislike_id = :i", soci::use(through);
    all.commit();
    return done{};
  });
}

result<done> weights_writer::clear() {
  return guarded([&]() -> result<done> {
    parts_->states->forget();
    soci::transaction all(parts_->session);
    parts_->session << "delete from feature_weights";
    parts_->session << "update feature_weights_progress set through_dislike_id = 0";
    all.commit();
    return done{};
  });
}

}  // namespace demur::store
