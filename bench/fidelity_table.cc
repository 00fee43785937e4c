// How far apart flow and analytic fidelity are, for one collective at a time and for training
// steps. Prints the tables of docs/studies/fidelities.md in Markdown.
//
//   ninja -C build fidelity_table
//   build/bench/fidelity_table [MOST_ENDPOINTS [MOST_WORKERS [COLLECTIVE]]]
//
// Topologies: bench/topologies.h. Both numbers default to 1024; flow takes minutes there. With a
// collective's name only that one, at MOST_ENDPOINTS only and whatever it takes.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "bench/collective_run.h"
#include "bench/topologies.h"
#include "predict/forked_map.h"
#include "predict/predict.h"

namespace rehearse {
namespace {

constexpr std::int64_t kBytes = 100'000'000;  // of one rank

struct Collective {
  const char* name;
  int most;  // endpoints: flow would take the better part of an hour beyond
  std::function<std::unique_ptr<Schedule>(int ranks)> make;
};

std::vector<Collective> collectives() {
  const auto reduce = [](Algorithm algorithm) {
    return [algorithm](int ranks) { return make_all_reduce(algorithm, ranks, kBytes / 4); };
  };
  return {{"ring", 1 << 20, reduce(Algorithm::ring)},
          {"Rabenseifner", 1 << 20, reduce(Algorithm::rabenseifner)},
          {"tree", 1 << 20, reduce(Algorithm::binomial)},
          {"all-to-all", 1024,
           [](int ranks) { return make_all_to_all(ranks, kBytes / 4 / ranks * ranks); }}};
}

// Virtual seconds under flow, then under analytic, and the seconds that computing them took.
std::vector<double> both(const Topology& topology, const Collective& collective, int ranks) {
  const auto texts = forked_map(
      2, 1,
      [&](std::size_t which) {
        const auto fidelity = which == 0 ? Fidelity::flow : Fidelity::analytic;
        const CollectiveRun run = run_collective(network_spec(topology.network), ranks, fidelity,
                                                 [&] { return collective.make(ranks); });
        return std::to_string(run.collective * 1e6) + " " + std::to_string(run.core);
      },
      {});
  std::vector<double> numbers(4);
  std::sscanf(texts[0].c_str(), "%lf %lf", &numbers[0], &numbers[2]);
  std::sscanf(texts[1].c_str(), "%lf %lf", &numbers[1], &numbers[3]);
  return numbers;
}

void print_collectives(int most) {
  std::printf("| topology | endpoints |");
  for (const Collective& c : collectives()) std::printf(" %s |", c.name);
  std::printf("\n|---|---|---|---|---|---|\n");
  for (const Topology& topology : topologies()) {
    for (const int ranks : {16, 64, 256, 1024}) {
      if (ranks > most) continue;
      std::printf("| %s | %d |", topology.name.c_str(), ranks);
      for (const Collective& collective : collectives()) {
        if (ranks > collective.most) {
          std::printf(" – |");
          continue;
        }
        const std::vector<double> us = both(topology, collective, ranks);
        std::printf(" %.4g ms, %+.1f %% |", us[0] / 1000, 100 * (us[1] / us[0] - 1));
        std::fprintf(stderr, "%s %s %d: %.3f s, analytic %.3f s\n", topology.name.c_str(),
                     collective.name, ranks, us[2], us[3]);
        std::fflush(stdout);
      }
      std::printf("\n");
    }
  }
}

void print_one(const Collective& collective, int ranks) {
  for (const Topology& topology : topologies()) {
    const std::vector<double> us = both(topology, collective, ranks);
    std::printf("| %s | %d | %s | %.4g ms, %+.1f %% | %.0f s |\n", topology.name.c_str(), ranks,
                collective.name, us[0] / 1000, 100 * (us[1] / us[0] - 1), us[2]);
    std::fflush(stdout);
  }
}

Prediction predicted(const std::string& name, const std::string& fidelity, std::int64_t most) {
  Scenario scenario =
      load_scenario(scenarios_folder() + "/" + name + ".json", {"fidelity=" + fidelity});
  std::erase_if(scenario.workers, [&](std::int64_t workers) { return workers > most; });
  return scenario.workers.empty() ? Prediction{} : predict(scenario, {});
}

void print_steps(std::int64_t most) {
  std::printf("\n| scenario | workers | step, ms | p10 | p50 | p90 | exposed + straggler, ms |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  for (const char* name :
       {"resnet50_piz_daint", "vgg16_25gbe", "resnet50_strong", "vgg16_piz_daint"}) {
    const Prediction flow = predicted(name, "flow", most);
    const Prediction analytic = predicted(name, "analytic", most);
    for (std::size_t i = 0; i < flow.points.size(); ++i) {
      const PredictedPoint& f = flow.points[i];
      const PredictedPoint& a = analytic.points[i];
      const auto off = [](double one, double other) { return 100 * (one / other - 1); };
      const auto waiting = [](const PredictedPoint& p) {
        return 1000 * (p.breakdown[StepPhase::exposed_communication] +
                       p.breakdown[StepPhase::straggler_wait])
                          .value();
      };
      std::printf("| %s | %lld | %.1f | %+.1f %% | %+.1f %% | %+.1f %% | %.1f / %.1f |\n", name,
                  static_cast<long long>(f.workers), 1000 * f.step_time.p50,
                  off(a.step_time.p10, f.step_time.p10), off(a.step_time.p50, f.step_time.p50),
                  off(a.step_time.p90, f.step_time.p90), waiting(f), waiting(a));
    }
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace rehearse

int main(int argc, char** argv) {
  if (argc > 3) {
    for (const rehearse::Collective& collective : rehearse::collectives()) {
      if (collective.name == std::string(argv[3])) {
        rehearse::print_one(collective, std::atoi(argv[1]));
      }
    }
    return 0;
  }
  rehearse::print_collectives(argc > 1 ? std::atoi(argv[1]) : 1024);
  rehearse::print_steps(argc > 2 ? std::atoi(argv[2]) : 1024);
}
