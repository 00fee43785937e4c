#include "kernels/tensor_math.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/contract.h"
#include "kernels/add_arrived.h"
#include "kernels/half_float.h"

namespace rehearse {

void copy(const Tensor& from, const Tensor& to) {
  EXPECTS(from.elements == to.elements);
  std::ranges::copy(from.values(), to.floats());
}

void add(const Tensor& x, const Tensor& sum) {
  EXPECTS(x.elements == sum.elements && x.type == sum.type);
  EXPECTS(x.space == MemorySpace::host && sum.space == MemorySpace::host);
  add_arrived(x.data, x.elements, x.type, sum.data);
}

void scale(double factor, const Tensor& x) {
  for (float& value : x.values()) value *= static_cast<float>(factor);
}

bool is_finite(const Tensor& x) {
  return std::ranges::all_of(x.values(), [](float value) { return std::isfinite(value); });
}

namespace {

float widened(float value) { return value; }
float widened(Half value) { return to_float(value); }
float widened(BrainFloat value) { return to_float(value); }

void put(float value, float& to) { to = value; }
void put(float value, Half& to) { to = to_half(value); }
void put(float value, BrainFloat& to) { to = to_brain_float(value); }

// use(pointer to the elements)
template <class Use>
void with_elements(const Tensor& tensor, const Use& use) {
  EXPECTS(tensor.space == MemorySpace::host);
  switch (tensor.type) {
    case ElementType::float32:
      return use(static_cast<float*>(tensor.data));
    case ElementType::float16:
      return use(static_cast<Half*>(tensor.data));
    case ElementType::bfloat16:
      return use(static_cast<BrainFloat*>(tensor.data));
    case ElementType::float8:
    case ElementType::byte:
      break;
  }
  EXPECTS(!"elements of this type are converted");
}

}  // namespace

void convert(const Tensor& x, const Tensor& y) {
  EXPECTS(x.elements == y.elements);
  with_elements(x, [&](const auto* from) {
    with_elements(y, [&](auto* to) {
      for (std::int64_t i = 0; i < x.elements; ++i) put(widened(from[i]), to[i]);
    });
  });
}

void subtract(const Tensor& a, const Tensor& b, const Tensor& difference) {
  EXPECTS(a.elements == b.elements && a.elements == difference.elements);
  std::ranges::transform(a.values(), b.values(), difference.floats(), std::minus<>());
}

void pull_towards(const Tensor& centre, double force, const Tensor& x) {
  EXPECTS(centre.elements == x.elements);
  const auto by = static_cast<float>(force);
  std::ranges::transform(x.values(), centre.values(), x.floats(),
                         [by](float own, float other) { return own - by * (own - other); });
}

void gem_update(const GemFactors& factors, const Tensor& central, const GemTensors& worker) {
  constexpr float kLeast = 1e-12F;
  constexpr float kGreatest = 5;
  const auto kappa = static_cast<float>(factors.kappa);
  const auto momentum = static_cast<float>(factors.momentum);
  const auto lr = static_cast<float>(factors.lr);
  for (const Tensor& one : {worker.now, worker.set, worker.m, worker.stale, worker.update}) {
    EXPECTS(one.elements == central.elements);
  }
  for (std::int64_t i = 0; i < central.elements; ++i) {
    const float centre = central.floats()[i];
    const float d = lr * (worker.now.floats()[i] - worker.set.floats()[i]);
    float& m = worker.m.floats()[i];
    m = momentum * m + d;
    const float c = centre - worker.stale.floats()[i];
    worker.stale.floats()[i] = centre;
    const float energy = (kappa * std::abs(m) - std::abs(c)) / std::abs(d + kLeast);
    const float update = std::clamp(energy, 0.0F, kGreatest) * d;
    worker.update.floats()[i] = update;
    worker.now.floats()[i] = worker.set.floats()[i] = centre + update;
  }
}

}  // namespace rehearse
