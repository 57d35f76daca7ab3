#pragma once

#include "domain/case_file.hpp"

#include <demur/types.hpp>

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace demur {

/// People who dislike one film after another, each over a connection of his own that stays, until they are told to stop.
class crowd {
public:
  /// The body that a sender, counted from 0, posts as his next. Asked on his own thread.
  using words = std::function<std::string(int sender, int number)>;

  /// What one of them posted, and what he was told.
  struct word {
    std::string sent;
    int status = 0;  ///< 0: there was no answer
    std::string answer;
  };

  crowd(std::uint16_t port, int senders, words says);
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;
  ~crowd();

  /// Waits until so many more were answered; ends the test case if that takes too long.
  void hear(std::size_t more) const;
  /// All of it, once everybody has had his last answer. Of a sender in the order sent.
  std::vector<word> stop();

private:
  struct sender {
    std::vector<word> said;
    std::thread thread;
  };
  void talk(std::uint16_t port, int number, sender& self);

  const words says_;
  std::atomic<bool> stopped_ = false;
  std::atomic<std::size_t> answered_ = 0;
  std::vector<sender> senders_;
};

/// A dislike of a film that nobody else dislikes, with two genres, one of the cast and a franchise. `text`: null, none.
std::string film_json(int sender, int number, const std::string& reason, const char* text = nullptr);
/// The user of that sender.
std::string sender_name(int sender);

/// Of the receipts of all that was said, each in its batch; checks that all were 201.
std::vector<std::vector<boost::json::object>> receipts_in(const std::vector<crowd::word>& said);

/// What the store has of a dislike.
struct kept_dislike {
  dislike row;
  int stored = 0;      ///< how often
  int readjusted = 0;  ///< how often it got adjustments later
  std::vector<recorded_impact> impacts;
};
/// Of a data folder whose server has ended.
std::map<id, kept_dislike> kept_in(const std::string& data);
/// How many impacts the shipped strategies make of such a film.
std::size_t impacts_of_film(const std::string& reason);

/// Waits until a condition holds; ends the test case, saying `what` was waited for, if that takes too long.
template <class Condition>
void wait_until(const Condition& holds, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    BOOST_REQUIRE_MESSAGE(std::chrono::steady_clock::now() < end, "waited in vain: " << what);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

/// What GET /api/plugins shows of the plugin of this name, or of the file where there is none; empty: nothing.
boost::json::object shown_plugin(std::uint16_t port, const std::string& name);
/// POST /api/plugins/reload; checks that no file is refused.
void reload_plugins(std::uint16_t port);
/// Copies a built library into a folder of plugins; `in_place`: over the one that is there, byte for byte, else by a rename.
void put_library(const std::string& built, const std::string& folder, const std::string& as, bool in_place = false);

}  // namespace demur
