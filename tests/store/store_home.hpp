#pragma once

#include "domain/case_file.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace demur::store {

/// The stores that every test body runs over; a further backend is one more line here.
const std::vector<std::string>& urls();

/// A store in a folder of its own, gone with the object.
class home {
public:
  explicit home(std::string url = urls().front());
  home(const home&) = delete;
  home& operator=(const home&) = delete;
  ~home();

  /// Open until `close`; one that fails to open ends the test case.
  writer& write();
  reader& read();
  /// What the journal does with a batch: rows to the store, states to what is recent.
  void commit(case_file batch);
  /// What the weight keeper does now and then.
  void merge();
  void close();
  void reopen() {
    close();
    write();
  }

  std::filesystem::path file() const;
  std::filesystem::path weights_file() const;
  std::shared_ptr<recent_states> recent = std::make_shared<recent_states>();
  settings chosen;

private:
  std::unique_ptr<writer> writer_;
  std::unique_ptr<reader> reader_;
};

/// Ends the test case with the error's sentence.
template <class T>
T must(result<T> answer) {
  if (!answer) BOOST_FAIL(answer.problem().detail + " " + answer.problem().found);
  return std::move(answer).value();
}

/// A moment of 2026, and an id that was made then.
timestamp at(std::int64_t ms);
id id_at(std::int64_t ms);

/// A dislike made at(ms) with nothing optional in it, its example, and no impact.
case_entry plain(std::int64_t ms, const std::string& user_id, id previous = 0);
/// One in which every column holds something.
case_entry full(std::int64_t ms, const std::string& user_id, id previous = 0);
reason_state counted(const std::string& reason, std::int64_t dislikes, double sum, id last);
/// A batch of these with the user's tally as the pipeline keeps it.
case_file batch_of(std::vector<case_entry> entries);

/// All entries of the store in (after, through].
std::vector<case_entry> entries_of(reader& from, id after = 0, id through = id{1} << 53);
/// The same values, but for what is not stored.
void check_same(const case_entry& found, const case_entry& put);

}  // namespace demur::store
