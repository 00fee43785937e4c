#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "base/random.h"
#include "kernels/executor.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

constexpr std::uint32_t kInitialParameters = 0x696e6974;  // names the family of random streams

// Uniform in (0, 1).
float open_uniform(std::uint32_t bits) { return (static_cast<float>(bits >> 9) + 0.5F) * 0x1p-23F; }

// Two normal values from two uniform ones (Box and Muller, Ann. Math. Stat. 29, 1958).
std::array<float, 2> normal_pair(std::uint32_t a, std::uint32_t b) {
  const float radius = std::sqrt(-2 * std::log(open_uniform(a)));
  const float angle = 2 * std::numbers::pi_v<float> * open_uniform(b);
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

bool makes_scores(const Model& model, std::size_t index) {
  return model.layers()[index].kind == LayerKind::dense &&
         std::ranges::any_of(model.layers(), [&](const Layer& other) {
           return op_of(other.kind).is_loss() && other.inputs.front() == index;
         });
}

double deviation_of(const Model& model, std::size_t index, const ParameterTensor& tensor) {
  constexpr double kOfScores = 0.01;
  if (makes_scores(model, index)) return kOfScores;
  const Layer& layer = model.layers()[index];
  return std::sqrt(op_of(layer.kind).weight_variance(layer, tensor));
}

// `which`: of the layer's tensors.
void append_weights(const Model& model, std::size_t index, std::size_t which, std::uint64_t seed,
                    std::vector<float>& values) {
  const ParameterTensor& tensor = model.layers()[index].parameters[which];
  const auto elements = static_cast<std::uint64_t>(tensor.elements);
  const auto deviation = static_cast<float>(deviation_of(model, index, tensor));
  const auto low = [](std::uint64_t x) { return static_cast<std::uint32_t>(x); };
  const std::uint32_t family = kInitialParameters + low(which);
  for (std::uint64_t i = 0; i < elements; i += 4) {
    const auto bits = philox4x32({low(i / 4), low(i / 4 >> 32), low(index), family},
                                 {low(seed), low(seed >> 32)});
    const auto [a, b] = normal_pair(bits[0], bits[1]);
    const auto [c, d] = normal_pair(bits[2], bits[3]);
    const std::array<float, 4> four{a, b, c, d};
    for (std::uint64_t k = 0; k < std::min<std::uint64_t>(4, elements - i); ++k) {
      values.push_back(deviation * four[k]);
    }
  }
}

}  // namespace

std::int64_t labels_per_sample(const Model& model) { return model.layers().back().output.sequence; }

std::vector<float> initial_parameters(const Model& model, std::uint64_t seed) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(model.parameter_count()));
  for (std::size_t i = model.layers().size(); i-- > 0;) {
    const Layer& layer = model.layers()[i];
    for (std::size_t which = 0; which < layer.parameters.size(); ++which) {
      const ParameterTensor& tensor = layer.parameters[which];
      if (tensor.role == ParameterRole::weight) append_weights(model, i, which, seed, values);
      for (std::int64_t k = 0; k < tensor.elements && tensor.role != ParameterRole::weight; ++k) {
        values.push_back(
            tensor.role == ParameterRole::scale ? 1.0F : op_of(layer.kind).first_shift(layer, k));
      }
    }
  }
  return values;
}

}  // namespace rehearse
