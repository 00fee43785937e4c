#include "kernels/models/ops/matrix_op.h"

#include "base/error.h"
#include "kernels/models/model_limits.h"

namespace rehearse {
namespace {

// Also those of another layer.
double weights(const Layer& layer) {
  if (layer.tied) return layer.products * static_cast<double>(layer.output.channels);
  return static_cast<double>(parameter_elements(layer));
}

}  // namespace

SampleWork MatrixOp::forward(const Layer& layer, double in, double out) const {
  return {2 * multiply_adds(layer) + (layer.bias ? out : 0), in + out, weights(layer)};
}

SampleWork MatrixOp::backward_data(const Layer& layer, double in, double out) const {
  return {2 * multiply_adds(layer), in + out, weights(layer)};
}

SampleWork MatrixOp::backward_weights(const Layer& layer, double in, double out) const {
  return forward(layer, in, out);
}

// Elements of the output times the products that each of them sums.
double MatrixOp::multiply_adds(const Layer& layer) const {
  return static_cast<double>(layer.output.elements()) * layer.products;
}

std::vector<ParameterTensor> MatrixOp::weight_and_bias(const Layer& layer, double elements) {
  if (elements > static_cast<double>(kMaxParameterElements)) {
    throw Error::input("its weight is too large",
                       "at most " + std::to_string(kMaxParameterElements) + " elements");
  }
  // Below 2^53 a double is exact.
  std::vector<ParameterTensor> tensors{
      {layer.name + ".weight", static_cast<std::int64_t>(elements)}};
  if (layer.bias) {
    tensors.push_back({layer.name + ".bias", layer.output.channels, ParameterRole::shift});
  }
  return tensors;
}

}  // namespace rehearse
