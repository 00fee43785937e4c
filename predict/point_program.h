// One point of a sweep up to its simulation: where the ranks sit, and the program that they run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "predict/job_point.h"
#include "predict/sample_point.h"
#include "predict/training_strategy.h"
#include "sim/collectives/collective_pattern.h"

namespace rehearse {

// The parts refer to each other: it cannot be moved.
class PointProgram {
 public:
  // Throws Error::input for what the machine cannot run: an algorithm, a placement, a fidelity that
  // does not know the stack. `steps` of the program; `shares_core`: of its TaskCosts. Borrows the
  // scenario of the job and the network.
  PointProgram(const JobPoint& job, const BuiltNetwork& built, std::int64_t steps, bool shares_core,
               RunExtent extent = RunExtent::sample);
  PointProgram(const PointProgram&) = delete;
  PointProgram& operator=(const PointProgram&) = delete;

  [[nodiscard]] const std::vector<EndpointId>& places() const { return places_; }
  [[nodiscard]] CollectivePatterns& patterns() { return patterns_; }
  [[nodiscard]] CollectiveChooser& chooser() { return chooser_; }
  [[nodiscard]] const Strategy& strategy() const { return *strategy_; }

 private:
  std::vector<EndpointId> places_;
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  std::unique_ptr<Strategy> strategy_;
};

}  // namespace rehearse
