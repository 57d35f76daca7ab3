#pragma once

#include <cstdint>

/// What a plugin may do is decided by this process about itself, before any code of the plugin runs. Each of these ends the
/// process where the system does not do what is asked: rather no plugin than one that is free.
namespace demur::plugin_host_program {

/// From here on: no new rights; limits of memory, files and descriptors; death when the server is gone; and of the system's
/// calls only those that loading a library and thinking take. Files may be read.
void lock_up(std::uint64_t memory_mib);

/// Once the plugin is created: memory, time, threads, and the stream to the server. No file at all.
void close_the_door();

}  // namespace demur::plugin_host_program
