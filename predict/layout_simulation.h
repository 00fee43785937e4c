// A job with a layout under flow or message fidelity: every rank runs the list of its stage
// (runtime/parallel/rank_program.h) in the simulated world. Passes are folded: what tensor, context
// and expert ranks exchange inside a pass is part of its time, in the closed form of analytic
// fidelity. Messages between stages, gradients and parameters share links with each other.
//
// Where images are shared out by tiles, passes are not folded: each layer is a task of its own, and
// what the tiles exchange before it travels beside the gradients.
#pragma once

#include <memory>
#include <vector>

#include "predict/job_point.h"
#include "predict/layout_job.h"
#include "predict/layout_network.h"
#include "predict/sample_point.h"
#include "runtime/strategies/layout_sgd.h"
#include "sim/worlds/sim_device.h"
#include "sim/worlds/simulation.h"

namespace rehearse {

class LayoutSimulation {
 public:
  // Borrows the scenario of the job and the network.
  LayoutSimulation(const JobPoint& job, const BuiltNetwork& built);
  LayoutSimulation(const LayoutSimulation&) = delete;
  LayoutSimulation& operator=(const LayoutSimulation&) = delete;

  // What the ranks run, in all steps of `noise`; ranks, places and costs go to the options.
  std::unique_ptr<Strategy> prepare(SimulationOptions& options) const;
  [[nodiscard]] const LayoutStep& expected() const { return expected_; }
  // Messages between stages and elements of collectives of a step, all ranks together.
  [[nodiscard]] double flows_of_step() const;
  // What a step puts on the links.
  void add_load(const BuiltNetwork& built, SampledPoint& sample);
  // Of what a folded pass took, the parts that are no computing go to their phases.
  void unfold(SampledRun& run) const;

 private:
  void add_stage(int stage);
  [[nodiscard]] bool folded() const { return point_.layout().tiles.count() == 1; }
  static void add_pass(const PartTimes& times, TaskCosts& costs);
  // Layer by layer, without what is exchanged.
  void add_layers(std::size_t part, const PartTimes& times, const Model& of,
                  TaskCosts& costs) const;

  const JobPoint& point_;
  CostModel cost_;
  LayoutUnits units_;
  mutable LayoutNetwork network_;
  LayoutJob job_;
  LayoutStep expected_;
  std::vector<TaskCosts> costs_;                              // by stage
  std::vector<std::shared_ptr<const RankProgram>> programs_;  // likewise
};

}  // namespace rehearse
