#include "kernels/cuda/attention_softmax.h"

#include "kernels/cuda/bodies/attention_bodies.h"
#include "kernels/cuda/launch.h"

namespace rehearse::cuda {
namespace {

void expect_scores(const ScoreMatrices& of, const Tensor& tensor) {
  EXPECTS(tensor.elements == of.matrices * of.steps * of.steps);
}

}  // namespace

void attention_softmax(const ScoreMatrices& of, const Tensor& scores, const Tensor& weights,
                       StreamHandle stream) {
  expect_scores(of, scores);
  expect_scores(of, weights);
  for_each_row(of.matrices * of.steps, of.steps,
               AttentionSoftmax{of, inputs_of(scores), outputs_of(weights)}, stream);
}

void attention_softmax_backward(const ScoreMatrices& of, const Tensor& weights,
                                const Tensor& dweights, const Tensor& dscores,
                                StreamHandle stream) {
  expect_scores(of, weights);
  expect_scores(of, dweights);
  expect_scores(of, dscores);
  for_each_row(
      of.matrices * of.steps, of.steps,
      AttentionSoftmaxBackward{of, inputs_of(weights), inputs_of(dweights), outputs_of(dscores)},
      stream);
}

}  // namespace rehearse::cuda
