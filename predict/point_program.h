// One point of a sweep up to its simulation: where the workers sit, and the program that they run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "predict/sample_point.h"
#include "predict/workload.h"
#include "runtime/strategies/sync_sgd.h"
#include "sim/collectives/collective_pattern.h"

namespace rehearse {

// The parts refer to each other: it cannot be moved.
class PointProgram {
 public:
  // Throws Error::input for what the machine cannot run: an algorithm, a placement, a fidelity that
  // does not know the stack. `steps` of the program; `shares_core`: of its TaskCosts. Borrows the
  // scenario and the network.
  PointProgram(const Scenario& scenario, const BuiltNetwork& built, std::int64_t workers,
               std::int64_t steps, bool shares_core);
  PointProgram(const PointProgram&) = delete;
  PointProgram& operator=(const PointProgram&) = delete;

  [[nodiscard]] const std::vector<EndpointId>& places() const { return places_; }
  [[nodiscard]] bool is_split() const { return groups_ != nullptr; }
  [[nodiscard]] CollectivePatterns& patterns() { return patterns_; }
  [[nodiscard]] CollectiveChooser& chooser() { return chooser_; }
  [[nodiscard]] const SyncSgd& program() const { return program_; }

 private:
  std::vector<EndpointId> places_;
  std::shared_ptr<const SplitGroups> groups_;
  CollectivePatterns patterns_;
  CollectiveChooser chooser_;
  SyncSgd program_;
};

}  // namespace rehearse
