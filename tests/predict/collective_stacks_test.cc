// Collectives on shipped machines with the stacks that their presets name, against what is
// published of such machines, and what the choice of the library comes to.
#include <gtest/gtest.h>

#include <string>

#include "base/error.h"
#include "predict/collective.h"

namespace rehearse {
namespace {

Scenario machine(const std::string& preset, const std::string& device, int nodes,
                 const std::string& more = "") {
  return read_scenario(JsonDocument::parse_text(
      R"({"name": "m", "workload": {"collectives": [{"all_reduce": "1 MiB"}]}, "cluster": {"nodes": )" +
          std::to_string(nodes) + R"(, "node": {"device": ")" + device +
          R"("}, "network": {"preset": ")" + preset + "\"" + more +
          R"(}}, "sweep": {"workers": [8]}})",
      "test.json"));
}

CollectiveRow row(const Scenario& scenario, int ranks, double bytes,
                  Algorithm algorithm = Algorithm::native,
                  Operation operation = Operation::all_reduce) {
  CollectiveQuestion question;
  question.scenario = &scenario;
  question.operation = operation;
  question.ranks = ranks;
  question.ranks_per_node = scenario.node.devices;
  question.bytes = {bytes};
  question.algorithm = algorithm;
  return predict_collective(question).rows.front();
}

// GB/s as nccl-tests print it.
double bus(const CollectiveRow& row, int ranks, Operation operation = Operation::all_reduce) {
  return row.algorithm_bandwidth() * bus_factor(operation, ranks) / 1e9;
}

constexpr double kGi = 1073741824.0;

TEST(CollectiveStacks, LargeAllReducesReachWhatIsMeasured) {
  const Scenario selene = machine("infiniband-hdr-selene", "a100-sxm4-80gb", 8);
  const double on_selene = bus(row(selene, 64, kGi), 64);
  EXPECT_GT(on_selene, 165);
  EXPECT_LT(on_selene, 200);
  const Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 64);
  const double on_eos = bus(row(eos, 512, kGi), 512);
  EXPECT_GT(on_eos, 270);
  EXPECT_LT(on_eos, 400);
  const Scenario perlmutter = machine("slingshot-perlmutter", "a100-sxm4-80gb", 16);
  const double on_perlmutter = bus(row(perlmutter, 64, kGi), 64);
  EXPECT_GT(on_perlmutter, 60);
  EXPECT_LT(on_perlmutter, 100);
}

// One node of 8 H100: 473 to 483 GB/s by the switch at 1 GiB, more than the 450 of a link; 366 by
// ring.
TEST(CollectiveStacks, OneNodeSumsInItsSwitch) {
  const Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 1);
  const CollectiveRow large = row(eos, 8, kGi);
  EXPECT_EQ(large.algorithm, "nvls");
  EXPECT_NEAR(bus(large, 8) / 478, 1, 0.06);
  EXPECT_NEAR(bus(row(eos, 8, kGi, Algorithm::ring), 8) / 366, 1, 0.11);
  // 14 steps of about 0.6 us and a launch of about 6 us: 12.9 to 16 us were measured.
  const CollectiveRow small = row(eos, 8, 8);
  EXPECT_EQ(small.algorithm, "ring");
  EXPECT_EQ(small.protocol, "ll");
  EXPECT_GT(small.time.p50, 12.9e-6);
  EXPECT_LT(small.time.p50, 16e-6);
}

// Over two nodes a tree sends every byte across once: more than the 400 GB/s of the NICs.
TEST(CollectiveStacks, TwoNodesExceedTheirNics) {
  const Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 2);
  const CollectiveRow large = row(eos, 16, kGi);
  EXPECT_EQ(large.algorithm, "nvls_tree");
  EXPECT_GT(bus(large, 16), 440);
  EXPECT_LT(bus(large, 16), 520);
}

TEST(CollectiveStacks, IntervalsHaveWidth) {
  const Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 4);
  const Quantiles time = row(eos, 32, kGi).time;
  EXPECT_LT(time.p10, 0.97 * time.p50);
  EXPECT_GT(time.p90, 1.03 * time.p50);
}

// An all-to-all of P ranks sends (P - L) / P of its bytes over the NICs at 0.85 of the fair rate:
// 16 ranks on 2 nodes of 8 send half of 1 GiB at 0.85 * 23.75 GB/s, 26.6 ms.
TEST(CollectiveStacks, ConvergingFlowsAreSlower) {
  const Scenario selene = machine("infiniband-hdr-selene", "a100-sxm4-80gb", 2);
  const CollectiveRow large = row(selene, 16, kGi, Algorithm::native, Operation::all_to_all);
  EXPECT_NEAR(large.time.p50, 26.6e-3, 1.5e-3);
}

// CollNet has a formula only: 1 GiB at 8 channels of 23.75 GB/s takes 5.7 ms or more.
TEST(CollectiveStacks, FormulasTakeTheirTime) {
  const Scenario selene = machine("infiniband-hdr-selene", "a100-sxm4-80gb", 8);
  const CollectiveRow chain = row(selene, 64, kGi, Algorithm::collnet_chain);
  EXPECT_EQ(chain.algorithm, "collnet_chain");
  EXPECT_GT(chain.time.p50, 5.6e-3);
  EXPECT_LT(chain.time.p50, 20e-3);
}

// Message by message no switch of a node adds: the library is taken not to have it.
TEST(CollectiveStacks, MessagesKnowNoSumsInSwitches) {
  Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 2);
  eos.fidelity = Fidelity::message;
  EXPECT_EQ(row(eos, 16, 1048576).algorithm, "tree");
  EXPECT_THROW(row(eos, 16, 1048576, Algorithm::nvls_tree), Error);
}

TEST(CollectiveStacks, RefusesWhatAMachineCannotRun) {
  const Scenario selene = machine("infiniband-hdr-selene", "a100-sxm4-80gb", 2);
  EXPECT_THROW(row(selene, 16, kGi, Algorithm::nvls_tree), Error);  // no switch of a node adds
  EXPECT_THROW(row(selene, 16, kGi, Algorithm::pat), Error);
  EXPECT_THROW(row(selene, 16, kGi, Algorithm::tree, Operation::broadcast), Error);
}

// 8 and 4 devices of two nodes: no switch can sum over unequal nodes, NCCL does something else.
TEST(CollectiveStacks, UnequalNodesGetWhatTheyCanRun) {
  const Scenario eos = machine("infiniband-ndr-eos", "h100-sxm5-80gb", 2);
  const CollectiveRow large = row(eos, 12, kGi);
  EXPECT_TRUE(large.algorithm == "ring" || large.algorithm == "tree") << large.algorithm;
  // A ring over 4 devices and 4 NICs of the smaller node carries 4 times 50 GB/s at most; a tree
  // over two nodes twice that.
  EXPECT_GT(bus(large, 12), 100);
  EXPECT_LT(bus(large, 12), 400);
  EXPECT_LT(row(eos, 12, 8).time.p50, row(eos, 12, 1048576).time.p50);
}

}  // namespace
}  // namespace rehearse
