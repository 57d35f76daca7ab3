#include "dislike_stream.hpp"
#include "store/store.hpp"

#include <demur/settings.hpp>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

// What the store takes for a dislike: loading the states that it touches, the commit with all its rows, and the merge of
// the states into their table. The first window beside the last says whether it stays so.
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
  const auto recent = std::make_shared<store::recent_states>();
  auto states = must(store::reader::open(chosen, recent));
  auto weights = must(store::weights_writer::open(chosen));
  bench::windows loads(asked), commits(asked), merges(asked);
  std::vector<user_features> wanted;
  for (std::int64_t done = 0; done < asked.dislikes; done += asked.batch) {
    case_file batch = stream.next(asked.batch);
    wanted.clear();
    for (const user_state& user : batch.users) {
      wanted.push_back({user.user_id, {}});
      for (const feature_state& state : user.features) wanted.back().features.push_back(state.feature);
    }
    loads.measure(asked.batch, [&] { must(states->states(wanted)); });
    commits.measure(asked.batch, [&] {
      must(store->commit(batch));
      recent->add(std::move(batch.users), batch.entries.back().row.dislike_id);
    });
    merges.measure(asked.batch, [&] {
      if (recent->waiting() < static_cast<std::size_t>(chosen.store.merge_users)) return;
      must(weights->merge(recent->take()));
      recent->merged();
    });
  }
  loads.print_summary("load");
  commits.print_summary("commit");
  merges.print_summary("merge");
}

}  // namespace

int main(int count, char** words) {
  const auto asked = bench::read_options(count, words);
  std::filesystem::remove_all(asked.folder);
  std::filesystem::create_directories(asked.folder);
  run(asked);
  std::filesystem::remove_all(asked.folder);
}
