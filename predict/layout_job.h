// One layout of a job: its step, phase by phase, and its memory. The formula of analytic fidelity:
// one representative of each stage of the pipeline computes in the order of the schedule
// (runtime/parallel/pipeline_timeline.h), and the exchanges take what LayoutExchanges says.
//
// A step is the pipeline; then the gradients of each stage, as far as the last backward pass did
// not hide them; sums of what tensor ranks repeat, of tied embeddings, and the norm of all
// gradients; the update; parameters that were sharded, as far as the first forward pass does not
// hide them. docs/models/layouts.md has the equations.
#pragma once

#include <cstdint>
#include <vector>

#include "base/breakdown.h"
#include "kernels/devices/cost_model.h"
#include "kernels/models/device_memory.h"
#include "predict/layout_parts.h"
#include "predict/layout_stage.h"
#include "runtime/parallel/pipeline_timeline.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct LayoutStep {
  double seconds = 0;
  Breakdown parts;    // the mean over the stages; adds up to it
  double hidden = 0;  // communication beside computing, mean over the stages, s
};

class LayoutJob {
 public:
  // Borrows scenario, units and exchanges. Throws Error::input where the model cannot be split so.
  LayoutJob(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
            const Layout& layout, LayoutExchanges& exchanges);

  [[nodiscard]] const Layout& layout() const { return layout_; }
  [[nodiscard]] const PipelineShape& pipeline() const { return pipeline_; }
  [[nodiscard]] const std::vector<std::vector<PipelineOp>>& orders() const { return orders_; }
  [[nodiscard]] const std::vector<PartCost>& parts() const { return parts_; }

  // Of a microbatch, in the middle; `streams` as part_step.
  [[nodiscard]] PartStep pass(std::size_t part, bool streams) const;
  // By how much what a stage does once a step slows its passes down, s a pass of a microbatch on a
  // part: gradients that are reduced beside the last backward pass, parameters that are gathered
  // beside the first forward pass.
  [[nodiscard]] double slowed_pass(int stage) const;
  // What passes wait for exchanges in a step, mean over the stages, s.
  [[nodiscard]] double waits_in_passes() const;
  [[nodiscard]] const StageWork& once(int stage) const {
    return stages_[static_cast<std::size_t>(stage)].work;
  }
  [[nodiscard]] LayoutStep step(const LayoutFactors& factors = {}) const;
  // Of the fullest stage.
  [[nodiscard]] DeviceMemory memory() const;

 private:
  [[nodiscard]] LayoutContext context() const { return {scenario_, cost_, layout_, exchanges_}; }
  void add_stages();
  [[nodiscard]] Bytes activations(int stage) const;
  // Microbatches of a step that a part sees on one stage.
  [[nodiscard]] double passes_of_part() const;

  const Scenario& scenario_;
  const CostModel& cost_;
  LayoutExchanges& exchanges_;
  Layout layout_;
  PipelineShape pipeline_;
  std::vector<PartCost> parts_;
  std::vector<std::vector<PipelineOp>> orders_;
  struct Stage {
    StageParameters parameters;
    StageWork work;
    double last_backward = 0, first_forward = 0;  // computed under which exchanges go on, s
  };
  std::vector<Stage> stages_;
  ExchangeTime message_, norm_;
};

}  // namespace rehearse
