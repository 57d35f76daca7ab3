#pragma once

namespace demur::cli {

/// From now on SIGINT and SIGTERM only set a flag, so that a long command can end its tables and files. A second signal
/// ends the program at once. A signal from before is forgotten.
void catch_stop_signals();

/// Was the program asked to stop? Loops and waits look here at least ten times a second.
bool stop_requested();

}  // namespace demur::cli
