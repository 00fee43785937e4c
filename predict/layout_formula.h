// The step and the memory of a layout in closed form: what LayoutJob (predict/layout_job.h) finds
// by the longest path through its pipeline, here by the formulas of predict/pipeline_formula.h,
// from the same costs of parts, stages and exchanges. For rankings of all layouts of a job.
//
//   LayoutFormula formula(scenario, cost, units, prices);
//   formula.of(layout).seconds;
//
// Layouts that differ in few things share the rest: who asks for many sets the frame (degrees,
// parts of a stage), then the pass (microbatch, recomputation), then asks for schedules and
// shardings.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "predict/exchange_prices.h"
#include "predict/layout_stage.h"
#include "predict/pipeline_formula.h"
#include "predict/stage_kinds.h"

namespace rehearse {

struct LayoutEstimate {
  double seconds = 0;  // of a step
  double memory = 0;   // bytes of the fullest device
};

// How states are shared out and where they are.
struct LayoutSharding {
  int zero = 0, group = 1;  // Layout::shard_group
  double offload_optimizer = 0;
};

class LayoutFormula {
 public:
  // Borrows all.
  LayoutFormula(const Scenario& scenario, const CostModel& cost, LayoutUnits& units,
                ExchangePrices& prices);
  LayoutFormula(const LayoutFormula&) = delete;
  LayoutFormula& operator=(const LayoutFormula&) = delete;

  // Throws Error::input where the model cannot be split so. REQUIRES: a layout that
  // Scenario::layout_at would allow; at least one sharding.
  void set_frame(const Layout& layout, const std::vector<LayoutSharding>& shardings);
  // REQUIRES: a frame.
  void set_pass(std::int64_t microbatch, std::int64_t microbatches, const Recompute& recompute);
  // Of one of the frame's shardings. REQUIRES: a pass, and a schedule whose stages have the parts
  // of the frame's.
  LayoutEstimate estimate(PipelineSchedule schedule, std::size_t sharding);

  LayoutEstimate of(const Layout& layout);

 private:
  struct Sharded {
    Layout layout;
    std::unique_ptr<PricedExchanges> exchanges;
    std::vector<StageWork> works;       // by kind of stage
    std::vector<double> states;         // by kind, bytes
    double optimizer = 0, offload = 0;  // the most of all kinds, s
    std::vector<StageSums> sums;        // by kind, of the pass
  };
  // What a pass has of a kind of stage.
  struct StagePass {
    double last_backward = 0, first_forward = 0;
    double for_again = 0, transient = 0;
  };

  [[nodiscard]] LayoutContext context(const Sharded& sharded) const {
    return {scenario_, cost_, sharded.layout, *sharded.exchanges};
  }
  const PartCost& part(std::size_t range, std::int64_t microbatch, const Recompute& recompute);
  void add_sharding(const LayoutSharding& how);
  void share_out_times(Sharded& sharded);
  void set_held(PipelineSchedule schedule);

  const Scenario& scenario_;
  const CostModel& cost_;
  LayoutUnits& units_;
  ExchangePrices& prices_;
  StageKinds stage_kinds_;
  bool accelerator_;

  Layout frame_;
  std::vector<StageKind> kinds_;
  std::vector<std::size_t> used_;            // ranges of stage_kinds_ that the frame has
  std::vector<StageParameters> parameters_;  // by kind
  std::vector<Sharded> shardings_;
  Layout plain_;  // the frame's under zero 0
  std::unique_ptr<PricedExchanges> exchanges_;
  ExchangeTime norm_;
  // Of the frame's shape: by microbatch and recomputation, by range.
  std::map<std::pair<std::int64_t, int>, std::vector<std::optional<PartCost>>> known_;

  std::vector<PartCost> parts_;    // of the pass, by range
  std::vector<double> weights_;    // backward_weights of each without accumulation
  std::vector<StagePass> passes_;  // by kind
  double message_ = 0;
  std::optional<PipelineSchedule> held_of_;
  std::vector<double> activations_;  // of the pass under a schedule, by kind, bytes
  std::vector<double> held_;         // scratch
  std::optional<std::pair<PipelineSchedule, std::size_t>> timed_;
  PipelineEstimate pipeline_;  // of that schedule and sharding
};

}  // namespace rehearse
