#pragma once

#include <stdexcept>
#include <string>

namespace demur::cli {

/// How the program ends; scripts rely on these numbers.
enum class exit_code : int {
  ok = 0,
  refused = 1,      ///< the server said no, or something that should be there is not
  usage = 2,        ///< the command line or an input file is wrong
  unreachable = 3,  ///< no server answers
};

/// What ends a command early: a sentence for the person and the exit code. Caught in one place, `run`.
class failure : public std::runtime_error {
public:
  failure(exit_code code, const std::string& sentence) : std::runtime_error(sentence), code_(code) {}
  exit_code code() const { return code_; }

private:
  exit_code code_;
};

}  // namespace demur::cli
