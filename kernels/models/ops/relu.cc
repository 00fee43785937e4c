// max(x, 0). Its gradient is known from the output. A relu6, which has an upper bound as well,
// costs the same.
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

class Relu final : public LayerOp {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override { return {"relu6"}; }
  [[nodiscard]] SampleWork forward(const Layer&, double, double out) const override {
    return {out, 2 * out, 0};
  }
  [[nodiscard]] SampleWork backward_data(const Layer&, double, double out) const override {
    return {out, 3 * out, 0};
  }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
  [[nodiscard]] bool is_elementwise() const override { return true; }
};

}  // namespace

const LayerOp& relu_op() {
  static const Relu op;
  return op;
}

}  // namespace rehearse
