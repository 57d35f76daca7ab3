#pragma once

#include "web/loop.hpp"
#include "web/ordered_window.hpp"
#include "web/outbox.hpp"
#include "web/request_parser.hpp"
#include "web/routes.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace demur::web {

/// What has been read and not yet parsed.
class inbox {
public:
  /// Room to read into.
  net::mutable_buffer space();
  void commit(std::size_t size);
  void consume(std::size_t size) { from_ += size; }
  std::string_view bytes() const { return {data_.get() + from_, end_ - from_}; }
  bool empty() const { return from_ == end_; }
  void clear() { from_ = end_ = 0; }

private:
  /// Small for the many connections that are idle, large for those that send much at once.
  static constexpr std::size_t first_space = 4 * 1024;
  static constexpr std::size_t most_space = 64 * 1024;

  std::unique_ptr<char[]> data_;
  std::size_t wanted_ = first_space;
  std::size_t size_ = 0;
  std::size_t from_ = 0;
  std::size_t end_ = 0;
};

/// A connection that speaks HTTP. Requests are read ahead and worked on at once, up to a bound; the answers leave in
/// order, all that are ready in one write.
class http_session final : public session {
public:
  http_session(loop& home, tcp::socket socket, place counted);

  void start();
  /// Answers with this and nothing else: there is no room for another connection.
  void refuse(const response& made);

  void answer(std::uint64_t tag, response made) override;
  void flush() override;
  void tick(time_point now) override;
  void drain() override;
  void abort() override { close(); }
  void written(const failure& why) override;

private:
  struct slot {
    framing how;
    response made;
  };

  net::awaitable<void> run();
  net::awaitable<bool> read_more();
  void consume();
  void begin_body();
  void dispatch();
  outcome routed();
  void carry_out(command wanted, const framing& how);
  void upgrade(live_upgrade wanted, const framing& how);
  void put(response made, framing how);
  void give_up(response made);

  bool take_answer();
  bool has_room() const;
  bool quiet() const { return window_.empty() && out_.empty(); }
  void finish();
  void close();
  std::string_view late(time_point now) const;

  tcp::socket socket_;
  place counted_;
  request_parser parser_;
  inbox in_;
  outbox out_;
  ordered_window<slot> window_;
  net::steady_timer pause_;  ///< as a condition: waited for without end, cancelled when there is room again
  bool paused_ = false;

  bool stopped_ = false;     ///< no further request is taken
  bool lingers_ = false;     ///< the client may still be sending: read it away, or it would not see our answer
  bool read_ended_ = false;  ///< the client sends no more
  bool closed_ = false;
  bool announced_ = false;  ///< the head of the current request was looked at
  std::optional<live_upgrade> upgrade_;
  std::string upgrade_key_;

  time_point active_at_;              ///< something came or went
  time_point request_at_;             ///< the first byte of the current request
  time_point body_at_;                ///< the first byte of its body
  std::optional<time_point> end_at_;  ///< our side is shut down since
};

}  // namespace demur::web
