// What a search costs: all layouts of GPT-3 175B on 4,096 A100 by the closed form.
//
//   ninja -C build search_bench && taskset -c 0 build/bench/search_bench
//
// The limits are this project's promises; the exit status is 1 if one is broken. Times are those of
// one core and depend on the machine.
#include <chrono>
#include <cstdio>
#include <string>

#include "predict/job_costs.h"
#include "predict/layout_ranking.h"
#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

constexpr double kMostSeconds = 5;
constexpr std::int64_t kLeastCandidates = 400'000;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

bool rank(const std::string& model, std::int64_t nodes, std::int64_t batch) {
  const Scenario scenario = load_scenario(
      scenarios_folder() + "/gpt2_xl_selene.json",
      {"model.zoo=" + model, "cluster.nodes=" + std::to_string(nodes), "training.parallelism=auto",
       "data.sequence=2048", "training.batch={\"global\": " + std::to_string(batch) + "}",
       "sweep.scaling=strong", "sweep.workers=[" + std::to_string(8 * nodes) + "]"});
  const double begin = now();
  const BuiltNetwork built(scenario);
  const CostModel cost = calibrated_cost(JobPoint(scenario, 8 * nodes));
  LayoutUnits units(*scenario.model, cost, scenario.precision);
  ExchangePrices prices(scenario, built, 8 * nodes);
  LayoutFormula formula(scenario, cost, units, prices);
  const SearchSpace space(scenario, 8 * nodes);
  const double built_at = now();
  const LayoutRanking ranking = rank_layouts(
      space, formula, scenario, {.most_memory = 0.95 * scenario.device.memory_capacity.value()});
  const double seconds = now() - begin;
  const bool good = seconds <= kMostSeconds && ranking.candidates >= kLeastCandidates;
  std::printf(
      "%s on %lld devices: %lld candidates, %lld legal, %lld fit; %.2f s (%.2f s network), %zu "
      "prices%s\n",
      model.c_str(), static_cast<long long>(8 * nodes), static_cast<long long>(ranking.candidates),
      static_cast<long long>(ranking.legal), static_cast<long long>(ranking.fitting), seconds,
      built_at - begin, prices.count(), good ? "" : "   LIMIT BROKEN");
  for (std::size_t i = 0; i < 5 && i < ranking.best.size(); ++i) {
    std::printf("  %8.3f s %6.1f GB  %s\n", ranking.best[i].seconds, ranking.best[i].memory / 1e9,
                to_text(ranking.best[i].layout).c_str());
  }
  return good;
}

}  // namespace
}  // namespace rehearse

int main() { return rehearse::rank("gpt3_175b", 512, 1536) ? 0 : 1; }
