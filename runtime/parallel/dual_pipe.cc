#include "runtime/parallel/dual_pipe.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "base/contract.h"

namespace rehearse {
namespace {

// Appends operations; every kind of them takes the microbatches of a chunk in their order.
class DualPipeWriter {
 public:
  DualPipeWriter(std::array<int, 2> chunks, std::array<int, 2> first_microbatches)
      : chunks_(chunks), forward_(first_microbatches), backward_(first_microbatches) {}

  // Of the near chunk (0) or of the far one (1).
  void forward(std::size_t which) {
    order_.push_back({PipelinePass::forward, forward_[which]++, chunks_[which]});
  }
  void backward(std::size_t which) {
    order_.push_back({PipelinePass::backward, backward_[which]++, chunks_[which]});
  }
  // Leaves the weights for later.
  void backward_input(std::size_t which) {
    const PipelineOp op{PipelinePass::backward_input, backward_[which]++, chunks_[which]};
    order_.push_back(op);
    postponed_.push_back({PipelinePass::backward_weights, op.microbatch, op.chunk});
  }
  // Of the oldest input part that has left them.
  void weights() {
    EXPECTS(done_ < postponed_.size());
    order_.push_back(postponed_[done_++]);
  }

  [[nodiscard]] std::vector<PipelineOp> finish() {
    ENSURES(done_ == postponed_.size());
    return std::move(order_);
  }

 private:
  std::array<int, 2> chunks_, forward_, backward_;
  std::vector<PipelineOp> order_, postponed_;
  std::size_t done_ = 0;
};

// The steps of a stage that is `from_end` stages away from its end of the pipeline, where `half`
// stages lie between an end and the middle. `microbatches`: of a chunk.
void write_steps(DualPipeWriter& write, int from_end, int half, int microbatches) {
  const int to_middle = half - from_end - 1;
  const int main_steps = microbatches - 2 * half + from_end + 1;
  for (int i = 0; i < 2 * to_middle; ++i) write.forward(0);
  for (int i = 0; i <= from_end; ++i) {
    write.forward(0);
    write.forward(1);
  }
  for (int i = 0; i < to_middle; ++i) {
    write.backward_input(1);
    write.weights();
    write.forward(1);
  }
  for (int i = 0; i < main_steps; ++i) {
    write.forward(0);
    write.backward(1);
    write.forward(1);
    write.backward(0);
  }
  for (int i = 0; i < to_middle; ++i) {
    write.backward(1);
    write.forward(1);
    write.backward(0);
  }
  // The second half of these backward passes is split.
  for (int i = 0; i < 2 * (from_end + 1); ++i) {
    const std::size_t which = i % 2 == 0 ? 1 : 0;
    if (i <= from_end) {
      write.backward(which);
    } else {
      write.backward_input(which);
    }
  }
  for (int i = 0; i < to_middle; ++i) {
    write.weights();
    write.backward_input(0);
  }
  for (int i = 0; i <= from_end; ++i) write.weights();
}

}  // namespace

std::vector<PipelineOp> dual_pipe_order(const PipelineShape& shape, int stage) {
  if (shape.schedule == PipelineSchedule::dualpipe_v) {
    DualPipeWriter write({0, 1}, {0, 0});
    write_steps(write, stage, shape.stages, shape.microbatches);
    return write.finish();
  }
  EXPECTS(shape.schedule == PipelineSchedule::dualpipe);
  const int half = shape.microbatches / 2;
  const bool first_half = stage < shape.stages / 2;
  DualPipeWriter write =
      first_half ? DualPipeWriter({0, 1}, {0, half}) : DualPipeWriter({1, 0}, {half, 0});
  write_steps(write, std::min(stage, shape.stages - 1 - stage), shape.stages / 2, half);
  return write.finish();
}

}  // namespace rehearse
