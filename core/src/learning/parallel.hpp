#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace demur::learning {

/// How many threads `wanted` means; 0: as many as there are cores.
inline int threads_for(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

/// Calls `work(first, last, thread)` for slices of [0, count) of `slice` each, on so many threads, of which this one is
/// number 0. The slices do not depend on the number of threads. The first exception is thrown again here.
template <class Work>
void in_slices(std::size_t count, std::size_t slice, int threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  std::atomic<bool> broken = false;
  std::exception_ptr thrown;
  const auto run = [&](int thread) {
    try {
      for (std::size_t first = next.fetch_add(slice); first < count && !broken; first = next.fetch_add(slice))
        work(first, std::min(first + slice, count), thread);
    } catch (...) {
      if (!broken.exchange(true)) thrown = std::current_exception();
    }
  };
  const auto slices = (count + slice - 1) / slice;
  const int helpers = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads), slices)) - 1;
  std::vector<std::jthread> others;
  for (int thread = 1; thread <= helpers; ++thread) others.emplace_back(run, thread);
  run(0);
  others.clear();
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace demur::learning
