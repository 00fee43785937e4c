// A real world inside one process: every rank is a thread, messages are copied through queues,
// schedules run on real numbers. The proving ground for collectives and training programs.
//
//   run_in_memory(4, {}, [](World& world) { … });
//
// An exception in one rank ends the run and is thrown again to the caller; ranks that wait for the
// failed one are released by an Error.
#pragma once

#include <functional>

#include "runtime/world/world.h"

namespace rehearse {

struct MemoryWorldOptions {
  // The device of a rank, borrowed; empty: devices that do nothing.
  std::function<Device&(int rank)> device;
};

void run_in_memory(int ranks, const MemoryWorldOptions& options,
                   const std::function<void(World&)>& program);

}  // namespace rehearse
