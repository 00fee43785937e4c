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

bool is_trained(const Model& model, std::size_t layer) {
  const Layer& at = model.layers()[layer];
  return model.needs_backward_data(layer) || !at.parameters.empty() || at.wants_gradient;
}

bool Site::trained_input(std::size_t which) const {
  return is_trained(model, layer().inputs.at(which));
}

std::size_t parameter_owner(const Model& model, std::size_t layer) {
  return model.layers()[layer].tied.value_or(layer);
}

namespace {

bool has_twin(const Site& site, std::size_t first) {
  const std::size_t owner = parameter_owner(site.model, site.index);
  for (std::size_t i = first; i < site.model.layers().size(); ++i) {
    if (i != site.index && parameter_owner(site.model, i) == owner) return true;
  }
  return false;
}

}  // namespace

bool Site::shares_weights() const { return has_twin(*this, 0); }

bool Site::adds_to_gradient() const { return has_twin(*this, index + 1); }

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

}  // namespace rehearse::cpu
