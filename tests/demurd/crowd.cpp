#include "demurd/crowd.hpp"

#include "demurd/at_work.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <limits>
#include <utility>

namespace demur {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

/// Between two of a sender's: load, and yet not so much that what waits for a plugin takes long to be worked off.
constexpr auto breath = std::chrono::milliseconds(4);

template <class T>
T must(result<T> got) {
  if (!got) BOOST_FAIL(got.problem().detail);
  return *std::move(got);
}

}  // namespace

crowd::crowd(std::uint16_t port, int senders, words says)
    : says_(std::move(says)), senders_(static_cast<std::size_t>(senders)) {
  for (int i = 0; i < senders; ++i) {
    sender& self = senders_[static_cast<std::size_t>(i)];
    self.thread = std::thread([this, port, i, &self] { talk(port, i, self); });
  }
}

crowd::~crowd() { (void)stop(); }

void crowd::talk(std::uint16_t port, int number, sender& self) {
  web::http_client over(port);
  for (int i = 0; !stopped_; ++i) {
    word next{says_(number, i), 0, {}};
    const auto answer = post(over, "/api/dislike", sender_name(number), next.sent);
    next.status = answer.status;
    next.answer = answer.body;
    self.said.push_back(std::move(next));
    ++answered_;
    if (answer.status == 0) return;
    std::this_thread::sleep_for(breath);
  }
}

void crowd::hear(std::size_t more) const {
  const std::size_t wanted = answered_ + more;
  wait_until([&] { return answered_ >= wanted; }, std::to_string(more) + " more answers");
}

std::vector<crowd::word> crowd::stop() {
  stopped_ = true;
  std::vector<word> all;
  for (sender& one : senders_) {
    if (one.thread.joinable()) one.thread.join();
    std::ranges::move(one.said, std::back_inserter(all));
    one.said.clear();
  }
  return all;
}

std::string film_json(int sender, int number, const std::string& reason, const char* text) {
  constexpr int films_of_one = 1'000'000;
  const std::string movie_id = std::to_string(sender * films_of_one + number + 1);
  return R"({"movie_id":)" + movie_id + R"(,"movie_title":"Film )" + movie_id +
         R"(","predicted_score":0.5,"genres":["Horror","Drama"],"cast":["Player"],"franchise":"Saw","reason":")" +
         reason + "\"" + (text ? R"(,"feedback_text":")" + std::string(text) + "\"" : "") + "}";
}

std::string sender_name(int sender) { return "sender" + std::to_string(sender); }

std::size_t impacts_of_film(const std::string& reason) {
  return reason == "wrong_genre" || reason == "not_interested" ? 2 : 1;
}

std::vector<std::vector<json::object>> receipts_in(const std::vector<crowd::word>& said) {
  std::vector<std::vector<json::object>> all;
  for (const crowd::word& one : said) {
    const bool is_batch = one.sent.starts_with('[');
    BOOST_TEST_REQUIRE(one.status == (is_batch ? 200 : 201), one.sent << " was answered: " << one.answer);
    auto& receipts = all.emplace_back();
    json::object answer = json::parse(one.answer).as_object();
    if (!is_batch) {
      receipts.push_back(std::move(answer));
      continue;
    }
    for (json::value& row : answer.at("results").as_array()) {
      BOOST_TEST_REQUIRE(row.at("status").as_int64() == 201, one.answer);
      receipts.push_back(std::move(row.at("receipt").as_object()));
    }
  }
  return all;
}

std::map<id, kept_dislike> kept_in(const std::string& data) {
  settings chosen;
  chosen.data_folder = data;
  const auto store = must(store::reader::open(chosen));
  std::map<id, kept_dislike> all;
  must(store->each_entry(0, std::numeric_limits<id>::max(), [&](const case_entry& entry) {
    kept_dislike& one = all[entry.row.dislike_id];
    if (entry.readjustment_id == 0) {
      one.row = entry.row;
      ++one.stored;
    } else {
      ++one.readjusted;
    }
    std::ranges::copy(entry.impacts, std::back_inserter(one.impacts));
  }));
  return all;
}

json::object shown_plugin(std::uint16_t port, const std::string& name) {
  web::http_client over(port);
  const auto answer = get(over, "/api/plugins");
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
  const json::object told = answer.json();
  for (const json::value& one : told.at("plugins").as_array()) {
    const json::value& found = one.at("name");
    const std::string file(one.at("file").as_string());
    if (found.is_string() ? found.as_string() == name : file.ends_with("/" + name + ".so")) return one.as_object();
  }
  return {};
}

void reload_plugins(std::uint16_t port) {
  web::http_client over(port);
  const auto answer = post(over, "/api/plugins/reload", "", "");
  BOOST_TEST_REQUIRE(answer.status == 200, answer.body);
  BOOST_TEST(answer.json().at("refused").as_object().empty(), answer.body);
}

void put_library(const std::string& built, const std::string& folder, const std::string& as, bool in_place) {
  fs::path from = fs::path(DEMUR_TEST_PLUGIN_DIR) / (built + ".so");
  if (!fs::exists(from)) from = fs::path(DEMUR_PLUGIN_DIR) / (built + ".so");
  const fs::path to = fs::path(folder) / (as + ".so");
  const fs::path first = in_place ? to : fs::path(folder) / ("." + as + ".so.part");
  fs::copy_file(from, first, fs::copy_options::overwrite_existing);
  if (!in_place) fs::rename(first, to);
}

}  // namespace demur
