// The largest element of each window.
#include "kernels/models/ops/window_pool.h"

namespace rehearse {
namespace {

class MaxPool final : public WindowPool {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"maxpool2d", "maxpooling2d", "maxpooling"};
  }

  // Reads input, output and the output's gradient, writes the input's.
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double in, double out) const override {
    return {out * window_size(layer), 2 * in + 2 * out, 0};
  }
  [[nodiscard]] bool backward_reads_input() const override { return true; }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
};

}  // namespace

const LayerOp& max_pool_op() {
  static const MaxPool op;
  return op;
}

}  // namespace rehearse
