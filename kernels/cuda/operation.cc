#include "kernels/cuda/operation.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse::cuda {

bool Site::adds_to_gradient() const { return has_twin(model, index, index + 1); }

bool reads_tokens(const Model& model) {
  return std::any_of(model.layers().begin(), model.layers().end(), [](const Layer& reader) {
    return reader.kind == LayerKind::embedding && reader.inputs.front() == 0;
  });
}

ElementType output_type(const Model& model, std::size_t layer, ElementType type) {
  const Layer& of = model.layers()[layer];
  if (of.kind == LayerKind::exchange) return output_type(model, of.inputs.front(), type);
  const bool wide = of.kind == LayerKind::router || (layer == 0 && reads_tokens(model));
  return wide ? ElementType::float32 : type;
}

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

std::size_t output_bytes(const Model& model, std::size_t layer, std::int64_t batch,
                         ElementType type) {
  return static_cast<std::size_t>(batch * model.layers()[layer].output.elements() *
                                  element_bytes(output_type(model, layer, type)));
}

StepPlan plan_step(const Model& model, std::int64_t batch, ElementType type,
                   const std::vector<std::size_t>& kept_bytes) {
  std::vector<StepLayer> layers;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const OperationKind& kind = operation_kind(model.layers()[i].kind);
    const bool reads_output =
        kind.backward_reads_output || (kind.reads_output != nullptr && kind.reads_output(model, i));
    layers.push_back({.output_bytes = output_bytes(model, i, batch, type),
                      .kept_bytes = kept_bytes.at(i),
                      .does_nothing = does_nothing(model, i),
                      .backward_reads_input = kind.backward_reads_input,
                      .backward_reads_output = reads_output,
                      .overwrites_input = kind.overwrites_input,
                      .overwrites_gradient = kind.overwrites_gradient,
                      .passes_gradient = kind.passes_gradient,
                      .makes_gradient = kind.makes_gradient});
  }
  return rehearse::plan_step(model, layers);
}

std::unique_ptr<Operation> refuse(const Site& site) {
  throw Error::input("cannot compute '" + site.layer().name + "' on a GPU",
                     "layers of the kind " + std::string(to_text(site.layer().kind)) +
                         " are computed on CPU cores only",
                     "train on CPU cores, or use 'predict'");
}

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
  const OperationKind& kind = operation_kind(layer.kind);
  const bool sequences = layer.output.sequence != 1 || layer.steps != 1;
  if (sequences && !kind.takes_sequences) {
    throw Error::input("cannot compute '" + layer.name + "' of sequences",
                       "of layers with sequences those of the kind " +
                           std::string(to_text(layer.kind)) + " cannot be computed on a GPU",
                       "use 'predict'");
  }
  if (kind.make == nullptr || does_nothing(site.model, site.index)) return nullptr;
  return kind.make(site);
}

}  // namespace rehearse::cuda
