#pragma once

#include <iosfwd>

namespace demur::cli {

/// Where a command writes. Results go to `out`, so that they can be piped; progress and errors go to `err`.
struct terminal {
  std::ostream& out;
  std::ostream& err;
  bool out_is_tty = false;
  bool err_is_tty = false;
};

}  // namespace demur::cli
