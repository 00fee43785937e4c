// The worlds that one process can hold: in memory, of a single rank, and simulated.
#include "runtime/worlds/inline_device.h"
#include "runtime/worlds/memory_world.h"
#include "runtime/worlds/solo_world.h"
#include "tests/sim/one_switch.h"
#include "tests/worlds/world_under_test.h"

namespace rehearse {
namespace {

constexpr Promises kInMemory{.numbers = true,
                             .messages = true,
                             .prompt = true,
                             .addresses = true,
                             .switch_sums = true,
                             .failures = true,
                             .one_process = true};
constexpr Promises kAlone{
    .numbers = true, .addresses = true, .switch_sums = true, .failures = true, .one_process = true};
// Nothing fails in a simulation but by a bug, which ends it. Under message, switches do not add.
constexpr Promises kFlow{.messages = true,
                         .prompt = true,
                         .addresses = true,
                         .switch_sums = true,
                         .waits = true,
                         .virtual_time = true};
constexpr Promises kMessage{
    .messages = true, .prompt = true, .addresses = true, .waits = true, .virtual_time = true};

WorldUnderTest in_memory(int ranks) {
  return {"Memory" + std::to_string(ranks), ranks, kInMemory,
          [ranks](const std::function<void(World&)>& program, const Perform& perform) {
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
            run_in_memory(ranks, options, program);
          }};
}

WorldUnderTest alone() {
  return {"Solo", 1, kAlone,
          [](const std::function<void(World&)>& program, const Perform& perform) {
            const auto device = make_inline_device([&perform](const Task& task) {
              if (perform) perform(0, task);
            });
            run_alone(*device, program);
          }};
}

// The layers of all programs of the suite.
OneSwitch four_layers_on(int ranks, Fidelity fidelity) {
  OneSwitch cluster = two_layers_on(ranks, fidelity);
  cluster.costs.forward.resize(4, cluster.costs.forward.front());
  cluster.costs.backward.resize(4, cluster.costs.backward.front());
  cluster.costs.memory = Bandwidth(100e9);         // and so does arithmetic
  cluster.stack.message_latency = Duration(1e-6);  // an agreement takes time
  return cluster;
}

// In a child process, which hands on whether anything was not as expected.
WorldUnderTest simulated(const std::string& name, int ranks, Fidelity fidelity) {
  const bool in_flows = fidelity == Fidelity::flow;
  return {name + std::to_string(ranks), ranks, in_flows ? kFlow : kMessage,
          [ranks, fidelity](const std::function<void(World&)>& program, const Perform&) {
            const std::vector<double> failed = forked([&] {
              simulate_on(four_layers_on(ranks, fidelity),
                          [&](World& world, const StepObserver&) { program(world); });
              return std::vector<double>{testing::Test::HasFailure() ? 1.0 : 0.0};
            });
            EXPECT_EQ(failed, std::vector<double>{0}) << "see above";
          }};
}

}  // namespace

std::vector<WorldUnderTest> worlds_under_test() {
  return {in_memory(2),
          in_memory(3),
          in_memory(4),
          alone(),
          simulated("Flow", 2, Fidelity::flow),
          simulated("Flow", 4, Fidelity::flow),
          simulated("Message", 2, Fidelity::message),
          simulated("Message", 4, Fidelity::message)};
}

}  // namespace rehearse
