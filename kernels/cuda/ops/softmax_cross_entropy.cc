// Softmax cross-entropy of a batch of scores, or of those of each step. The forward pass leaves the
// gradient of the scores as its output, times the scale of the loss. Ranks that share the classes
// out gather the statistics of all scores, for which the host waits.
#include "base/contract.h"
#include "base/error.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/executor.h"
#include "kernels/loss_weight.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cuda {
namespace {

class Loss final : public Operation {
 public:
  explicit Loss(const Site& site)
      : engine_(site.engine),
        classes_(class_share(site.model, site.index)),
        shape_{.rows = site.batch * labels_per_sample(site.model),
               .stride = site.layer().output.channels,
               .classes = classes_.classes,
               .first = classes_.first},
        share_(loss_weight(site.model, site.index) / static_cast<double>(shape_.rows)) {
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
    const auto rows = static_cast<std::size_t>(shape_.rows);
    const auto ranks = static_cast<std::size_t>(classes_.ranks);
    statistics_ = scratch_.take(ranks * rows * sizeof(ScoreStatistics));
    losses_ = scratch_.take(rows * sizeof(RowLoss));
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    auto* const statistics = reinterpret_cast<ScoreStatistics*>(operands_.scratch + statistics_);
    auto* const losses = reinterpret_cast<RowLoss*>(operands_.scratch + losses_);
    const Tensor& scores = operands_.inputs.front();
    score_statistics(shape_, scores, operands_.labels, statistics + place() * shape_.rows,
                     engine_.stream());
    if (classes_.ranks > 1) gather(statistics);
    finish_loss(shape_, scores, operands_.labels, statistics, classes_.ranks,
                share_ * static_cast<double>(operands_.mode->loss_scale), operands_.output, losses,
                engine_.stream());
    sum_losses(losses, shape_.rows, operands_.score, engine_.stream());
  }

 private:
  static constexpr Exchange::Axis kAxis = Exchange::Axis::tensor;

  [[nodiscard]] std::int64_t place() const {
    if (classes_.ranks == 1) return 0;
    EXPECTS(operands_.mode->exchanger != nullptr);
    return operands_.mode->exchanger->place(kAxis);
  }

  void gather(ScoreStatistics* statistics) const {
    constexpr std::int64_t kNumbers = sizeof(ScoreStatistics) / sizeof(float);
    engine_.context().stream().synchronize();
    operands_.mode->exchanger->gather(
        kAxis,
        device_tensor(statistics, classes_.ranks * shape_.rows * kNumbers, ElementType::float32));
  }

  Engine& engine_;
  const ClassShare classes_;
  const ScoreShape shape_;
  const double share_;
  MemorySlots scratch_;
  std::size_t statistics_ = 0, losses_ = 0;
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

}  // namespace rehearse::cuda
