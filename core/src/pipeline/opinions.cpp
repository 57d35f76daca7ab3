#include "pipeline/opinions.hpp"

#include "domain/by_text.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace demur::pipeline {

namespace {

/// A strategy and the rows that are put to it.
struct question {
  plugin::strategy* asked = nullptr;
  bool as_shadow = false;
  std::vector<std::size_t> places;
  std::vector<const dislike*> rows;
};

error nobody(const dislike& row) {
  return {error_code::unavailable, "No strategy answers to " + row.reason + " any more.", "reason", row.reason,
          "a reason whose plugin is loaded"};
}

void put(std::vector<question>& all, plugin::strategy* asked, bool as_shadow, std::size_t place, const dislike* row) {
  auto found = std::ranges::find(all, asked, &question::asked);
  if (found == all.end()) found = all.insert(all.end(), question{asked, as_shadow, {}, {}});
  found->places.push_back(place);
  found->rows.push_back(row);
}

}  // namespace

bool asks_weights(const plugin::seat& seat) {
  return seat.live->info().asks_weights || (seat.shadow && seat.shadow->info().asks_weights);
}

std::size_t askable_at_once(std::span<const case_entry> rows, const plugin::seats& seated) {
  // Nearly always nobody asks for weights; then no names need to be remembered.
  if (std::ranges::none_of(seated, [](const auto& one) { return asks_weights(one.second); })) return rows.size();
  std::unordered_set<std::string_view> users;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const dislike& row = rows[i].row;
    const auto seat = seated.find(row.reason);
    const bool must_see = seat != seated.end() && asks_weights(seat->second);
    if (must_see && users.contains(row.user_id)) return i;
    users.insert(row.user_id);
  }
  return rows.size();
}

std::vector<opinion> ask_strategies(std::span<const dislike* const> rows, const plugin::seats& seated,
                                    const plugin::services& from, bool with_shadows) {
  std::vector<opinion> opinions;
  opinions.reserve(rows.size());
  std::vector<question> questions;
  for (const dislike* row : rows) {
    const std::size_t place = opinions.size();
    const auto found = seated.find(row->reason);
    const plugin::seat* seat = found == seated.end() ? nullptr : &found->second;
    opinions.push_back({seat, seat ? result<plugin::verdict>(plugin::verdict{}) : nobody(*row), {}});
    if (!seat) continue;
    put(questions, seat->live.get(), false, place, row);
    if (with_shadows && seat->shadow) put(questions, seat->shadow.get(), true, place, row);
  }
  // Those in this process last and answering first: the others work meanwhile.
  std::ranges::stable_partition(questions, [](const question& one) { return one.asked->isolation() != "none"; });
  for (const question& one : questions) one.asked->ask(one.rows, from);
  for (auto one = questions.rbegin(); one != questions.rend(); ++one) {
    auto said = one->asked->answers();
    for (std::size_t i = 0; i < one->places.size(); ++i) {
      opinion& of_row = opinions[one->places[i]];
      if (one->as_shadow)
        of_row.shadow = std::move(said[i]);
      else
        of_row.live = std::move(said[i]);
    }
  }
  return opinions;
}

}  // namespace demur::pipeline
