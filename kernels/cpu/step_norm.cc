#include "kernels/cpu/step_norm.h"

#include <algorithm>
#include <cmath>

#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/step/memory_plan.h"

namespace rehearse::cpu {
namespace {

constexpr float kEpsilon = 1e-5F;

// The gradients of the parameters are summed in so many parts, whatever the threads, so that equal
// steps give equal bits.
constexpr std::size_t kParts = 16;

struct Moments {
  float mean, factor;  // factor: 1 / deviation
};

template <bool kCentred>
class StepNorm final : public Operation {
 public:
  explicit StepNorm(const Site& site)
      : Operation(site.layer().parameters),
        backward_(site.model.needs_backward_data(site.index)),
        steps_(steps_of(site)),
        tensors_(kCentred ? 2 : 1) {}

  [[nodiscard]] std::size_t kept_bytes() const override { return steps_.rows * sizeof(Moments); }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return kParts * tensors_ * steps_.width * sizeof(float);
  }

  void bind(const Operands& operands) override {
    operands_ = operands;
    moments_ = reinterpret_cast<Moments*>(operands.kept);
  }

  void forward() override {
    for_each_row(steps_.rows, steps_.width, [this](std::size_t row) REHEARSE_INLINE {
      const std::size_t width = steps_.width;
      const float* x = operands_.inputs.front() + row * width;
      float* y = operands_.output + row * width;
      const float* scale = operands_.parameters[0];
      const auto n = static_cast<float>(width);
      float mean = 0, squares = 0;
      if (kCentred) {
#pragma omp simd reduction(+ : mean)
        for (std::size_t i = 0; i < width; ++i) mean += x[i];
        mean /= n;
      }
#pragma omp simd reduction(+ : squares)
      for (std::size_t i = 0; i < width; ++i) squares += (x[i] - mean) * (x[i] - mean);
      const float factor = 1.0F / std::sqrt(squares / n + kEpsilon);
      moments_[row] = {mean, factor};
      if (kCentred) {
        const float* shift = operands_.parameters[1];
#pragma omp simd
        for (std::size_t i = 0; i < width; ++i) {
          y[i] = scale[i] * ((x[i] - mean) * factor) + shift[i];
        }
      } else {
#pragma omp simd
        for (std::size_t i = 0; i < width; ++i) y[i] = scale[i] * (x[i] * factor);
      }
    });
  }

  void backward_weights() override {
    auto* parts = reinterpret_cast<float*>(operands_.scratch);
    const std::size_t width = steps_.width;
    std::fill_n(parts, kParts * tensors_ * width, 0.0F);
#pragma omp parallel for schedule(static)
    for (std::size_t part = 0; part < kParts; ++part) {
      float* scale = parts + part * tensors_ * width;
      add_rows(steps_.rows * part / kParts, steps_.rows * (part + 1) / kParts, scale,
               scale + (tensors_ - 1) * width);
    }
    for (std::size_t tensor = 0; tensor < tensors_; ++tensor) {
      float* to = operands_.parameter_gradients[tensor];
      std::copy_n(parts + tensor * width, width, to);
      for (std::size_t part = 1; part < kParts; ++part) {
        const float* from = parts + (part * tensors_ + tensor) * width;
        for (std::size_t i = 0; i < width; ++i) to[i] += from[i];
      }
    }
  }

  // With g the gradient times the scale and z the normalised input:
  // factor (g - mean(g) - z mean(g z)), or without the first mean.
  void backward_data() override {
    if (!backward_) return;
    for_each_row(steps_.rows, steps_.width, [this](std::size_t row) REHEARSE_INLINE {
      const std::size_t width = steps_.width;
      const float* x = operands_.inputs.front() + row * width;
      const float* gradient = operands_.output_gradient + row * width;
      const float* scale = operands_.parameters[0];
      float* to = operands_.input_gradients.front() + row * width;
      const auto [mean, factor] = moments_[row];
      const auto n = static_cast<float>(width);
      float sum = 0, along = 0;
#pragma omp simd reduction(+ : sum, along)
      for (std::size_t i = 0; i < width; ++i) {
        const float g = gradient[i] * scale[i];
        sum += g;
        along += g * ((x[i] - mean) * factor);
      }
      sum = kCentred ? sum / n : 0;
      along /= n;
#pragma omp simd
      for (std::size_t i = 0; i < width; ++i) {
        const float z = (x[i] - mean) * factor;
        to[i] = factor * (gradient[i] * scale[i] - sum - z * along);
      }
    });
  }

 private:
  // Adds the parts of rows [begin, end) to the gradients of scale and shift.
  void add_rows(std::size_t begin, std::size_t end, float* scale, float* shift) const {
    rows(begin, end, [=, this](std::size_t row) REHEARSE_INLINE {
      const std::size_t width = steps_.width;
      const float* x = operands_.inputs.front() + row * width;
      const float* gradient = operands_.output_gradient + row * width;
      const auto [mean, factor] = moments_[row];
#pragma omp simd
      for (std::size_t i = 0; i < width; ++i) {
        scale[i] += gradient[i] * ((x[i] - mean) * factor);
      }
      if (kCentred) {
#pragma omp simd
        for (std::size_t i = 0; i < width; ++i) shift[i] += gradient[i];
      }
    });
  }

  const bool backward_;
  const Steps steps_;
  const std::size_t tensors_;
  Operands operands_;
  Moments* moments_ = nullptr;  // of each row
};

}  // namespace

std::unique_ptr<Operation> make_step_norm(const Site& site, bool centred) {
  if (centred) return std::make_unique<StepNorm<true>>(site);
  return std::make_unique<StepNorm<false>>(site);
}

}  // namespace rehearse::cpu
