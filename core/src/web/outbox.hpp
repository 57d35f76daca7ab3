#pragma once

#include "web/loop.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>

#include <cstddef>
#include <string>
#include <utility>

namespace demur::web {

/// Bytes on their way out of a connection. What gathers while a write is under way goes out with the next one.
class outbox {
public:
  explicit outbox(tcp::socket& socket) : socket_(socket) {}

  /// Append here, then `flush`.
  std::string& tail() { return tail_; }
  std::size_t pending() const { return tail_.size() + leaving_.size(); }
  bool empty() const { return tail_.empty() && leaving_.empty(); }

  /// Sends at once what the socket takes; the rest in the background, after which `owner.written` is called. An error
  /// that shows at once is returned.
  failure flush(session& owner) {
    if (!leaving_.empty() || tail_.empty()) return {};
    failure why;
    const std::size_t sent = socket_.write_some(net::buffer(tail_), why);
    if (why == net::error::would_block || why == net::error::try_again) why = {};
    if (why) return why;
    if (sent == tail_.size()) {
      forget(tail_);
    } else {
      leaving_ = std::exchange(tail_, {});
      leave(owner, sent);
    }
    return {};
  }

private:
  /// A buffer that one large answer needed is not kept.
  static constexpr std::size_t kept = 64 * 1024;

  static void forget(std::string& bytes) {
    if (bytes.capacity() > kept)
      bytes = {};
    else
      bytes.clear();
  }

  void leave(session& owner, std::size_t sent) {
    net::async_write(socket_, net::buffer(leaving_) + sent,
                     [this, self = owner.shared_from_this()](const failure& why, std::size_t) {
                       forget(leaving_);
                       self->written(why);
                     });
  }

  tcp::socket& socket_;
  std::string tail_;
  std::string leaving_;
};

}  // namespace demur::web
