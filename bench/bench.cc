// How fast the simulator is: one line per case with its time, peak memory and limit, and how time
// and memory grow with the ranks.
//
//   ninja -C build rehearse_bench && taskset -c 0 build/bench/rehearse_bench
//
// Every case runs alone in a process of its own. The limits are this project's promises; the exit
// status is 1 if one is broken. Times are those for which a core was used (a simulation has one
// thread), so that a busy machine lengthens them little; they depend on the machine.
#include <sys/resource.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
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
  int ranks = 0;            // of a case whose growth is of interest
};

struct Cost {
  double seconds = 0;
  double megabytes = 0;
};

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

// The process's own cost, and that of its children (the sweep forks one process per point).
Cost cost_so_far() {
  Cost cost;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    getrusage(who, &usage);
    cost.seconds += seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
    cost.megabytes = std::max(cost.megabytes, static_cast<double>(usage.ru_maxrss) / 1024);
  }
  return cost;
}

// One all-reduce of `bytes` over the first `ranks` nodes; returns the seconds that it took to
// simulate.
double all_reduce(const NetworkSpec& spec, Algorithm algorithm, int ranks, double bytes,
                  Fidelity fidelity) {
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

// 1 GB over the Aries dragonfly. A ring is one set of flows, Rabenseifner's algorithm 2 lg P rounds
// of messages, which 65,536 ranks are too many for.
void add_growing(std::vector<Case>& all) {
  struct Size {
    int ranks;
    double ring_seconds, seconds, megabytes;
  };
  for (const Size size : {Size{1024, kUnlimited, kUnlimited, kUnlimited},
                          {4096, 2, 4, 500},
                          {16384, 30, 30, kUnlimited},
                          {65536, 30, 0, 2000}}) {
    const auto run = [ranks = size.ranks](Algorithm algorithm, int rounds) {
      const double flows = static_cast<double>(ranks) * rounds;
      return flows / all_reduce(aries(), algorithm, ranks, 1e9, Fidelity::flow);
    };
    const int levels = std::bit_width(static_cast<unsigned>(size.ranks)) - 1;
    const std::string where = ", " + std::to_string(size.ranks) + " dragonfly endpoints, flow";
    all.push_back({"1 GB ring" + where, [=] { return run(Algorithm::ring, 1); }, size.ring_seconds,
                   size.megabytes, 0, "flows/s", size.ranks});
    if (size.seconds == 0) continue;
    all.push_back({"1 GB Rabenseifner" + where,
                   [=] { return run(Algorithm::rabenseifner, 2 * levels); }, size.seconds,
                   size.megabytes, 0, "messages/s", size.ranks});
  }
}

std::vector<Case> cases() {
  using enum Algorithm;
  constexpr auto message = Fidelity::message;
  std::vector<Case> all{
      {"ResNet-50, 1-1,024 workers, 11 points, flow", sweep, 20, 1000},
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
  add_growing(all);
  return all;
}

// The exponent x of value ~ ranks^x, by least squares over the logarithms.
double growth(const std::vector<std::pair<int, double>>& values) {
  double mean_x = 0;
  double mean_y = 0;
  for (const auto& [ranks, value] : values) {
    mean_x += std::log(ranks) / static_cast<double>(values.size());
    mean_y += std::log(value) / static_cast<double>(values.size());
  }
  double xy = 0;
  double xx = 0;
  for (const auto& [ranks, value] : values) {
    xy += (std::log(ranks) - mean_x) * (std::log(value) - mean_y);
    xx += (std::log(ranks) - mean_x) * (std::log(ranks) - mean_x);
  }
  return xy / xx;
}

int run_all() {
  bool kept = true;
  std::map<std::string, std::vector<std::pair<int, double>>> growing;  // by what grows
  std::printf("%-52s %9s %9s  %s\n", "case", "seconds", "MB", "figure");
  for (const Case& c : cases()) {
    const auto texts = forked_map(1, 1,
                                  [&](std::size_t) {
                                    const double figure = c.run();
                                    const Cost cost = cost_so_far();
                                    return std::to_string(cost.seconds) + " " +
                                           std::to_string(cost.megabytes) + " " +
                                           std::to_string(figure);
                                  },
                                  {});
    Cost cost;
    double figure = 0;
    if (std::sscanf(texts[0].c_str(), "%lf %lf %lf", &cost.seconds, &cost.megabytes, &figure) != 3)
      return 1;
    const bool good = cost.seconds <= c.most_seconds && cost.megabytes <= c.most_megabytes &&
                      figure >= c.least_figure;
    kept = kept && good;
    std::printf(
        "%-52s %9.2f %9.0f  %s%s\n", c.name.c_str(), cost.seconds, cost.megabytes,
        c.figure.empty() ? "" : (std::to_string(std::lround(figure)) + " " + c.figure).c_str(),
        good ? "" : "   LIMIT BROKEN");
    if (c.ranks > 0) {
      const std::string what = c.name.substr(0, c.name.find(','));
      growing[what + ", seconds"].emplace_back(c.ranks, cost.seconds);
      growing[what + ", MB"].emplace_back(c.ranks, cost.megabytes);
    }
  }
  for (const auto& [what, values] : growing) {
    std::printf("%-52s ~ ranks^%.2f\n", what.c_str(), growth(values));
  }
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace rehearse

int main() { return rehearse::run_all(); }
