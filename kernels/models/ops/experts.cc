// The experts of a mixture: each step passes through the networks that the router chose, h -> 2 f,
// SwiGLU, f -> h, and their results are summed by weight. Steps are sorted by expert, computed as
// one product for each expert, and put back. Its inputs are the steps and the router's scores.
#include <cmath>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/expert_keys.h"
#include "kernels/models/ops/gemms.h"
#include "kernels/models/shape_checks.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

// Steps, each counted once for every expert that serves it. Of experts that are shared out, what
// the rank that serves most has to do.
double rows(const Layer& layer) {
  const ExpertShape& e = layer.experts;
  const auto all = static_cast<double>(layer.steps * e.active) * e.imbalance;
  return e.capacity > 0 ? e.capacity * all : all;
}

std::int64_t own_experts(const ExpertShape& e) { return e.experts / e.ranks; }

struct Pair {
  Gemm up, down;
};

Pair products(const Layer& layer) {
  const ExpertShape& e = layer.experts;
  const auto inner = static_cast<double>(e.features);
  return {{rows(layer), layer.products, 2 * inner, own_experts(e)},
          {rows(layer), inner, layer.products, own_experts(e)}};
}

class Experts final : public OfKernels {
 public:
  [[nodiscard]] std::vector<std::string_view> words_elsewhere() const override {
    return {"moe", "mixtureofexperts", "groupedmlp"};
  }
  [[nodiscard]] std::vector<LayerKey> keys() const override {
    std::vector<LayerKey> keys = expert_keys();
    keys.push_back({"features", {"moeintermediatesize", "intermediatesize", "units"}});
    keys.push_back({"bias", {"usebias"}});
    keys.push_back({"capacity", {"capacityfactor"}});
    return keys;
  }
  void read(ObjectReader& layer, LayerSpec& spec) const override {
    read_experts(layer, spec);
    spec.experts.features = layer.integer("features", 1, kMaxDimension);
    spec.experts.bias = layer.optional_boolean("bias").value_or(false);
    spec.experts.capacity = layer.optional_number("capacity", 0, 1000).value_or(0);
  }
  void take_attributes(const LayerSpec& spec, Layer& layer) const override {
    layer.experts = spec.experts;
    layer.bias = spec.experts.bias;
  }

  [[nodiscard]] bool joins() const override { return true; }
  [[nodiscard]] bool takes(std::size_t inputs) const override { return inputs == 2; }
  [[nodiscard]] std::string_view inputs_text() const override {
    return "two inputs (the steps, the router)";
  }
  [[nodiscard]] Shape output(const LayerSpec& spec,
                             const std::vector<Shape>& inputs) const override {
    check_experts(spec.experts);
    check_range("features", spec.experts.features, 1);
    if (inputs[1].channels != spec.experts.experts || inputs[1].sequence != inputs[0].sequence) {
      throw Error::input("its second input, " + to_text(inputs[1]) + ", is no router of it",
                         "that has a score for each of " + std::to_string(spec.experts.experts) +
                             " experts and each step",
                         "give \"from\": [the steps, the router]");
    }
    return inputs.front();
  }
  [[nodiscard]] double products(const Layer&, const std::vector<Shape>& inputs) const override {
    return static_cast<double>(inputs.front().channels);
  }
  [[nodiscard]] std::vector<ParameterTensor> parameters(const Layer& layer,
                                                        const std::vector<Shape>&) const override {
    const ExpertShape& e = layer.experts;
    const Pair gemms = rehearse::products(layer);
    if (gemms.up.weights() > static_cast<double>(kMaxParameterElements)) {
      throw Error::input("its weight is too large",
                         "at most " + std::to_string(kMaxParameterElements) + " elements");
    }
    const std::int64_t channels = layer.output.channels, own = own_experts(e);
    std::vector<ParameterTensor> list{{layer.name + ".up", own * channels * 2 * e.features},
                                      {layer.name + ".down", own * channels * e.features}};
    if (e.bias) {
      list.push_back({layer.name + ".up_bias", own * 2 * e.features, ParameterRole::shift});
      list.push_back({layer.name + ".down_bias", own * channels, ParameterRole::shift});
    }
    return list;
  }
  [[nodiscard]] std::int64_t active_parameters(const Layer& layer) const override {
    return parameter_elements(layer) / own_experts(layer.experts) * layer.experts.active;
  }
  [[nodiscard]] double weight_variance(const Layer& layer,
                                       const ParameterTensor& tensor) const override {
    const Pair gemms = rehearse::products(layer);
    return 1 / (tensor.name.ends_with(".up") ? gemms.up.in : gemms.down.in);
  }

  [[nodiscard]] std::vector<KernelWork> kernels(const Layer& layer,
                                                Direction direction) const override {
    const auto [up, down] = rehearse::products(layer);
    const double served = rows(layer) * layer.products;
    const double steps = static_cast<double>(layer.steps) * layer.products;
    const double inner = rows(layer) * down.in;
    switch (direction) {
      case Direction::forward:
        return {stream(steps + served), up.forward(), stream(3 * inner, 6 * inner), down.forward(),
                stream(served + steps, 2 * served)};
      case Direction::backward_data:
        return {stream(steps + 2 * served, 2 * served), down.data_gradient(),
                stream(5 * inner, 10 * inner), up.data_gradient(), stream(served + steps, served)};
      case Direction::backward_weights:
        break;
    }
    return {down.weight_gradient(), up.weight_gradient()};
  }
  // Of the steps that are served, whatever the capacity.
  [[nodiscard]] double multiply_adds(const Layer& layer) const override {
    const ExpertShape& e = layer.experts;
    return static_cast<double>(layer.steps * e.active) * 3 * layer.products *
           static_cast<double>(e.features);
  }
  [[nodiscard]] std::string key(const Layer& layer,
                                const std::vector<Shape>& inputs) const override {
    const ExpertShape& e = layer.experts;
    return to_text(inputs.front()) + " " + std::to_string(e.active) + " of " +
           std::to_string(e.experts) + " features " + std::to_string(e.features);
  }
  // The sorted steps, gate, value and their product, and the results before they are summed.
  [[nodiscard]] std::int64_t kept_elements(const Layer& layer) const override {
    const auto served = static_cast<std::int64_t>(std::llround(rows(layer)));
    return served * (2 * layer.output.channels + 3 * layer.experts.features);
  }
};

}  // namespace

const LayerOp& experts_op() {
  static const Experts op;
  return op;
}

}  // namespace rehearse
