// What the levels of a stack make of a collective: shares of the channels, the ramp of large
// transfers, all-to-alls over many nodes.
#include "sim/collectives/step_costs.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "base/json_reader.h"
#include "topologies/graph/build.h"

namespace rehearse {
namespace {

struct Machine {
  explicit Machine(const std::string& levels, std::vector<int> rings = {})
      : network(build_network(spec(), 16, node(std::move(rings)))) {
    const JsonDocument document = JsonDocument::parse_text(levels, "stack.json");
    stack = read_stack_profile(document.root());
  }

  static NetworkSpec spec() {
    NetworkSpec spec;
    spec.injection = {Bandwidth(25e9), Duration(0.5e-6)};
    return spec;
  }
  static NodeSpec node(std::vector<int> rings) {
    NodeSpec node;
    node.rings = std::move(rings);
    node.devices = 4;
    node.nics = 2;
    node.device = {Bandwidth(300e9), Duration(1e-6)};
    return node;
  }

  StepCosts costs(Operation operation, Algorithm algorithm, Protocol protocol, int ranks,
                  double bytes) const {
    CollectiveCall call;
    call.operation = operation;
    call.algorithm = algorithm;
    call.protocol = protocol;
    call.ranks_per_node = 4;
    return step_costs(network, stack, call, ranks, bytes).value();
  }

  Network network;
  StackProfile stack;
};

const std::string kStack = R"({
  "name": "s", "library": "nccl", "library_version": "2.21", "launch": "3.3 us",
  "inside": {"channel_bandwidth": "20 GB/s", "channels": 12, "half_bandwidth": "1 MiB",
             "latency": {"ll": "0.6 us", "ll128": "1.9 us", "simple": "3.4 us"}},
  "nic": {"channel_bandwidth": "20 GB/s", "channels": 1, "converging": 0.5,
          "latency": {"ll": "2.7 us", "ll128": "4 us", "simple": "14 us"}}})";

// 24 channels in simple carry at least 32 KiB each, together 768 KiB; of 384 KiB half of them work.
// On 4 ranks a device sends 1.5 times the buffer: at 1 GiB the ramp is 1 / (1 + (1 / 1536)^0.6).
TEST(StepCosts, SmallCollectivesUseFewChannels) {
  const Machine machine(kStack);
  const auto device = [&](double bytes) {
    return machine.costs(Operation::all_reduce, Algorithm::ring, Protocol::simple, 4, bytes)
        .device.value();
  };
  const auto ramp = [](double bytes) { return 1 / (1 + std::pow(1048576.0 / (1.5 * bytes), 0.6)); };
  const double all = 240e9;
  EXPECT_NEAR(device(1073741824.0), all * ramp(1073741824.0), 1e6);
  EXPECT_NEAR(device(393216), all * ramp(393216) / 2, 1e6);
}

// LL reaches 87.7 GB/s on one node of Ampere; 4 KiB fill one channel of 24.
TEST(StepCosts, TheProtocolOfSmallMessagesHasNoRamp) {
  const Machine machine(kStack);
  const StepCosts costs =
      machine.costs(Operation::all_reduce, Algorithm::ring, Protocol::ll, 4, 4096);
  EXPECT_NEAR(costs.device.value(), 87.7e9 / 24, 1e6);
}

// NCCL launches a ring in LL in 6.6 us and in simple in 8.4 us; this stack takes half.
TEST(StepCosts, LaunchingScalesWithTheStack) {
  const Machine machine(kStack);
  const auto base = [&](Protocol protocol) {
    return machine.costs(Operation::all_gather, Algorithm::ring, protocol, 4, 4096).base.value();
  };
  EXPECT_NEAR(base(Protocol::ll), 3.3e-6, 1e-9);
  EXPECT_NEAR(base(Protocol::simple), 4.2e-6, 1e-9);
}

// 0.5 over two nodes, 1 / (1 + sqrt(9)) = 0.25 over ten; 1 of rings.
TEST(StepCosts, AllToAllsReachLessTheMoreNodesSend) {
  const Machine machine(kStack);
  const auto share = [&](Operation operation, int ranks) {
    return machine
        .costs(operation,
               operation == Operation::all_to_all ? Algorithm::pairwise : Algorithm::ring,
               Protocol::simple, ranks, 1e9)
        .converging;
  };
  EXPECT_DOUBLE_EQ(share(Operation::all_to_all, 8), 0.5);
  EXPECT_DOUBLE_EQ(share(Operation::all_to_all, 40), 0.25);
  EXPECT_DOUBLE_EQ(share(Operation::all_reduce, 40), 1);
}

// Two devices of a mesh form one ring of the four of a whole node: 60 of 240 GB/s.
TEST(StepCosts, PartOfAMeshHasItsShareOfTheRings) {
  const double all = 240e9;
  const double bytes = 1e15;  // no ramp
  const auto device = [&](const Machine& machine, int ranks) {
    return machine.costs(Operation::all_reduce, Algorithm::ring, Protocol::simple, ranks, bytes)
        .device.value();
  };
  const Machine mesh(kStack, {1, 2, 4});
  EXPECT_NEAR(device(mesh, 2), all / 4, 1e7);
  EXPECT_NEAR(device(mesh, 3), all / 2, 1e7);
  EXPECT_NEAR(device(mesh, 4), all, 1e7);
  EXPECT_NEAR(device(Machine(kStack), 2), all, 1e7);
}

}  // namespace
}  // namespace rehearse
