// Collectives of a rank of LayoutSgd, and what its layers exchange. Internal to the folder.
#pragma once

#include <vector>

#include "runtime/strategies/layout_sgd.h"

namespace rehearse {

// Takes part in a collective, over an axis of the grid or any group; returns what happened, without
// the numbers of what travelled. `world`: of the calling task, which has a lane of its own.
StepSpan take_part(World& world, const Group& group, const CollectiveCall& call,
                   const Tensor& tensor);
StepSpan take_part(World& world, const LayoutSgd& strategy, int lane, GridAxis axis,
                   Operation operation, const Tensor& tensor);

// Says what a collective of the program was over.
void name_tensors(const RankOp& op, StepSpan& span);

// Adds a span to a record, and its time to the parts of the step that waited for it.
void append_exposed(const StepSpan& span, StepRecord& record);

class LayoutCollectives : public Exchanger {
 public:
  // Borrows the world, which is that of the rank's main task.
  LayoutCollectives(World& world, const LayoutSgd& strategy);

  // Of what the layers do: by the main task, in the course of `task`.
  [[nodiscard]] int place(Axis axis) const override;
  void sum(Axis axis, const Tensor& values) override;
  void gather(Axis axis, const Tensor& parts) override;
  void scatter(Axis axis, const Tensor& parts) override;
  void swap(Axis axis, const std::vector<Tensor>& to, const std::vector<Tensor>& from) override;

  // The collective that a layer asks for in a direction, where there are no numbers.
  void exchange(const Exchange& of, bool forward, std::int64_t samples, ElementType type);

  // The record of the step, which times and spans of exchanges go to; the layer that is computed.
  void account_to(StepRecord& record) { record_ = &record; }
  void begin(const Task& task) { layer_ = static_cast<std::int64_t>(task.layer); }
  // Time inside tasks of the device that was spent in exchanges, since the start.
  [[nodiscard]] Duration exchanged() const { return exchanged_; }

 private:
  void account(StepSpan span);
  void exchange(Axis axis, Operation operation, const Tensor& tensor);

  World& world_;
  const LayoutSgd& strategy_;
  StepRecord* record_ = nullptr;
  std::int64_t layer_ = 0;
  Duration exchanged_;
};

}  // namespace rehearse
