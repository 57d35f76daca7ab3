#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace demur {

struct fake_request {
  std::string method;
  std::string target;
  std::string user_id;
  std::string key;
  std::string body;
  std::size_t connection = 0;  ///< which connection it came over, counted from 0
};

struct fake_answer {
  int status = 200;
  std::string body = "{}";
  std::map<std::string, std::string> headers = {};
  bool hang_up = false;  ///< close the connection instead of answering
};

/// A server on a port of its own that answers as a test says. Its functions are called one at a time.
class fake_server {
public:
  struct behaviour {
    std::function<fake_answer(const fake_request&)> answer = {};
    /// What a client of the live stream is told at once, and what it is told on a message. An empty text closes.
    std::vector<std::string> greeting = {};
    std::function<std::vector<std::string>(std::string_view message)> live = {};
  };

  explicit fake_server(behaviour how);
  fake_server(const fake_server&) = delete;
  fake_server& operator=(const fake_server&) = delete;
  ~fake_server();

  std::string url() const;
  /// All requests so far, in the order of arrival.
  std::vector<fake_request> requests() const;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// The behaviour of Demur as far as a client sees it: idempotency keys, receipts, histories, counts.
class fake_demur {
public:
  fake_server::behaviour behaviour();

  /// Called before each answer, with the number of requests so far; what it returns is answered instead, if it has a
  /// status.
  std::function<fake_answer(const fake_request&, std::size_t number)> instead = {};

  /// Numbers of requests whose effect happens, but whose connection breaks before the answer.
  std::set<std::size_t> lost_answers = {};

  std::size_t stored() const { return dislikes_.size(); }
  /// Bodies of the stored dislikes of a user as JSON text, oldest first.
  std::vector<std::string> bodies_of(const std::string& user) const;
  /// Changes the stored dislike at a place, or takes it away if the text is empty, or adds it once more.
  void spoil(std::size_t place, std::string body);
  void repeat(std::size_t place);

private:
  struct dislike_row {
    std::int64_t id = 0;
    std::string user_id;
    std::string body;
  };
  struct kept {
    std::string body;
    fake_answer answer;
  };

  fake_answer answer(const fake_request& request);
  fake_answer route(const fake_request& request);
  fake_answer dislike(const fake_request& request);
  fake_answer history(const fake_request& request) const;
  std::string receipt(const std::string& user, const std::string& body);
  std::vector<std::string> live(std::string_view message);

  std::size_t requests_ = 0;
  std::int64_t next_id_ = 1'000;
  std::vector<dislike_row> dislikes_;
  std::map<std::string, kept> keys_;
};

}  // namespace demur
