#include "kernels/cpu/operation.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse::cpu {

void Operation::import_parameter(std::size_t which, const float* plain, float* to) const {
  std::copy_n(plain, parameters_.at(which).elements, to);
}

void Operation::export_parameter(std::size_t which, const float* from, float* plain) const {
  std::copy_n(from, parameters_.at(which).elements, plain);
}

bool Site::trained_input(std::size_t which) const {
  return is_trained(model, layer().inputs.at(which));
}

bool Site::shares_weights() const { return plain_weights || has_twin(model, index, 0); }

bool Site::adds_to_gradient() const { return has_twin(model, index, index + 1); }

const OperationKind& operation_kind(LayerKind kind) {
  static const std::array kinds{
#define REHEARSE_OPERATION(kind) kind##_operation(),
#define REHEARSE_NONE(kind) OperationKind{},
      REHEARSE_COMPUTED_LAYER_KINDS(REHEARSE_OPERATION)
          REHEARSE_PREDICTED_LAYER_KINDS(REHEARSE_NONE)
#undef REHEARSE_NONE
#undef REHEARSE_OPERATION
  };
  return kinds.at(static_cast<std::size_t>(kind));
}

bool does_nothing(const Model& model, std::size_t layer) {
  const auto asks = operation_kind(model.layers()[layer].kind).does_nothing;
  return asks != nullptr && asks(model, layer);
}

namespace {

// The layers that compute with sequences.
std::string sequence_kinds() {
  std::vector<std::string> words;
  for (const LayerKind kind : kLayerKindNames.values()) {
    if (kind == LayerKind::input) continue;
    if (operation_kind(kind).takes_sequences) words.emplace_back(to_text(kind));
  }
  return list_of(words);
}

}  // namespace

std::unique_ptr<Operation> make_operation(const Site& site) {
  const Layer& layer = site.layer();
  if (is_only_predicted(layer.kind)) {
    throw Error::input("cannot compute '" + layer.name + "'",
                       "layers of the kind " + std::string(to_text(layer.kind)) +
                           " can be predicted, but not trained here",
                       "use 'predict'");
  }
  if (layer.tied && layer.bias) {
    throw Error::input("cannot compute '" + layer.name + "'",
                       "a dense layer with the weights of another has no bias here",
                       "leave 'bias' out");
  }
  const bool sequences = layer.output.sequence != 1 || layer.steps != 1;
  if (sequences && !operation_kind(layer.kind).takes_sequences) {
    throw Error::input("cannot compute '" + layer.name + "' of sequences",
                       "of layers with sequences only " + sequence_kinds() + " can be computed",
                       "let an lstm before it return its last state alone");
  }
  const auto make = operation_kind(layer.kind).make;
  if (make == nullptr || does_nothing(site.model, site.index)) return nullptr;
  try {
    return make(site);
  } catch (const dnnl::error& error) {
    throw Error::environment("the kernel library cannot compute '" + layer.name + "'",
                             error.message);
  }
}

StepPlan plan_step(const Model& model, std::int64_t batch,
                   const std::vector<std::size_t>& kept_bytes) {
  std::vector<StepLayer> layers;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    const OperationKind& kind = operation_kind(layer.kind);
    layers.push_back({.output_bytes = stored_elements(layer.output, batch) * sizeof(float),
                      .kept_bytes = kept_bytes.at(i),
                      .does_nothing = does_nothing(model, i),
                      .backward_reads_input = kind.backward_reads_input,
                      .backward_reads_output = kind.backward_reads_output,
                      .overwrites_input = kind.overwrites_input,
                      .overwrites_gradient = kind.overwrites_gradient,
                      .passes_gradient = kind.passes_gradient,
                      .makes_gradient = kind.makes_gradient});
  }
  return rehearse::plan_step(model, layers);
}

}  // namespace rehearse::cpu
