// Simulating one collective on a network: what the benchmarks have in common.
#pragma once

#include <sys/resource.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/json_reader.h"
#include "runtime/collectives/collectives.h"
#include "scenarios/scenario.h"
#include "sim/worlds/simulation.h"
#include "topologies/graph/build.h"

namespace rehearse {

using Start = std::chrono::steady_clock::time_point;

inline Start now() { return std::chrono::steady_clock::now(); }

inline double seconds_since(Start start) {
  return std::chrono::duration<double>(now() - start).count();
}

// That this process and its children have had a core, s: what a crowded machine does not change.
inline double core_seconds() {
  double sum = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage use{};
    getrusage(who, &use);
    for (const timeval& t : {use.ru_utime, use.ru_stime}) {
      sum += static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    }
  }
  return sum;
}

// As in a scenario file: a network object, or {"preset": …} for one of scenarios/networks.
inline NetworkSpec network_spec(const std::string& json) {
  const std::string folder = scenarios_folder() + "/networks/";
  const bool preset = json.find('{') == std::string::npos;
  const JsonDocument document = preset ? JsonDocument::parse_file(folder + json + ".json")
                                       : JsonDocument::parse_text(json, folder + "inline");
  return read_network_spec(document.root());
}

struct CollectiveRun {
  double building = 0;    // core_seconds of the network
  double core = 0;        // core_seconds of everything after it
  double simulating = 0;  // the same by the clock
  double collective = 0;  // s of virtual time
};

// One collective over the first `ranks` nodes of a network of so many. REQUIRES: called once in a
// process.
inline CollectiveRun run_collective(const NetworkSpec& spec, int ranks, Fidelity fidelity,
                                    const std::function<std::unique_ptr<Schedule>()>& make) {
  CollectiveRun run;
  double core = core_seconds();
  const Network network = build_network(spec, ranks, NodeSpec{});
  const auto router = make_router(network, spec.routing);
  run.building = core_seconds() - core;
  core = core_seconds();
  const Start start = now();
  SimulationOptions options;
  options.network = &network;
  options.router = router.get();
  for (int rank = 0; rank < ranks; ++rank) options.workers.push_back(rank);
  options.noise.runs = 1;
  options.noise.steps_per_run = 1;
  options.fidelity = fidelity;
  run.collective = simulate(options, [&](World& world, const StepObserver&) {
                     const auto schedule = make();
                     world.transport().execute(*world.transport().world(), *schedule,
                                               {nullptr, schedule->elements()});
                   }).end;
  run.simulating = seconds_since(start);
  run.core = core_seconds() - core;
  return run;
}

}  // namespace rehearse
