// What goes on beside the passes of a rank of LayoutSgd: a background task that does one collective
// of the program after the other. Internal to the folder.
#pragma once

#include <memory>
#include <vector>

#include "runtime/strategies/layout_sgd.h"

namespace rehearse {

class LayoutBeside {
 public:
  // Spawns the task. The strategy lives as long as the run.
  LayoutBeside(World& world, const LayoutSgd& strategy, std::shared_ptr<const RankProgram> program);
  ~LayoutBeside();
  LayoutBeside(const LayoutBeside&) = delete;
  LayoutBeside& operator=(const LayoutBeside&) = delete;

  // The op with this number, over this tensor, begins when the device has come to the event. Ops
  // are started in the order of the program.
  void start(std::size_t op, const Tensor& tensor, Event event);
  // Blocks until it is done.
  void wait(std::size_t op);
  // What was done in the step. REQUIRES: all that was started is done.
  std::vector<StepSpan> finish_step();
  void close();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
};

}  // namespace rehearse
