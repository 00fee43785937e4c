// What is simulated of every algorithm, against the one that is chosen.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "forked.h"
#include "sim/collective_chooser.h"
#include "tests/sim/random_machines.h"
#include "topologies/build.h"
#include "topologies/placement.h"

namespace rehearse {
namespace {

constexpr std::array kAlgorithms{
    Algorithm::ring,         Algorithm::tree,         Algorithm::nvls,
    Algorithm::nvls_tree,    Algorithm::hierarchical, Algorithm::recursive_doubling,
    Algorithm::rabenseifner, Algorithm::binomial,     Algorithm::halving_doubling,
    Algorithm::node_leader,  Algorithm::automatic};

// Seconds of one all-reduce of each size (rows) by each algorithm (columns; 0: it cannot run).
std::vector<double> simulated(const AnyMachine& machine, int nodes,
                              const std::vector<std::int64_t>& sizes) {
  return forked([&] {
    const Network network = build_network(machine.network, machine.nodes, machine.node);
    const auto router = make_router(network, machine.network.routing);
    SimulationOptions options;
    options.network = &network;
    options.router = router.get();
    const int ranks = nodes * machine.node.devices;
    for (int rank = 0; rank < ranks; ++rank) options.workers.push_back(rank);
    options.fabric = machine.fabric;
    options.noise.runs = options.noise.steps_per_run = 1;
    options.fidelity = CollectiveFidelity::flow;
    options.background = machine.background;
    CollectivePatterns patterns(network, *router, options.workers, options.fabric, false);
    options.patterns = &patterns;
    CollectiveChooser chooser(patterns,
                              {.pipelined = true, .free_share = 1 - machine.background.share});
    std::vector<double> times(sizes.size() * kAlgorithms.size());
    simulate(options, [&](World& world, const StepObserver&) {
      Transport& transport = world.transport();
      const Group& all = *transport.world();
      for (std::size_t s = 0; s < sizes.size(); ++s) {
        for (std::size_t a = 0; a < kAlgorithms.size(); ++a) {
          if (!chooser
                   .obstacle(
                       Operation::all_reduce,
                       kAlgorithms[a] == Algorithm::automatic ? Algorithm::ring : kAlgorithms[a],
                       ranks, machine.node.devices)
                   .empty()) {
            continue;
          }
          const ChosenCollective chosen =
              chooser.choose(*patterns.world(), Operation::all_reduce, kAlgorithms[a], {},
                             machine.node.devices, sizes[s] / 4, 4);
          (void)transport.agree_min(all, 0);
          const Duration begin = world.clock().now();
          (void)transport.collective(all, chosen.call, {nullptr, sizes[s] / 4, 4});
          double& time = times[s * kAlgorithms.size() + a];
          time = std::max(time, (world.clock().now() - begin).value());
        }
      }
    });
    return times;
  });
}

// 40 machines, of which a quarter in the suite; REHEARSE_ALL_MACHINES runs them all.
TEST(AutoChoice, IsNeverATenthSlowerThanTheSimulatedBest) {
  const std::vector<std::int64_t> sizes{64 << 10, 1 << 20, 16 << 20, 256 << 20};
  const bool all = std::getenv("REHEARSE_ALL_MACHINES") != nullptr;
  double worst = 0;
  for (std::uint64_t number = 0; number < 40; ++number) {
    if (!all && number % 4 != 3) continue;
    const AnyMachine machine = random_machine(number);
    for (const int nodes : {2, 8, 32}) {
      const std::vector<double> times = simulated(machine, nodes, sizes);
      ASSERT_EQ(times.size(), sizes.size() * kAlgorithms.size());
      for (std::size_t s = 0; s < sizes.size(); ++s) {
        const double* row = times.data() + s * kAlgorithms.size();
        double best = row[kAlgorithms.size() - 1];
        std::string by = "auto";
        for (std::size_t a = 0; a + 1 < kAlgorithms.size(); ++a) {
          if (row[a] > 0 && row[a] < best) {
            best = row[a];
            by = to_text(kAlgorithms[a]);
          }
        }
        const double ratio = row[kAlgorithms.size() - 1] / best;
        worst = std::max(worst, ratio);
        EXPECT_LE(ratio, 1.10) << machine.name << ", " << nodes << " nodes, " << sizes[s]
                               << " bytes: " << by << " takes " << best;
      }
    }
  }
  RecordProperty("worst", std::to_string(worst));
}

}  // namespace
}  // namespace rehearse
