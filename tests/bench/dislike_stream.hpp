#pragma once

#include "domain/case_file.hpp"

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace demur::bench {

/// An endless stream of dislikes as the pipeline hands them to the store: users at random, two genres, three of the
/// cast, 1.6 impacts and seven feature states a dislike. The same seed gives the same rows to every program.
class dislike_stream {
public:
  explicit dislike_stream(std::int64_t users) : users_(users) {}

  /// The next batch; its states are those of a feature's first dislike.
  case_file next(int size);

private:
  case_entry entry();
  std::vector<std::string> features_of(const dislike& row) const;

  std::int64_t users_;
  std::int64_t made_ = 0;
  std::mt19937_64 random_{7};
};

/// What was asked for on the command line.
struct options {
  std::int64_t dislikes = 1'000'000;
  std::int64_t users = 100'000;
  int batch = 256;
  std::string folder = "bench-store";  ///< made anew, gone at the end
};
options read_options(int count, char** words);

/// CPU time of the process, all threads; and time that passed. In seconds.
double cpu_seconds();
double wall_seconds();

/// Measures one part of the work at a time, in ten windows over the whole run.
class windows {
public:
  explicit windows(const options& chosen);
  template <class Work>
  void measure(int dislikes, const Work& work) {
    const double cpu = cpu_seconds(), wall = wall_seconds();
    work();
    add(dislikes, cpu_seconds() - cpu, wall_seconds() - wall);
  }
  /// Medians over the windows, and the last window beside the first.
  void print_summary(const char* name) const;

private:
  struct window {
    std::int64_t dislikes = 0;
    double cpu = 0.0, wall = 0.0, slowest = 0.0;
  };
  void add(int dislikes, double cpu, double wall);

  std::int64_t size_;
  std::vector<window> all_{1};
};

}  // namespace demur::bench
