// The layouts of a job on so many devices that a search computes, the best first
// (predict/search.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "predict/layout_bench.h"
#include "predict/search.h"

namespace rehearse {

// By LayoutJob, or of a way in which gradients travel by prediction.
struct ComputedLayout {
  RankedLayout ranked;                   // seconds in closed form
  std::optional<GradientFusion> fusion;  // where it is looked for
  LayoutBench::Result result;

  [[nodiscard]] double per_sample() const {
    return result.seconds / static_cast<double>(ranked.global_batch);
  }
};

// The scenario with that layout alone, and with these gradients.
Scenario scenario_of(const Scenario& scenario, const ComputedLayout& one);

class PointSearch {
 public:
  // Borrows all.
  PointSearch(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
              const SearchOptions& options);

  // The best layouts. Throws Error::input where there is none.
  std::vector<ComputedLayout> compute();
  // The first of them, few of the same degrees.
  [[nodiscard]] std::vector<ComputedLayout> listed(const std::vector<ComputedLayout>& all) const;
  // Which of them are best where exchanges between nodes are half and twice as fast.
  [[nodiscard]] std::vector<BandwidthCase> sensitivity(const Layout& best,
                                                       const std::vector<ComputedLayout>& all);
  [[nodiscard]] LayoutTraffic traffic(const Layout& best) {
    return traffic_of(scenario_, cost_, units_, best, bench_.network(best).experts_in_node());
  }
  // Of compute().
  [[nodiscard]] const LayoutRanking& ranking() const { return ranking_; }
  [[nodiscard]] double most_memory() const { return most_memory_; }  // bytes of a device

 private:
  void count_fusions();
  void add_fusions(std::vector<ComputedLayout>& all) const;
  void expect_legal() const;
  [[nodiscard]] Error nothing_fits() const;

  const Scenario& scenario_;
  const SearchOptions& options_;
  std::int64_t workers_;
  CostModel cost_;
  LayoutUnits units_;
  ExchangePrices prices_;
  LayoutBench bench_;
  double most_memory_ = 0;
  LayoutRanking ranking_;
};

}  // namespace rehearse
