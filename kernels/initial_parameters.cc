#include <cmath>

#include "base/random.h"
#include "kernels/executor.h"

namespace rehearse {
namespace {

constexpr std::uint64_t kInitialParameters = 0x696e6974;  // names the family of random streams

void append_weights(const Layer& layer, std::size_t index, std::uint64_t seed,
                    std::vector<float>& values) {
  const std::int64_t elements = layer.parameters.front().elements;
  const double fan_in = static_cast<double>(elements) / static_cast<double>(layer.output.channels);
  const double deviation = std::sqrt(2 / fan_in);
  RandomStream random(seed, {kInitialParameters, index});
  for (std::int64_t i = 0; i < elements; ++i) {
    values.push_back(static_cast<float>(deviation * random.normal()));
  }
}

}  // namespace

std::vector<float> initial_parameters(const Model& model, std::uint64_t seed) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(model.parameter_count()));
  for (std::size_t i = model.layers().size(); i-- > 0;) {
    const Layer& layer = model.layers()[i];
    for (std::size_t k = 0; k < layer.parameters.size(); ++k) {
      const bool norm = layer.kind == LayerKind::batch_norm;
      if (k == 0 && !norm) {
        append_weights(layer, i, seed, values);
      } else {
        values.insert(values.end(), static_cast<std::size_t>(layer.parameters[k].elements),
                      norm && k == 0 ? 1.0F : 0.0F);
      }
    }
  }
  return values;
}

}  // namespace rehearse
