#include "runtime/parallel/one_f_one_b.h"

#include <algorithm>
#include <cstddef>

namespace rehearse {
namespace {

// `warm_up` forward passes; a forward and a backward pass in turn; the backward passes that are
// left. `forward(k)` and `backward(k)` are the k-th of their kind.
template <class Forward, class Backward>
std::vector<PipelineOp> in_turn(int passes, int warm_up, Forward forward, Backward backward) {
  std::vector<PipelineOp> order;
  order.reserve(2 * static_cast<std::size_t>(passes));
  for (int k = 0; k < warm_up; ++k) order.push_back(forward(k));
  for (int k = warm_up; k < passes; ++k) {
    order.push_back(forward(k));
    order.push_back(backward(k - warm_up));
  }
  for (int k = passes - warm_up; k < passes; ++k) order.push_back(backward(k));
  return order;
}

std::vector<PipelineOp> one_chunk_in_turn(int microbatches, int warm_up) {
  return in_turn(
      microbatches, warm_up,
      [](int k) {
        return PipelineOp{PipelinePass::forward, k, 0};
      },
      [](int k) {
        return PipelineOp{PipelinePass::backward, k, 0};
      });
}

}  // namespace

std::vector<PipelineOp> gpipe_order(const PipelineShape& shape) {
  return one_chunk_in_turn(shape.microbatches, shape.microbatches);
}

std::vector<PipelineOp> one_f_one_b_order(const PipelineShape& shape, int stage) {
  return one_chunk_in_turn(shape.microbatches,
                           std::min(shape.microbatches, shape.stages - stage - 1));
}

std::vector<PipelineOp> interleaved_order(const PipelineShape& shape, int stage) {
  const int group = shape.stages;  // microbatches of a chunk before the next one
  const int round = group * shape.chunks;
  const int passes = shape.microbatches * shape.chunks;
  const int warm_up = std::min(passes, 2 * (shape.stages - stage - 1) + (shape.chunks - 1) * group);
  const auto microbatch = [&](int k) { return k / round * group + k % group; };
  const auto chunk = [&](int k) { return k % round / group; };
  return in_turn(
      passes, warm_up,
      [&](int k) {
        return PipelineOp{PipelinePass::forward, microbatch(k), chunk(k)};
      },
      [&](int k) {
        return PipelineOp{PipelinePass::backward, microbatch(k), shape.chunks - 1 - chunk(k)};
      });
}

}  // namespace rehearse
