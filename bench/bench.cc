// How fast the simulator is: one line per case with its time, peak memory and limit.
//
//   ninja -C build rehearse_bench && taskset -c 0 build/bench/rehearse_bench
//
// Every case runs alone in a process of its own. The limits are this project's promises; the exit
// status is 1 if one is broken. Times are wall-clock and depend on the machine.
#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "bench/collective_run.h"
#include "predict/forked_map.h"
#include "predict/predict.h"

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

// One all-reduce of `bytes` over the first `ranks` nodes; returns the seconds that it took to
// simulate.
double all_reduce(const NetworkSpec& spec, AllReduce algorithm, int ranks, double bytes,
                  CollectiveFidelity fidelity) {
  const auto elements = static_cast<std::int64_t>(bytes / 4);
  return run_collective(spec, ranks, fidelity,
                        [&] { return make_all_reduce(algorithm, ranks, elements); })
      .simulating;
}

NetworkSpec aries() { return network_spec("aries-piz-daint"); }

NetworkSpec one_switch() {
  return network_spec(R"({"topology": "single_switch", "injection_bandwidth": "10 GB/s",
                          "injection_latency": "1 us"})");
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
                                    const auto start = now();
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
