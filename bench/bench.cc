// How fast the simulator is: one line per case with its time, peak memory and limit.
//
//   ninja -C build rehearse_bench && taskset -c 0 build/bench/rehearse_bench
//
// Every case runs alone in a process of its own. The limits are this project's promises; the exit
// status is 1 if one is broken. Times are wall-clock and depend on the machine.
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "predict/forked_map.h"
#include "predict/predict.h"
#include "predict/sample_point.h"
#include "sim/simulation.h"
#include "topologies/build.h"
#include "topologies/single_switch.h"

namespace rehearse {
namespace {

constexpr double kUnlimited = 1e300;

struct Case {
  std::string name;
  std::function<double()> run;  // returns a figure of its own, or 0
  double most_seconds;
  double most_megabytes;
  double least_figure = 0;
  std::string figure = {};  // its unit
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One all-reduce of `bytes` over the first `ranks` nodes of a preset-like Aries dragonfly or a
// switch.
double all_reduce(const NetworkSpec& spec, AllReduce algorithm, int ranks, double bytes,
                  CollectiveFidelity fidelity) {
  const Network network = build_network(spec, ranks, NodeSpec{});
  const auto router = make_router(network, Routing::minimal);
  SimulationOptions options;
  options.network = &network;
  options.router = router.get();
  for (int rank = 0; rank < ranks; ++rank) options.workers.push_back(rank);
  options.noise.runs = 1;
  options.noise.steps_per_run = 1;
  options.fidelity = fidelity;
  const auto elements = static_cast<std::int64_t>(bytes / 4);
  const auto start = std::chrono::steady_clock::now();
  simulate(options, [&](World& world, const StepObserver&) {
    world.transport().execute(*world.transport().world(),
                              *make_all_reduce(algorithm, ranks, elements), {nullptr, elements});
  });
  return seconds_since(start);
}

NetworkSpec aries() {
  return read_network_spec(
      JsonDocument::parse_file(scenarios_folder() + "/networks/aries-piz-daint.json").root());
}

NetworkSpec one_switch() {
  NetworkSpec spec;
  spec.injection = {Bandwidth(10e9), Duration(1e-6)};
  spec.topology = std::make_shared<SingleSwitchSpec>();
  return spec;
}

double sweep() {
  const Scenario scenario =
      load_scenario(scenarios_folder() + "/resnet50_piz_daint.json",
                    {"sweep.workers=[1,2,4,8,16,32,64,128,256,512,1024]", "fidelity=flow"});
  predict(scenario, {});
  return 0;
}

std::vector<Case> cases() {
  using enum AllReduce;
  constexpr auto flow = CollectiveFidelity::flow;
  constexpr auto message = CollectiveFidelity::message;
  return {
      {"ResNet-50, 1-1,024 workers, 11 points, flow", sweep, 20, 1000},
      {"1 GB ring, 4,096 dragonfly endpoints, flow",
       [] { return all_reduce(aries(), ring, 4096, 1e9, flow), 0.0; }, 2, 500},
      {"1 GB Rabenseifner, 4,096 dragonfly endpoints, flow",
       [] { return all_reduce(aries(), rabenseifner, 4096, 1e9, flow), 0.0; }, kUnlimited,
       kUnlimited},
      {"256 MiB ring, 64 ranks, message",
       [] {
         // Each of 64 ranks sends 126 messages.
         return 64 * 126 / all_reduce(one_switch(), ring, 64, 256.0 * 1024 * 1024, message);
       },
       kUnlimited, kUnlimited, 100'000, "messages/s"},
      {"64 MiB ring, 512 ranks, message",
       [] {
         return 512.0 * 1022 / all_reduce(one_switch(), ring, 512, 64.0 * 1024 * 1024, message);
       },
       kUnlimited, kUnlimited, 0, "messages/s"},
  };
}

// The child's own memory, and that of its children (the sweep forks one process per point).
double peak_megabytes() {
  rusage own{};
  rusage children{};
  getrusage(RUSAGE_SELF, &own);
  getrusage(RUSAGE_CHILDREN, &children);
  return static_cast<double>(std::max(own.ru_maxrss, children.ru_maxrss)) / 1024;
}

int run_all() {
  bool kept = true;
  std::printf("%-52s %9s %9s  %s\n", "case", "seconds", "MB", "figure");
  for (const Case& c : cases()) {
    const auto texts = forked_map(1, 1,
                                  [&](std::size_t) {
                                    const auto start = std::chrono::steady_clock::now();
                                    const double figure = c.run();
                                    return std::to_string(seconds_since(start)) + " " +
                                           std::to_string(peak_megabytes()) + " " +
                                           std::to_string(figure);
                                  },
                                  {});
    double seconds = 0;
    double megabytes = 0;
    double figure = 0;
    if (std::sscanf(texts[0].c_str(), "%lf %lf %lf", &seconds, &megabytes, &figure) != 3) return 1;
    const bool good =
        seconds <= c.most_seconds && megabytes <= c.most_megabytes && figure >= c.least_figure;
    kept = kept && good;
    std::printf(
        "%-52s %9.2f %9.0f  %s%s\n", c.name.c_str(), seconds, megabytes,
        c.figure.empty() ? "" : (std::to_string(std::lround(figure)) + " " + c.figure).c_str(),
        good ? "" : "   LIMIT BROKEN");
  }
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace rehearse

int main() { return rehearse::run_all(); }
