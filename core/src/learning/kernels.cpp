#include "learning/kernels.hpp"

namespace demur::learning {

namespace baseline {
extern const kernels table;
}
#if defined(__x86_64__)
namespace avx2 {
extern const kernels table;
}
namespace avx512 {
extern const kernels table;
}
#endif

namespace {

const kernels& choose() {
#if defined(__x86_64__)
  const bool fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (fused && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) return avx512::table;
  if (fused) return avx2::table;
#endif
  return baseline::table;
}

}  // namespace

const kernels& best_kernels() {
  static const kernels& chosen = choose();
  return chosen;
}

}  // namespace demur::learning
