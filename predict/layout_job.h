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
#include "runtime/parallel/pipeline_timeline.h"
#include "scenarios/scenario.h"

namespace rehearse {

// What of a step takes longer than its middle: factors on times.
struct LayoutFactors {
  double compute = 1;    // of the slowest device
  double bandwidth = 1;  // of what is not latency
  double latency = 1;

  [[nodiscard]] double of(const ExchangeTime& time) const {
    return (time.seconds - time.latency) * bandwidth + time.latency * latency;
  }
};

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
  // Blocks of each part, as Layout::stages.
  [[nodiscard]] const std::vector<int>& blocks() const { return blocks_; }

  [[nodiscard]] LayoutStep step(const LayoutFactors& factors = {}) const;
  // Of the fullest stage.
  [[nodiscard]] DeviceMemory memory() const;

 private:
  // What a stage holds and exchanges once a step.
  struct Stage {
    std::int64_t dense = 0, experts = 0, repeated = 0, embedding = 0;
    ExchangeTime reduce, last_reduce;  // gradients; of it, the last bucket
    ExchangeTime gather, first_gather;
    ExchangeTime ends;  // norms' gradients, tied embeddings
    double optimizer = 0, offload = 0;
    double last_backward = 0, first_forward = 0;  // computed under which these may go on, s
  };

  void add_stages();
  void add_exchanges(Stage& stage, int index) const;
  [[nodiscard]] ExchangeTime in_buckets(GridAxis axis, Operation operation, double bytes,
                                        ExchangeTime* one) const;
  // Of a microbatch on a part under zero 3, where units are gathered as they are needed.
  struct Streamed {
    double forward = 0, backward = 0;  // waited for beyond computing, s
    double hidden = 0;
  };
  [[nodiscard]] Streamed streamed(const PartCost& part, const LayoutFactors& factors) const;
  [[nodiscard]] double shard_size(bool experts) const;
  [[nodiscard]] Bytes activations(int stage) const;

  const Scenario& scenario_;
  const CostModel& cost_;
  LayoutExchanges& exchanges_;
  Layout layout_;
  PipelineShape pipeline_;
  std::vector<PartCost> parts_;
  std::vector<int> blocks_;
  std::vector<std::vector<PipelineOp>> orders_;
  std::vector<Stage> stages_;
  ExchangeTime message_, norm_;
};

}  // namespace rehearse
