// The loss; its input holds one score per class, or those of a rank's share of them.
#include "kernels/models/model.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class SoftmaxCrossEntropy final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"softmax", "crossentropyloss", "loss"};
  }

  // Of a share: how many classes there are in all.
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.vocabulary = spec.vocabulary;
  }
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {5 * out, 3 * out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double out) const override {
    return {out, 2 * out, 0};
  }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
  [[nodiscard]] bool is_loss() const override { return true; }
};

}  // namespace

const LayerOp& softmax_cross_entropy_op() {
  static const SoftmaxCrossEntropy op;
  return op;
}

}  // namespace rehearse
