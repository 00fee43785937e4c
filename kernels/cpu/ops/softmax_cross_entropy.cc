// Softmax cross-entropy of a batch of scores, or of those of each step. The forward pass computes
// the gradient as well, since both need the exponentials; the output is the gradient of the scores.
//
// Ranks may share the classes out (Megatron-LM's vocabulary-parallel loss, arXiv:1909.08053): each
// has the scores from Layer::first on, of which those beyond the last class do not count. They tell
// each other three numbers for each label: the largest of their scores, the sum of exponentials
// relative to it, and the label's own score where they have it.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/cpu/operation.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/cpu/vector_math.h"
#include "kernels/executor.h"
#include "kernels/loss_weight.h"
#include "kernels/step/memory_plan.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cpu {
namespace {

class Loss final : public Operation {
 public:
  explicit Loss(const Site& site)
      : Operation({}),
        main_(is_main_loss(site.model, site.index)),
        weight_(loss_weight(site.model, site.index)),
        labels_(static_cast<std::size_t>(site.batch * labels_per_sample(site.model))),
        stride_(static_cast<std::size_t>(site.layer().output.channels)),
        share_(class_share(site.model, site.index)),
        first_(static_cast<std::size_t>(share_.first)),
        classes_(static_cast<std::size_t>(share_.classes)),
        ranks_(static_cast<std::size_t>(share_.ranks)) {
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

  [[nodiscard]] std::size_t scratch_bytes() const override {
    return aligned(labels_ * sizeof(Score)) + ranks_ * labels_ * sizeof(Statistics);
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    auto* parts = reinterpret_cast<Score*>(operands_.scratch);
    if (ranks_ > 1) {
      shared(parts);
    } else {
      for_each_row(labels_, classes_, [this, parts](std::size_t n) REHEARSE_INLINE {
        parts[n] =
            one(operands_.inputs.front() + n * classes_,
                static_cast<std::size_t>(operands_.labels[n]), operands_.output + n * classes_);
      });
    }
    Score score;
    for (std::size_t n = 0; n < labels_; ++n) {
      score.loss += parts[n].loss;
      score.correct += parts[n].correct;
    }
    score.loss *= weight_ / static_cast<double>(labels_);
    *operands_.score = score;
  }

 private:
  struct Statistics {
    float largest, total, own;  // own: of the label; minus infinity where another rank has it
  };

  // Of the gradient.
  [[nodiscard]] double share_of_label() const {
    return operands_.mode->loss_scale * weight_ / static_cast<double>(labels_);
  }

  // Of the classes that this rank has; leaves the exponentials.
  REHEARSE_INLINE Statistics own_part(const float* scores, std::size_t label,
                                      float* exponentials) const {
    constexpr float kNone = -std::numeric_limits<float>::infinity();
    Statistics of{kNone, 0, label < classes_ ? scores[label] : kNone};
    for (std::size_t i = 0; i < classes_; ++i) of.largest = std::max(of.largest, scores[i]);
    double total = 0;
    for (std::size_t i = 0; i < classes_; ++i) {
      exponentials[i] = exponential(scores[i] - of.largest);
      total += static_cast<double>(exponentials[i]);
    }
    std::fill(exponentials + classes_, exponentials + stride_, 0.0F);
    of.total = static_cast<float>(total);
    return of;
  }

  // All labels together with the other ranks.
  void shared(Score* parts) {
    EXPECTS(operands_.mode->exchanger != nullptr);
    Exchanger& others = *operands_.mode->exchanger;
    auto* all = reinterpret_cast<Statistics*>(operands_.scratch + aligned(labels_ * sizeof(Score)));
    const auto place = static_cast<std::size_t>(others.place(Exchange::Axis::tensor));
    Statistics* own = all + place * labels_;
    const auto label_of = [&](std::size_t n) {
      return static_cast<std::size_t>(operands_.labels[n]) - first_;
    };
    for_each_row(labels_, stride_, [&](std::size_t n) REHEARSE_INLINE {
      own[n] = own_part(operands_.inputs.front() + n * stride_, label_of(n),
                        operands_.output + n * stride_);
    });
    constexpr std::size_t kNumbers = sizeof(Statistics) / sizeof(float);
    others.gather(Exchange::Axis::tensor,
                  tensor_of({reinterpret_cast<float*>(all), ranks_ * labels_ * kNumbers}));
    for_each_row(labels_, stride_, [&](std::size_t n) REHEARSE_INLINE {
      parts[n] = joined(all, n, label_of(n), own[n], operands_.output + n * stride_);
    });
  }

  // The loss of label `n`; turns the exponentials into its gradient.
  REHEARSE_INLINE Score joined(const Statistics* all, std::size_t n, std::size_t label,
                               const Statistics& mine, float* gradient) const {
    float largest = all[n].largest, own = all[n].own;
    for (std::size_t r = 1; r < ranks_; ++r) {
      largest = std::max(largest, all[r * labels_ + n].largest);
      own = std::max(own, all[r * labels_ + n].own);
    }
    double total = 0;
    for (std::size_t r = 0; r < ranks_; ++r) {
      const Statistics& one = all[r * labels_ + n];
      if (one.total > 0) {
        total += static_cast<double>(one.total) *
                 std::exp(static_cast<double>(one.largest) - static_cast<double>(largest));
      }
    }
    const double share = share_of_label();
    const double here =
        mine.total > 0 ? std::exp(static_cast<double>(mine.largest) - static_cast<double>(largest))
                       : 0;
    const auto factor = static_cast<float>(share * here / total);
    for (std::size_t i = 0; i < classes_; ++i) gradient[i] *= factor;
    if (label < classes_) gradient[label] -= static_cast<float>(share);
    return {std::log(total) - static_cast<double>(own - largest), main_ && own == largest ? 1 : 0};
  }

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
    const double share = share_of_label();
    const auto factor = static_cast<float>(share / total);
#pragma omp simd
    for (std::size_t i = 0; i < classes_; ++i) gradient[i] *= factor;
    gradient[label] -= static_cast<float>(share);
    return {std::log(total) - static_cast<double>(own - largest), main_ && correct ? 1 : 0};
  }

  const bool main_;
  const double weight_;
  const std::size_t labels_;
  const std::size_t stride_;  // scores of a label here
  const ClassShare share_;
  const std::size_t first_;    // class of the first of them
  const std::size_t classes_;  // those of them that count
  const std::size_t ranks_;    // that share the classes out
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
