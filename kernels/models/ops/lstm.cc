// Long short-term memory (Hochreiter and Schmidhuber, Neural Computation 9(8), 1997) with forget
// gates (Gers, Schmidhuber and Cummins, Neural Computation 12(10), 2000) and without peepholes, as
// PyTorch and Keras have it. With x a step of the input, h and c the state after the step before:
//
//   i, f, o = sigmoid(W x + R h + b),  g = tanh(W x + R h + b)    each with rows of its own
//   c = f c + i g,  h = o tanh(c)                                 both 0 before the first step
//
// Gates lie in the order i, f, g, o. The kernels are those of Appleyard, Kocisky and Blunsom
// (arXiv:1604.01946): one product for the inputs of all steps, then for each step in turn a product
// with the state and one element-wise kernel.
#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

constexpr std::int64_t kGates = 4;

// Operations of one unit in one step. Forward: 4 sums of two products, 4 biases, 5 sigmoids and
// hyperbolic tangents, 4 for c and h. Backward: 1 sum of the gradients of h, tanh(c) again, 1 for
// o, 5 for c, 4 for i, f, g and the c before, 3 for the derivative of each gate's function.
constexpr double kForwardFlops = 17, kBackwardFlops = 24;

struct Extents {
  double steps, features, units, gates;  // features: of a step of the input
};

Extents extents(const Layer& layer) {
  const auto units = static_cast<double>(layer.output.channels);
  const double gates = kGates * units;
  return {static_cast<double>(layer.steps),
          static_cast<double>(layer.parameters.front().elements) / gates, units, gates};
}

// The product of the inputs of all steps, or their gradients, with the weights of the inputs.
SampleWork input_product(const Extents& x) {
  return {.flops = 2 * x.steps * x.gates * x.features,
          .elements = x.steps * (x.features + x.gates),
          .weights = x.gates * x.features};
}

// The product of one state, or its gradient, with the recurrent weights.
SampleWork state_product(const Extents& x) {
  return {
      .flops = 2 * x.gates * x.units, .elements = x.units + x.gates, .weights = x.gates * x.units};
}

std::vector<KernelWork> forward_kernels(const Layer& layer) {
  const Extents x = extents(layer);
  // Reads both products, biases and c; writes gates, c and h.
  const SampleWork gates{kForwardFlops * x.units, 3 * x.gates + 3 * x.units, x.gates};
  return {
      {.work = input_product(x), .reduction = x.features, .features = x.gates},
      {.count = layer.steps, .work = state_product(x), .reduction = x.units, .features = x.gates},
      {.count = layer.steps, .work = gates}};
}

// Back through time, the gradients of gates and states step by step; at last those of the weights.
std::vector<KernelWork> weight_kernels(const Layer& layer) {
  const Extents x = extents(layer);
  // Reads gates, c before and behind, the gradients of c and of h (from the step behind and, at
  // most, from the layer behind); writes the gradients of the gates and of c.
  const SampleWork gates{kBackwardFlops * x.units, 2 * x.gates + 6 * x.units, 0};
  // The states of all steps and the sums of the biases.
  const SampleWork recurrent{2 * x.steps * x.gates * x.units + x.steps * x.gates,
                             x.steps * (x.units + x.gates), x.gates * x.units + x.gates};
  return {
      {.count = layer.steps, .work = gates},
      {.count = layer.steps, .work = state_product(x), .reduction = x.gates, .features = x.units},
      {.work = input_product(x), .reduction = x.steps, .features = x.gates, .sums_samples = true},
      {.work = recurrent, .reduction = x.steps, .features = x.gates, .sums_samples = true}};
}

std::vector<KernelWork> data_kernels(const Layer& layer) {
  const Extents x = extents(layer);
  return {{.work = input_product(x), .reduction = x.gates, .features = x.features}};
}

class Lstm final : public LayerOp {
 public:
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    return {{"units", {"hiddensize", "features", "numoutput", "hiddenunits"}},
            {"return_sequences", {"returnsequence"}}};
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    spec.features = layer.integer("units", 1, kMaxDimension);
    spec.return_sequences = layer.optional_boolean("return_sequences").value_or(false);
  }

  [[nodiscard]] std::string_view sequence_text() const override { return "a sequence of vectors"; }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_range("units", spec.features, 1);
    const Shape& in = inputs.front();
    if (in.height != 1 || in.width != 1) {
      throw Error::input("it takes a sequence of vectors, not images of " + to_text(in), "",
                         "give the input \"channels\" and \"sequence\" only");
    }
    return {spec.features, 1, 1, spec.return_sequences ? in.sequence : 1};
  }

  [[nodiscard]] std::vector<ParameterTensor> parameters(
      const Layer& layer, const std::vector<Shape>& inputs) const override {
    const std::int64_t units = layer.output.channels, gates = kGates * units;
    // At most 4 * 10^12 each, which is within kMaxParameterElements.
    return {{layer.name + ".weight", gates * inputs.front().channels},
            {layer.name + ".recurrent_weight", gates * units},
            {layer.name + ".bias", gates, ParameterRole::shift}};
  }

  // Variance 1 / fan_in, of units whose slope is 1 where they are not saturated (LeCun et al.,
  // "Efficient BackProp", 1998, section 4.6).
  [[nodiscard]] double weight_variance(const Layer& layer,
                                       const ParameterTensor& tensor) const override {
    return extents(layer).gates / static_cast<double>(tensor.elements);
  }
  // Forget gates begin at 1, so that an untrained layer remembers (Jozefowicz, Zaremba and
  // Sutskever, "An empirical exploration of recurrent network architectures", 2015).
  [[nodiscard]] float first_shift(const Layer& layer, std::int64_t element) const override {
    return element / layer.output.channels == 1 ? 1 : 0;
  }

  [[nodiscard]] std::vector<KernelWork> kernels(const Layer& layer,
                                                Direction direction) const override {
    switch (direction) {
      case Direction::forward:
        return forward_kernels(layer);
      case Direction::backward_data:
        return data_kernels(layer);
      case Direction::backward_weights:
        break;
    }
    return weight_kernels(layer);
  }
  [[nodiscard]] SampleWork forward(const Layer& layer, double, double) const override {
    return sum(forward_kernels(layer));
  }
  [[nodiscard]] SampleWork backward_data(const Layer& layer, double, double) const override {
    return sum(data_kernels(layer));
  }
  [[nodiscard]] SampleWork backward_weights(const Layer& layer, double, double) const override {
    return sum(weight_kernels(layer));
  }
  [[nodiscard]] bool multiplies_matrices() const override { return true; }
  [[nodiscard]] double multiply_adds(const Layer& layer) const override {
    const Extents x = extents(layer);
    return x.steps * x.gates * (x.features + x.units);
  }
  [[nodiscard]] double multiply_adds_through_time(const Layer& layer) const override {
    const Extents x = extents(layer);
    return x.steps * x.gates * x.units;
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    return to_text(inputs.front()) + " -> " + to_text(layer.output);
  }

  [[nodiscard]] bool backward_reads_input() const override { return true; }
  [[nodiscard]] bool backward_reads_output() const override { return true; }
  // Gates and c of every step, and h of those that are no output.
  [[nodiscard]] std::int64_t kept_elements(const Layer& layer) const override {
    const std::int64_t units = layer.output.channels;
    const std::int64_t inner = layer.output.sequence == layer.steps ? 0 : layer.steps;
    return (kGates + 1) * layer.steps * units + inner * units;
  }
};

}  // namespace

const LayerOp& lstm_op() {
  static const Lstm op;
  return op;
}

}  // namespace rehearse
