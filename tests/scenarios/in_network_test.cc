// Switches that add, as scenarios give them.
#include <gtest/gtest.h>

#include "tests/scenarios/base_scenario.h"

namespace rehearse {
namespace {

const std::string kKey = "cluster.network.in_network_reduction=";
const std::string kSwitches = kKey + R"({"bandwidth": "20 GB/s"})";
constexpr const char* kAlgorithm = "training.allreduce.algorithm=in_network";

TEST(InNetworkKeys, AreRead) {
  const SwitchReduction plain = base_with({kSwitches}).network.reduction.value();
  EXPECT_EQ(plain.bandwidth, Bandwidth(20e9));
  EXPECT_EQ(plain.latency, Duration(0));
  EXPECT_EQ(plain.adder, SwitchReduction::Adder::port);
  const SwitchReduction full =
      base_with({kKey + R"({"bandwidth": "20 GB/s", "latency": "100 ns", "adder": "switch"})"})
          .network.reduction.value();
  EXPECT_DOUBLE_EQ(full.latency.value(), 100e-9);
  EXPECT_EQ(full.adder, SwitchReduction::Adder::whole);
  EXPECT_FALSE(base_with().network.reduction);
}

TEST(InNetworkKeys, MistakesAreNamed) {
  const std::string at = "s.json: /cluster/network/in_network_reduction/";
  EXPECT_EQ(complaint({kKey + R"({"bandwith": "20 GB/s"})"}),
            at + "bandwith: unknown key 'bandwith' ('bandwidth' is required): did you mean "
                 "'bandwidth'?");
  EXPECT_EQ(complaint({kKey + R"({"bandwidth": "20 GB/s", "latncy": "1 us"})"}),
            at + "latncy: unknown key 'latncy' (known here: adder, bandwidth or latency): did you "
                 "mean 'latency'?");
  EXPECT_EQ(complaint({kKey + R"({"bandwidth": "0 GB/s"})"}),
            at + "bandwidth: a bandwidth of zero adds nothing: give a positive rate, or leave "
                 "in_network_reduction out");
  EXPECT_EQ(complaint({kKey + R"({"bandwidth": "1 GB/s", "adder": "prot"})"}),
            at + "adder: 'prot' is not known (it can be port or switch): did you mean 'port'?");
}

TEST(InNetworkKeys, TheAlgorithmNeedsTheSwitches) {
  const std::string at = "s.json: /training/allreduce/algorithm: ";
  EXPECT_EQ(complaint({kAlgorithm, "sweep={}"}),
            at + "the switches of this network do not reduce (it has no 'in_network_reduction'): "
                 "give cluster.network.in_network_reduction, or use another algorithm");
  const Scenario s = base_with({kAlgorithm, kSwitches, "sweep={}"});
  EXPECT_EQ(s.all_reduce.algorithm, Algorithm::in_network);
  EXPECT_EQ(s.workers.front(), 4);  // whole nodes
  EXPECT_EQ(complaint({kAlgorithm, kSwitches, "sweep={}", "fidelity=analytic"}), "accepted");
  EXPECT_EQ(complaint({kAlgorithm, kSwitches, "sweep={}", "fidelity=message"}),
            at + "fidelity 'message' knows no in-network reduction (a stream over a tree of "
                 "switches is no message between two ranks): use fidelity flow or analytic, or "
                 "another algorithm");
}

TEST(InNetworkKeys, StayWithAnotherTopology) {
  const Scenario s = base_with({R"(cluster.network={"preset": "infiniband-hdr-selene"})",
                                R"(cluster.node={"device": "a100-sxm4-80gb"})", kAlgorithm,
                                "cluster.network.topology=torus", "sweep={}"});
  EXPECT_EQ(s.network.reduction.value().bandwidth, Bandwidth(23.75e9));
  EXPECT_EQ(s.network.reduction.value().adder, SwitchReduction::Adder::whole);
}

}  // namespace
}  // namespace rehearse
