// The world over NCCL inside one process: ranks are threads, as in the memory world, and NCCL and
// the devices are FakeNccl's.
#pragma once

#include <functional>

#include "kernels/backend.h"
#include "runtime/worlds/memory_world.h"
#include "tests/runtime/fake_nccl/fake_nccl.h"

namespace rehearse {

// Where the arithmetic of a rank finds tensors.
enum class FakeMemory : bool {
  host,   // tensors of the program, which NCCL is given as they are
  device  // of FakeDevice: tensors of the host are copied
};

void run_over_fake_nccl(FakeNccl& fake, FakeMemory memory, int ranks,
                        const MemoryWorldOptions& options,
                        const std::function<void(World&)>& program);

// The same, after which there must have been no misuse: throws Error::environment, with the first.
void run_over_fake_nccl(FakeMemory memory, int ranks, const MemoryWorldOptions& options,
                        const std::function<void(World&)>& program);

// The same with devices that have memory of their own; the program is told its rank's.
void run_on_fake_devices(int ranks, const MemoryWorldOptions& options,
                         const std::function<void(World&, const Backend& device)>& program);

}  // namespace rehearse
