// What holds on machines of all kinds: auto against the simulated best, and more of everything.
// REHEARSE_ALL_MACHINES in the environment runs the whole grids, of which the suite runs a share.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "predict/collective.h"
#include "sim/collectives/collective_chooser.h"
#include "tests/predict/random_machines.h"
#include "topologies/graph/build.h"
#include "topologies/placement/placement.h"

namespace rehearse {
namespace {

constexpr std::array kAlgorithms{
    Algorithm::ring,         Algorithm::tree,         Algorithm::nvls,
    Algorithm::nvls_tree,    Algorithm::hierarchical, Algorithm::recursive_doubling,
    Algorithm::rabenseifner, Algorithm::binomial,     Algorithm::halving_doubling,
    Algorithm::node_leader};

bool all_machines() { return std::getenv("REHEARSE_ALL_MACHINES") != nullptr; }

// Seconds by size; empty if the machine cannot run it.
std::vector<double> seconds(const Scenario& scenario, int nodes, Algorithm algorithm,
                            const std::vector<double>& sizes) {
  CollectiveQuestion question;
  question.scenario = &scenario;
  question.ranks = nodes * scenario.node.devices;
  question.ranks_per_node = scenario.node.devices;
  question.bytes = sizes;
  question.algorithm = algorithm;
  std::vector<double> times;
  try {
    for (const CollectiveRow& row : predict_collective(question).rows) {
      times.push_back(row.time.p50);
    }
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::input) << error.what();
  }
  return times;
}

TEST(RandomMachines, AutoIsNeverATenthSlowerThanTheSimulatedBest) {
  const std::vector<double> sizes{65536, 1048576, 16777216, 268435456};
  double worst = 0;
  for (std::uint64_t number = 0; number < 40; ++number) {
    if (!all_machines() && number % 8 != 7) continue;
    const AnyMachine machine = random_machine(number);
    const Scenario scenario = scenario_of(machine, Fidelity::flow);
    for (const int nodes : {2, 8, 32}) {
      const std::vector<double> chosen = seconds(scenario, nodes, Algorithm::automatic, sizes);
      ASSERT_EQ(chosen.size(), sizes.size());
      for (const Algorithm algorithm : kAlgorithms) {
        const std::vector<double> times = seconds(scenario, nodes, algorithm, sizes);
        for (std::size_t s = 0; s < times.size(); ++s) {
          worst = std::max(worst, chosen[s] / times[s]);
          EXPECT_LE(chosen[s], 1.10 * times[s]) << machine.name << ", " << nodes << " nodes, "
                                                << sizes[s] << " bytes by " << to_text(algorithm);
        }
      }
    }
  }
  RecordProperty("worst", std::to_string(worst));
}

// The prices of one call in one protocol at two sizes, on the machine and on one whose links are
// all 1.3 times as fast.
TEST(RandomMachines, MoreBandwidthIsNeverSlowerAndMoreDataNeverFaster) {
  const std::uint64_t count = all_machines() ? 1000 : 60;
  for (std::uint64_t number = 0; number < count; ++number) {
    AnyMachine machine = random_machine(number);
    AnyMachine faster = random_machine(number, 1.3);
    // Other routings choose anew for each network.
    machine.network.routing = faster.network.routing = Routing::minimal;
    std::optional<Protocol> protocol;
    if (machine.stack.library) protocol = Protocol::simple;
    const int ranks = 8 * machine.node.devices;
    const auto prices = [&](const AnyMachine& any, std::int64_t elements) {
      const Scenario scenario = scenario_of(any, Fidelity::analytic);
      const Network network = build_network(scenario.network, scenario.nodes, scenario.node);
      const auto router = make_router(network, scenario.network.routing);
      const std::vector<EndpointId> workers = place(network, scenario.placement, ranks, 1);
      CollectivePatterns patterns(network, *router, workers, scenario.stack, false);
      CollectiveChooser chooser(patterns, {});
      std::vector<double> all;
      for (const Algorithm algorithm : kAlgorithms) {
        const bool runs =
            chooser.obstacle(Operation::all_reduce, algorithm, ranks, machine.node.devices).empty();
        all.push_back(!runs ? 0
                            : chooser
                                  .choose(*patterns.world(), Operation::all_reduce, algorithm,
                                          protocol, machine.node.devices, elements, 4)
                                  .price.value());
      }
      return all;
    };
    const std::vector<double> base = prices(machine, 1 << 20);
    const std::vector<double> more_data = prices(machine, (1 << 20) + (1 << 18));
    const std::vector<double> more_rate = prices(faster, 1 << 20);
    for (std::size_t a = 0; a < base.size(); ++a) {
      SCOPED_TRACE(machine.name + ": " + to_text(kAlgorithms[a]));
      EXPECT_GE(more_data[a], base[a] * (1 - 1e-9));
      EXPECT_LE(more_rate[a], base[a] * (1 + 1e-9));
    }
  }
}

}  // namespace
}  // namespace rehearse
