// All layouts of a job by the closed form (predict/layout_formula.h): how many there are, the best,
// and those of which none takes less time and less memory.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/enum_names.h"
#include "predict/layout_formula.h"
#include "predict/search_space.h"

namespace rehearse {

// What is least for the best. All layouts of a search have the same devices, so that cost
// (node-hours) and energy are least where the time is.
enum class SearchObjective { step_time, cost, energy, memory };
inline constexpr auto kSearchObjectiveNames =
    enum_names<SearchObjective>("step_time", "cost", "energy", "memory");

struct RankedLayout {
  Layout layout;
  double seconds = 0;             // of a step
  std::int64_t global_batch = 1;  // layouts are compared by their time for a sample
  double memory = 0;              // bytes of the fullest device

  [[nodiscard]] double per_sample() const { return seconds / static_cast<double>(global_batch); }
};

struct LayoutRanking {
  std::int64_t candidates = 0;          // all combinations
  std::int64_t legal = 0;               // that divide heads, layers, batch and devices
  std::int64_t fitting = 0;             // of these, within the limit of memory
  std::vector<RankedLayout> best;       // the best first; few of any one grid
  std::vector<RankedLayout> pareto;     // of all that fit, by memory
  std::optional<RankedLayout> leanest;  // of the legal ones; none: nothing is legal
  // Of them, those where every rank has all of the model (Layout::is_plain).
  std::int64_t plain_legal = 0;
  std::vector<RankedLayout> plain;  // that fit, in the order of the space
};

struct RankingOptions {
  SearchObjective objective = SearchObjective::step_time;
  double most_memory = 0;  // bytes
  std::size_t keep = 30;
  std::size_t keep_of_grid = 8;  // of the same degrees
};

// Borrows nothing beyond the call.
LayoutRanking rank_layouts(const SearchSpace& space, LayoutFormula& formula,
                           const Scenario& scenario, const RankingOptions& options);

// At most so many, evenly over the front, its ends among them. REQUIRES: most >= 2.
std::vector<RankedLayout> thinned(const std::vector<RankedLayout>& front, std::size_t most);

}  // namespace rehearse
