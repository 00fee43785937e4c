// Runs the same measurement in one process per device of this machine, each bound to the cores of
// its device: first one process alone, then all at once.
//
//   std::vector<CoRunResult> times = co_run({.devices = 2, .threads = 1}, jobs, [&](std::size_t
//   job) {
//     return seconds_of(job);
//   });
//
// The processes are forked from the caller, which must not have started threads.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "base/units.h"

namespace rehearse {

struct CoRunOptions {
  int devices = 1;
  int threads = 1;                 // per device
  Duration budget{1e9};            // no job starts after it
  std::size_t values_per_job = 1;  // numbers that a job measures
  // Called in the parent, a few times a second, with the time since the start; may be empty.
  std::function<void(Duration passed)> progress = {};
};

struct CoRunResult {
  std::vector<double> alone;                 // of the first device; empty if the budget was over
  std::vector<double> busy;                  // mean over the devices
  std::vector<std::vector<double>> busy_of;  // by device
};

// `measure` returns values_per_job numbers and is called in the forked processes, once per job and
// phase. Throws Error::environment when a process dies.
std::vector<CoRunResult> co_run(const CoRunOptions& options, std::size_t jobs,
                                const std::function<std::vector<double>(std::size_t job)>& measure);

}  // namespace rehearse
