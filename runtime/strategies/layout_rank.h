// One rank of LayoutSgd: runs its program in a world. Internal to the folder.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/strategies/layout_beside.h"
#include "runtime/strategies/layout_collectives.h"
#include "runtime/strategies/layout_sgd.h"

namespace rehearse {

class LayoutRank {
 public:
  // Borrows all.
  LayoutRank(World& world, const LayoutSgd& strategy, const ModelTensors& model);
  ~LayoutRank();
  LayoutRank(const LayoutRank&) = delete;
  LayoutRank& operator=(const LayoutRank&) = delete;

  StepRecord step(std::int64_t number);
  // Gathers what this rank does not own, unless it has it. All ranks.
  void complete_parameters();
  // Ends the background task. REQUIRES: no step is under way.
  void close();

 private:
  struct Wait {
    Duration begin, end;
  };
  // A message of a chunk that is under way.
  struct Message {
    int chunk = 0, slot = 0;
    bool of_gradient = false;
    std::vector<std::unique_ptr<Transfer>> transfer{};  // one
  };

  void perform(const RankOp& op, std::size_t index);
  void read_batch();
  void compute(const RankOp& op);
  void listen(const RankOp& op);
  void receive(const RankOp& op);
  void send(const RankOp& op);
  void hand_on(const RankOp& op);
  void collect(const RankOp& op, std::size_t index);
  void sum_norm();
  // Whether a gradient that this rank updates with is not finite.
  [[nodiscard]] bool overflows() const;
  void update(const RankOp& op);
  [[nodiscard]] Tensor summed(const RankOp& update, const ParameterRange& range) const;
  void await(const RankOp& op);
  // Waits until what left from a slot has left.
  void finish_sends(int chunk, int slot, bool of_gradient);
  void finish_all_sends();

  void account_beside(const std::vector<StepSpan>& spans);

  // Of parameters or gradients, as the op says.
  [[nodiscard]] Tensor range_of(const RankOp& op, const ParameterRange& range) const;
  // What the other ranks of the stages read or write.
  [[nodiscard]] Tensor end_of(const RankOp& op, bool leaves) const;
  // The device is done with what was launched.
  Duration drained();
  [[nodiscard]] Task task_of(const RankOp& op) const;

  World& world_;
  const LayoutSgd& strategy_;
  const LayoutSgd::Options& options_;
  const ModelTensors& model_;
  const std::shared_ptr<const RankProgram> program_;
  const std::shared_ptr<const Group> stages_;  // null: one stage
  LayoutCollectives collectives_;
  std::unique_ptr<LayoutBeside> beside_;  // null: the program has nothing that goes on beside
  Tensor kept_{};
  std::vector<bool> keeps_first_;  // by op: whether it is the first to keep its ranges in a step
  Tensor together_{};              // where ranges lie one behind the other
  std::size_t last_pass_ = 0;      // the last op that computes
  std::vector<Message> sent_, expected_;
  bool leaves_out_ = false;  // the update of this step: a gradient is not finite
  StepRecord record_;
  Event last_{};
  std::vector<Wait> waits_;  // for what goes on beside, in this step
  Duration aside_;           // time of the device in this step that is not of passes
};

}  // namespace rehearse
