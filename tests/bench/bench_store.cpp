#include "dislike_stream.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

// What the store takes for a dislike: loading the states that it touches, and the commit with all its rows. The first
// window beside the last says whether it stays so.
namespace {

using namespace demur;

template <class T>
T must(result<T> answer) {
  if (answer) return std::move(answer).value();
  std::fprintf(stderr, "%s %s\n", answer.problem().detail.c_str(), answer.problem().found.c_str());
  std::exit(1);
}

void run(const bench::options& asked) {
  settings chosen;
  chosen.data_folder = asked.folder;
  auto store = must(store::writer::open(chosen));
  bench::dislike_stream stream(asked.users);
  bench::windows loads(asked), commits(asked);
  std::vector<feature_key> keys;
  for (std::int64_t done = 0; done < asked.dislikes; done += asked.batch) {
    const case_file batch = stream.next(asked.batch);
    keys.clear();
    for (const feature_state& state : batch.features) keys.push_back({state.user_id, state.feature});
    loads.measure(asked.batch, [&] { must(store->features(keys)); });
    commits.measure(asked.batch, [&] { must(store->commit(batch)); });
  }
  loads.print_summary("load");
  commits.print_summary("commit");
}

}  // namespace

int main(int count, char** words) {
  const auto asked = bench::read_options(count, words);
  std::filesystem::remove_all(asked.folder);
  std::filesystem::create_directories(asked.folder);
  run(asked);
  std::filesystem::remove_all(asked.folder);
}
