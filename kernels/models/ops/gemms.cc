#include "kernels/models/ops/gemms.h"

#include "kernels/models/work.h"

namespace rehearse {

KernelWork Gemm::forward() const {
  return {.work = {2 * multiply_adds(), rows * (in + out), weights()},
          .reduction = in,
          .features = out,
          .groups = groups};
}

KernelWork Gemm::data_gradient() const {
  return {.work = {2 * multiply_adds(), rows * (in + out), weights()},
          .reduction = out,
          .features = in,
          .groups = groups};
}

KernelWork Gemm::weight_gradient() const {
  return {.work = {2 * multiply_adds(), rows * (in + out), weights()},
          .reduction = rows / static_cast<double>(groups),
          .features = out,
          .sums_samples = true,
          .groups = groups};
}

SampleWork OfKernels::forward(const Layer& layer, double, double) const {
  return sum(kernels(layer, Direction::forward));
}

SampleWork OfKernels::backward_data(const Layer& layer, double, double) const {
  return sum(kernels(layer, Direction::backward_data));
}

SampleWork OfKernels::backward_weights(const Layer& layer, double, double) const {
  return sum(kernels(layer, Direction::backward_weights));
}

KernelWork stream(double elements, double flops) { return {.work = {flops, elements, 0}}; }

}  // namespace rehearse
