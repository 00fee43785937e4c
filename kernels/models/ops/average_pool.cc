// The mean of each window.
#include "kernels/models/ops/window_pool.h"

namespace rehearse {
namespace {

class AveragePool final : public WindowPool {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"avgpool", "avgpool2d", "averagepooling2d"};
  }

  [[nodiscard]] SampleWork backward_data(const Layer& layer, double in, double out) const override {
    return {out * window_size(layer), in + out, 0};
  }
};

}  // namespace

const LayerOp& average_pool_op() {
  static const AveragePool op;
  return op;
}

}  // namespace rehearse
