#include "runtime/parallel/zero_bubble_patterns.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/contract.h"

namespace rehearse {
namespace {

// Takes the microbatches of each pass and chunk in their order and leaves out those that the step
// does not have.
class PatternWriter {
 public:
  PatternWriter(int microbatches, int chunks) : microbatches_(microbatches) {
    order_.reserve(3 * static_cast<std::size_t>(chunks) * static_cast<std::size_t>(microbatches));
  }

  void forward(int chunk) { write(PipelinePass::forward, chunk, forward_[at(chunk)]); }
  void input(int chunk) { write(PipelinePass::backward_input, chunk, input_[at(chunk)]); }
  void weights(int chunk) { write(PipelinePass::backward_weights, chunk, weights_[at(chunk)]); }

  [[nodiscard]] int forwards(int chunk) const { return forward_[at(chunk)]; }
  [[nodiscard]] int inputs(int chunk) const { return input_[at(chunk)]; }
  [[nodiscard]] int weights_done(int chunk) const { return weights_[at(chunk)]; }

  [[nodiscard]] std::vector<PipelineOp> finish() { return std::move(order_); }

 private:
  static std::size_t at(int chunk) { return static_cast<std::size_t>(chunk); }

  void write(PipelinePass pass, int chunk, int& count) {
    if (count < microbatches_) order_.push_back({pass, count, chunk});
    ++count;
  }

  int microbatches_;
  int forward_[2] = {0, 0}, input_[2] = {0, 0}, weights_[2] = {0, 0};
  std::vector<PipelineOp> order_;
};

}  // namespace

std::vector<PipelineOp> lagging_weights(const PipelineShape& shape, int warm_up, int lag) {
  EXPECTS(warm_up >= 1 && lag >= 0 && shape.chunks == 1);
  PatternWriter write(shape.microbatches, 1);
  for (int k = 0; k < warm_up; ++k) write.forward(0);
  while (write.inputs(0) < shape.microbatches) {
    write.input(0);
    if (write.inputs(0) > lag) write.weights(0);
    write.forward(0);
  }
  while (write.weights_done(0) < shape.microbatches) write.weights(0);
  return write.finish();
}

std::vector<PipelineOp> zb_v_pattern(const PipelineShape& shape, int stage) {
  EXPECTS(shape.schedule == PipelineSchedule::zb_v);
  const int to_turn = shape.stages - stage;
  // The pattern needs 2p - 1 microbatches; of fewer it is the part that they have.
  const int microbatches = std::max(shape.microbatches, 2 * shape.stages - 1);
  PatternWriter write(shape.microbatches, 2);
  for (int k = 0; k < 2 * to_turn - 1; ++k) write.forward(0);
  for (int k = 0; k < stage; ++k) {
    write.forward(1);
    write.forward(0);
  }
  const auto far_chunk = [&] {
    write.forward(1);
    write.input(1);
    write.weights(1);
  };
  for (int k = 0; k < to_turn; ++k) far_chunk();
  while (write.forwards(1) < microbatches) {
    if (write.forwards(0) < microbatches) write.forward(0);
    write.input(0);
    write.weights(0);
    far_chunk();
  }
  for (int k = 0; k < stage; ++k) {
    write.input(0);
    write.input(1);
  }
  for (int k = 0; k < to_turn; ++k) {
    write.input(0);
    write.weights(0);
  }
  for (const int chunk : {1, 0}) {
    while (write.weights_done(chunk) < microbatches) write.weights(chunk);
  }
  return write.finish();
}

}  // namespace rehearse
