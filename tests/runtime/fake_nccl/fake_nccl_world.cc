#include "tests/runtime/fake_nccl/fake_nccl_world.h"

#include <vector>

#include "base/error.h"
#include "runtime/worlds/nccl/nccl_world.h"
#include "tests/runtime/fake_nccl/fake_device.h"

namespace rehearse {

namespace {

using Program = std::function<void(World&, const Backend&)>;

void run(FakeNccl& fake, FakeMemory memory, int ranks, const MemoryWorldOptions& options,
         const Program& program) {
  // They live longer than the ranks' tasks.
  std::vector<std::unique_ptr<NcclApi>> apis;
  std::vector<std::unique_ptr<FakeDevice>> devices;
  for (int rank = 0; rank < ranks; ++rank) {
    apis.push_back(fake.of_rank(rank));
    devices.push_back(std::make_unique<FakeDevice>(*apis.back()));
  }
  run_in_memory(ranks, options, [&](World& host) {
    const auto rank = static_cast<std::size_t>(host.transport().rank());
    const Backend& device = *devices[rank];
    const Backend& backend = memory == FakeMemory::device ? device : cpu_backend();
    run_over_nccl(host, *apis[rank], backend, {.timeout = Duration(60)},
                  [&](World& world) { program(world, backend); });
  });
}

void run_without_misuse(FakeMemory memory, int ranks, const MemoryWorldOptions& options,
                        const Program& program) {
  FakeNccl fake(memory == FakeMemory::device ? FakeNccl::Devices::own_memory
                                             : FakeNccl::Devices::any_memory);
  run(fake, memory, ranks, options, program);
  const std::vector<std::string> misuses = fake.misuses();
  if (!misuses.empty()) throw Error::environment(misuses.front());
}

}  // namespace

void run_over_fake_nccl(FakeNccl& fake, FakeMemory memory, int ranks,
                        const MemoryWorldOptions& options,
                        const std::function<void(World&)>& program) {
  run(fake, memory, ranks, options, [&](World& world, const Backend&) { program(world); });
}

void run_over_fake_nccl(FakeMemory memory, int ranks, const MemoryWorldOptions& options,
                        const std::function<void(World&)>& program) {
  run_without_misuse(memory, ranks, options, [&](World& world, const Backend&) { program(world); });
}

void run_on_fake_devices(int ranks, const MemoryWorldOptions& options,
                         const std::function<void(World&, const Backend& device)>& program) {
  run_without_misuse(FakeMemory::device, ranks, options, program);
}

}  // namespace rehearse
