// What analytic fidelity costs: all-reduces over as many endpoints as anybody has, how time and
// memory grow, and a comparison of networks.
//
//   ninja -C build analytic_bench && taskset -c 0 build/bench/analytic_bench
//
// Every case runs alone in a process of its own. The limits are this project's promises; the exit
// status is 1 if one is broken. Times are those of one core and depend on the machine.
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "bench/collective_run.h"
#include "bench/topologies.h"
#include "predict/forked_map.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr double kMostSeconds = 1;
constexpr double kMostBuilding = 3;
constexpr double kMostMegabytes = 1000;
constexpr double kMostComparing = 10;
constexpr double kMostGrowth = 1.3;  // exponent of time and memory in the endpoints; P lg P is 1.1

constexpr Algorithm kAlgorithms[] = {Algorithm::ring, Algorithm::rabenseifner};
constexpr const char* kLargeNetworks[] = {"aries-piz-daint", "infiniband-edr-fat-tree"};
constexpr int kEndpoints[] = {8192, 16384, 32768, 65536, 131072};

// The comparison: every topology under every routing.
constexpr const char* kRoutings[] = {"minimal", "valiant", "ugal"};
constexpr const char* kWorkers = "sweep.workers=[8,16,32,64,128,256,512,1024,2048,4096]";

double megabytes() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  return static_cast<double>(use.ru_maxrss) / 1024;
}

struct Measured {
  double building = 0, seconds = 0, collective = 0, megabytes = 0;
};

// 1 GB over so many nodes; the memory is that beyond an idle process.
Measured measure(const char* network, Algorithm algorithm, int ranks) {
  const auto text = forked_map(
      1, 1,
      [&](std::size_t) {
        const double before = megabytes();
        const CollectiveRun run =
            run_collective(network_spec(network), ranks, Fidelity::analytic,
                           [&] { return make_all_reduce(algorithm, ranks, 250'000'000); });
        return std::to_string(run.building) + " " + std::to_string(run.core) + " " +
               std::to_string(run.collective) + " " + std::to_string(megabytes() - before);
      },
      {});
  Measured m;
  std::sscanf(text[0].c_str(), "%lf %lf %lf %lf", &m.building, &m.seconds, &m.collective,
              &m.megabytes);
  return m;
}

// The exponent b of the best fit a x^b.
double growth(const std::vector<double>& x, const std::vector<double>& y) {
  double sx = 0, sy = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double u = std::log(x[i]);
    const double v = std::log(y[i]);
    sx += u;
    sy += v;
    sxx += u * u;
    sxy += u * v;
  }
  const auto n = static_cast<double>(x.size());
  return (n * sxy - sx * sy) / (n * sxx - sx * sx);
}

bool all_reduces() {
  bool kept = true;
  std::printf("%-24s %-14s %9s %9s %9s %7s %9s %10s\n", "network", "1 GB", "endpoints", "building",
              "seconds", "MB", "B/endpoint", "all-reduce");
  for (const char* network : kLargeNetworks) {
    for (const Algorithm algorithm : kAlgorithms) {
      const char* name = algorithm == Algorithm::ring ? "ring" : "Rabenseifner";
      std::vector<double> endpoints, seconds, memory;
      for (const int ranks : kEndpoints) {
        Measured m = measure(network, algorithm, ranks);
        // The least of three: what other processes do to caches only adds to it.
        for (int again = 0; again < 2; ++again) {
          m.seconds = std::min(m.seconds, measure(network, algorithm, ranks).seconds);
        }
        const bool good = m.seconds <= kMostSeconds && m.building <= kMostBuilding &&
                          m.megabytes <= kMostMegabytes;
        kept = kept && good;
        endpoints.push_back(ranks);
        seconds.push_back(m.seconds);
        memory.push_back(m.megabytes);
        std::printf("%-24s %-14s %9d %9.3f %9.3f %7.0f %9.0f %8.3f s%s\n", network, name, ranks,
                    m.building, m.seconds, m.megabytes, 1048576 * m.megabytes / ranks, m.collective,
                    good ? "" : "   LIMIT BROKEN");
      }
      const double time = growth(endpoints, seconds);
      const double space = growth(endpoints, memory);
      const bool good = time <= kMostGrowth && space <= kMostGrowth;
      kept = kept && good;
      std::printf("%-24s %-14s grows as endpoints^%.2f in time and ^%.2f in memory%s\n", network,
                  name, time, space, good ? "" : "   LIMIT BROKEN");
    }
  }
  return kept;
}

bool comparison() {
  const double start = core_seconds();
  std::size_t points = 0;
  std::vector<double> longest;
  for (const Topology& topology : topologies()) {
    for (const std::string routing : kRoutings) {
      const double begin = core_seconds();
      const Scenario scenario = load_scenario(
          scenarios_folder() + "/resnet50_piz_daint.json",
          {"fidelity=analytic", kWorkers, "cluster.nodes=4096",
           "cluster.network=" + network_object(topology.network),
           "cluster.network.routing=" + routing, "cluster.network.stack=nccl-tcp-aries-slides"});
      const Prediction prediction = predict(scenario, {});
      points += prediction.points.size();
      std::printf("%-24s %-10s %6.3f s, step at 4,096 workers %.1f ms\n", topology.name.c_str(),
                  routing.c_str(), core_seconds() - begin,
                  1000 * prediction.points.back().step_time.p50);
    }
  }
  const double seconds = core_seconds() - start;
  const double of_150 = seconds / static_cast<double>(points) * 150;
  const bool good = of_150 <= kMostComparing;
  std::printf(
      "ResNet-50, %zu points up to 4,096 workers: %.2f s, %.1f ms each; 150 points %.1f s%s\n",
      points, seconds, 1000 * seconds / static_cast<double>(points), of_150,
      good ? "" : "   LIMIT BROKEN");
  return good;
}

}  // namespace
}  // namespace rehearse

int main() {
  const bool kept = rehearse::all_reduces();
  return rehearse::comparison() && kept ? 0 : 1;
}
