// Softmax cross-entropy of a batch of scores, or of those of each step. The forward pass computes
// the gradient as well, since both need the exponentials; the output is the gradient of the scores.
#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cpu/operation.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/cpu/vector_math.h"
#include "kernels/executor.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse::cpu {
namespace {

// Szegedy et al., "Rethinking the Inception architecture" (arXiv:1512.00567), as torchvision trains
// it: loss of the main head + 0.3 * loss of the auxiliary head.
constexpr double kAuxiliaryWeight = 0.3;

bool is_main(const Site& site) {
  const std::vector<Layer>& layers = site.model.layers();
  for (std::size_t i = site.index + 1; i < layers.size(); ++i) {
    if (op_of(layers[i].kind).is_loss()) return false;
  }
  return true;
}

class Loss final : public Operation {
 public:
  explicit Loss(const Site& site)
      : Operation({}),
        main_(is_main(site)),
        weight_(main_ ? 1 : kAuxiliaryWeight),
        labels_(static_cast<std::size_t>(site.batch * labels_per_sample(site.model))),
        classes_(static_cast<std::size_t>(site.layer().output.channels)) {
    const Shape& shape = site.layer().output;
    if (shape.elements() != shape.channels * shape.sequence) {
      throw Error::input("cannot compute the loss '" + site.layer().name + "' of " + to_text(shape),
                         "its input must be one score per class", "add a pool or a dense layer");
    }
    if (shape.sequence != labels_per_sample(site.model)) {
      throw Error::input("cannot compute the loss '" + site.layer().name + "' of " + to_text(shape),
                         "the main loss has another number of labels for a sample",
                         "use 'predict'");
    }
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return labels_ * sizeof(Score); }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    auto* parts = reinterpret_cast<Score*>(operands_.scratch);
    for_each_row(labels_, classes_, [this, parts](std::size_t n) REHEARSE_INLINE {
      parts[n] =
          one(operands_.inputs.front() + n * classes_,
              static_cast<std::size_t>(operands_.labels[n]), operands_.output + n * classes_);
    });
    Score score;
    for (std::size_t n = 0; n < labels_; ++n) {
      score.loss += parts[n].loss;
      score.correct += parts[n].correct;
    }
    score.loss *= weight_ / static_cast<double>(labels_);
    *operands_.score = score;
  }

 private:
  // The loss of one label; writes its gradient, perhaps over the scores.
  REHEARSE_INLINE Score one(const float* scores, std::size_t label, float* gradient) const {
    EXPECTS(label < classes_);
    float largest = scores[0];
#pragma omp simd reduction(max : largest)
    for (std::size_t i = 0; i < classes_; ++i) largest = std::max(largest, scores[i]);
    const float own = scores[label];
    const bool correct =
        own == largest && std::find(scores, scores + label, largest) == scores + label;
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (std::size_t i = 0; i < classes_; ++i) {
      gradient[i] = exponential(scores[i] - largest);
      total += static_cast<double>(gradient[i]);
    }
    const double share = weight_ / static_cast<double>(labels_);
    const auto factor = static_cast<float>(share / total);
#pragma omp simd
    for (std::size_t i = 0; i < classes_; ++i) gradient[i] *= factor;
    gradient[label] -= static_cast<float>(share);
    return {std::log(total) - static_cast<double>(own - largest), main_ && correct ? 1 : 0};
  }

  const bool main_;
  const double weight_;
  const std::size_t labels_, classes_;
  Operands operands_;
};

}  // namespace

OperationKind softmax_cross_entropy_operation() {
  return {.make = construct<Loss>,
          .takes_sequences = true,
          .backward_reads_output = true,
          .overwrites_input = true,
          .passes_gradient = true,
          .makes_gradient = true};
}

}  // namespace rehearse::cpu
