#pragma once

namespace demur::plugin_host_program {

/// Takes the order from the stream at `wire::channel`, locks itself up, loads the plugin and answers for it until the stream
/// ends.
[[noreturn]] void serve();

}  // namespace demur::plugin_host_program
