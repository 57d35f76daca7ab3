#include "dislike_stream.hpp"
#include "plugin/in_process_strategy.hpp"
#include "plugin/isolated_strategy.hpp"
#include "plugin/library.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

// What asking a strategy takes: each that is shipped, in this process and in one of its own, with batches of the sizes that
// the pipeline makes. Times between the question and the last of its answers, as the pipeline sees them.
namespace {

using namespace demur;
namespace fs = std::filesystem;
using strategy_ptr = std::unique_ptr<plugin::strategy>;

template <class T>
T must(result<T> answer) {
  if (answer) return std::move(answer).value();
  std::fprintf(stderr, "%s\n", answer.problem().detail.c_str());
  std::exit(1);
}

/// Dislikes for one strategy; every other one has a franchise.
class rows_for {
public:
  rows_for(const std::string& reason, std::size_t count) {
    bench::dislike_stream stream(100'000);
    for (case_entry& entry : stream.next(static_cast<int>(count)).entries) {
      dislike& row = rows_.emplace_back(std::move(entry.row));
      row.reason = reason;
      if (rows_.size() % 2 == 0) row.franchise = "Series " + std::to_string(rows_.size() % 500);
    }
    for (const dislike& row : rows_) asked_.push_back(&row);
  }

  /// Microseconds that the strategy takes for all of them.
  double ask(plugin::strategy& asked) const {
    const double began = bench::wall_seconds();
    asked.ask(asked_, {});
    const auto said = asked.answers();
    const double took = bench::wall_seconds() - began;
    for (const auto& one : said) {
      if (one) continue;
      std::fprintf(stderr, "%s\n", one.problem().detail.c_str());
      std::exit(1);
    }
    return took * 1e6;
  }

private:
  std::vector<dislike> rows_;
  std::vector<const dislike*> asked_;
};

struct percentiles {
  double median = 0.0, p99 = 0.0;
};

percentiles measure(plugin::strategy& asked, std::size_t batch, int times) {
  const rows_for rows(asked.reason(), batch);
  constexpr int warm_up = 20;
  for (int i = 0; i < warm_up; ++i) rows.ask(asked);
  std::vector<double> took;
  for (int i = 0; i < times; ++i) took.push_back(rows.ask(asked));
  std::ranges::sort(took);
  return {took[took.size() / 2], took[took.size() * 99 / 100]};
}

struct size_of_batch {
  std::size_t rows;
  int times;
};
constexpr std::array sizes = {size_of_batch{1, 10'000}, size_of_batch{64, 4'000}, size_of_batch{1'024, 600}};

strategy_ptr here(const fs::path& file) {
  return must(plugin::in_process_strategy::create(must(plugin::open_library(file)), "{}"));
}

strategy_ptr apart(const fs::path& file, const fs::path& host_program) {
  plugin::isolation_options chosen;
  chosen.host_program = host_program;
  return must(plugin::isolated_strategy::create(chosen, file, file, file.stem().string(), "{}"));
}

void run(const fs::path& folder, const fs::path& host_program) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".so") files.push_back(entry.path());
  std::ranges::sort(files);
  std::printf("%-18s %14s   %s\n", "", "in process", "in a process of its own: us a batch, median (p99)");
  std::printf("%-18s %14s", "", "ns a dislike");
  for (const auto& [rows, times] : sizes) std::printf(" %14s %6zu", "batch of", rows);
  std::printf("\n");
  for (const fs::path& file : files) {
    const strategy_ptr direct = here(file);
    constexpr std::size_t usual = 64;
    const double each_ns = measure(*direct, usual, sizes[1].times).median * 1e3 / static_cast<double>(usual);
    std::printf("%-18s %14.0f", direct->name().c_str(), each_ns);
    const strategy_ptr isolated = apart(file, host_program);
    for (const auto& [rows, times] : sizes) {
      const auto [median, p99] = measure(*isolated, rows, times);
      std::printf(" %11.0f (%7.0f)", median, p99);
    }
    std::printf("\n");
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::fprintf(stderr, "usage: plugins FOLDER HOST_PROGRAM\n");
    return 2;
  }
  run(words[1], words[2]);
}
