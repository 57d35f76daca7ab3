#pragma once

/// The calls of the system that are let through, by the kernel (seccomp). Filters are for ever and for all threads, and of
/// two the stricter one counts. What is not let through fails with EPERM, so that a library that looks for a file or a
/// terminal can go on without; only what wire::forbidden_calls names ends the process.
namespace demur::plugin_host_program {

/// The process ends with the status of the forbidden call that it made. False: see errno.
bool watch_forbidden_calls();
/// What it takes to load a library and to think. Files can be opened for reading. False: see errno.
bool allow_loading();
/// What it takes to think. False: see errno.
bool allow_thinking();

}  // namespace demur::plugin_host_program
