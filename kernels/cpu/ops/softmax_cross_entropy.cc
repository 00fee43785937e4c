// Softmax cross-entropy of a batch of scores. The forward pass computes the gradient as well, since
// both need the exponentials; the output is the gradient of the scores.
#include <algorithm>
#include <cmath>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cpu/operation.h"
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
        batch_(static_cast<std::size_t>(site.batch)),
        classes_(static_cast<std::size_t>(site.layer().output.channels)) {
    if (site.layer().output.elements() != site.layer().output.channels) {
      throw Error::input(
          "cannot compute the loss '" + site.layer().name + "' of " + to_text(site.layer().output),
          "its input must be one score per class", "add a pool or a dense layer");
    }
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    Score score;
    for (std::size_t n = 0; n < batch_; ++n) {
      const auto label = static_cast<std::size_t>(operands_.labels[n]);
      EXPECTS(label < classes_);
      const float* from = operands_.inputs.front() + n * classes_;
      score.loss += one(from, label, operands_.output + n * classes_);
      const auto best = static_cast<std::size_t>(std::max_element(from, from + classes_) - from);
      if (main_ && best == label) ++score.correct;
    }
    score.loss *= weight_ / static_cast<double>(batch_);
    *operands_.score = score;
  }

 private:
  // The loss of one sample; writes its gradient.
  double one(const float* scores, std::size_t label, float* gradient) const {
    const float largest = *std::max_element(scores, scores + classes_);
    double total = 0;
    for (std::size_t i = 0; i < classes_; ++i) {
      gradient[i] = std::exp(scores[i] - largest);
      total += static_cast<double>(gradient[i]);
    }
    const double share = weight_ / static_cast<double>(batch_);
    const auto factor = static_cast<float>(share / total);
    for (std::size_t i = 0; i < classes_; ++i) gradient[i] *= factor;
    gradient[label] -= static_cast<float>(share);
    return std::log(total) - static_cast<double>(scores[label] - largest);
  }

  const bool main_;
  const double weight_;
  const std::size_t batch_, classes_;
  Operands operands_;
};

}  // namespace

OperationKind softmax_cross_entropy_operation() {
  return {.make = construct<Loss>,
          .backward_reads_output = true,
          .passes_gradient = true,
          .makes_gradient = true};
}

}  // namespace rehearse::cpu
