// Whether the closed form of a search finds what flow fidelity finds: small problems of up to 64
// devices, all of whose layouts are simulated.
//
//   ninja -C build search_flow && build/bench/search_flow        # some minutes
//
// Prints for each problem the place, in the ranking of the closed form, of the layout that is best
// in flow; the exit status is 1 unless it is among the first ten in 19 of 20. Devices do not differ
// from one another, so that the order is not one of chance.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "base/random.h"
#include "predict/job_costs.h"
#include "predict/layout_ranking.h"
#include "predict/predict.h"
#include "predict/software_factors.h"
#include "scenarios/layout_words.h"
#include "scenarios/open_layout.h"

namespace rehearse {
namespace {

constexpr int kProblems = 20;
constexpr std::size_t kFirst = 10;
constexpr std::size_t kFewest = 30;  // layouts of a problem; fewer would be found by chance
constexpr std::size_t kMost = 200;

Scenario job(const std::string& model, int devices, int batch, std::vector<std::string> fixed) {
  const std::string path = scenarios_folder() + "/gpt2_xl_selene.json";
  std::vector<std::string> sets{"model={\"zoo\": \"" + model + "\"}",
                                "sweep.scaling=strong",
                                "sweep.workers=[" + std::to_string(devices) + "]",
                                "cluster.nodes=" + std::to_string((devices + 7) / 8),
                                "training.batch={\"global\": " + std::to_string(batch) + "}",
                                "noise={\"compute_cv\": 0, \"device_cv\": 0}",
                                "fidelity=flow"};
  const std::vector<std::string> open = open_layout(JsonDocument::parse_file(path), fixed);
  sets.insert(sets.end(), open.begin(), open.end());
  return load_scenario(path, sets);
}

std::vector<RankedLayout> ranked(const Scenario& scenario) {
  const std::int64_t devices = scenario.workers.back();
  const BuiltNetwork built(scenario);
  const CostModel cost = calibrated_cost(JobPoint(scenario, devices));
  LayoutUnits units(*scenario.model, cost, scenario.precision, factors_of(scenario));
  ExchangePrices prices(scenario, built, devices);
  LayoutFormula formula(scenario, cost, units, prices);
  const SearchSpace space(scenario, devices);
  constexpr std::size_t kAll = 1'000'000;
  return rank_layouts(
             space, formula, scenario,
             {SearchObjective::step_time, std::numeric_limits<double>::infinity(), kAll, kAll})
      .best;
}

double in_flow(const Scenario& scenario, const Layout& layout) {
  return predict(with_layout(scenario, layout), {}).points.front().step_time.p50;
}

int run() {
  RandomStream random(11, {});
  const auto one_of = [&](const std::vector<std::string>& list) {
    return list[random.below(list.size())];
  };
  int done = 0, found = 0;
  while (done < kProblems) {
    const std::string model = one_of({"gpt2", "gpt2_medium", "gpt2_large", "gpt2_xl"});
    const int devices = 8 << random.below(4);  // 8, 16, 32, 64
    const int batch = devices * (1 << random.below(3));
    const std::string zero = one_of({"zero=0", "zero=1", "zero=2", "zero=3"});
    const Scenario scenario = job(model, devices, batch,
                                  {zero, "context=1", "offload.optimizer=0",
                                   one_of({"recompute=\"none\"", "recompute=\"full\""}),
                                   one_of({"sequence=false", "sequence=true"})});
    const std::vector<RankedLayout> all = ranked(scenario);
    if (all.size() < kFewest || all.size() > kMost) continue;
    std::vector<double> seconds;
    for (const RankedLayout& one : all) seconds.push_back(in_flow(scenario, one.layout));
    const auto best = static_cast<std::size_t>(std::ranges::min_element(seconds) - seconds.begin());
    const double lost =
        *std::min_element(seconds.begin(), seconds.begin() + kFirst) / seconds[best];
    ++done;
    found += best < kFirst ? 1 : 0;
    std::printf(
        "%-12s %3d devices, batch %4d, %3zu layouts: best in flow is number %3zu, best of "
        "ten %.1f %% slower  %s\n",
        model.c_str(), devices, batch, all.size(), best + 1, 100 * (lost - 1),
        to_text(all[best].layout).c_str());
    std::fflush(stdout);
  }
  std::printf("%d of %d among the first %zu\n", found, kProblems, kFirst);
  return found >= 19 ? 0 : 1;
}

}  // namespace
}  // namespace rehearse

int main() { return rehearse::run(); }
