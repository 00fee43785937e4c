// The world over NCCL, with NCCL replaced by one in host memory.
#include "runtime/worlds/inline_device.h"
#include "tests/runtime/fake_nccl/fake_nccl_world.h"
#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

constexpr Promises kPromises{.numbers = true,
                             .messages = true,
                             .prompt = true,
                             .addresses = true,
                             .switch_sums = true,
                             .failures = true,
                             .one_process = true};

WorldUnderTest over_nccl(const std::string& name, int ranks, FakeMemory memory) {
  return {name + std::to_string(ranks), ranks, kPromises,
          [ranks, memory](const std::function<void(World&)>& program, const Perform& perform) {
            std::vector<std::unique_ptr<Device>> devices;
            for (int rank = 0; rank < ranks; ++rank) {
              devices.push_back(make_inline_device([rank, &perform](const Task& task) {
                if (perform) perform(rank, task);
              }));
            }
            MemoryWorldOptions options;
            options.device = [&](int rank) -> Device& {
              return *devices[static_cast<std::size_t>(rank)];
            };
            run_over_fake_nccl(memory, ranks, options, program);
          }};
}

}  // namespace

std::vector<WorldUnderTest> worlds_under_test() {
  return {over_nccl("Nccl", 2, FakeMemory::host), over_nccl("Nccl", 3, FakeMemory::host),
          over_nccl("Nccl", 4, FakeMemory::host), over_nccl("NcclCopying", 4, FakeMemory::device)};
}

}  // namespace rehearse
