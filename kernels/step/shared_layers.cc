#include "kernels/step/shared_layers.h"

#include <algorithm>

#include "base/error.h"

namespace rehearse {
namespace {

using Kind = Exchange::Kind;

const Layer& layer_before(const Model& model, std::size_t layer) {
  return model.layers()[model.layers()[layer].inputs.front()];
}

}  // namespace

bool moves_nothing(const Model& model, std::size_t layer) {
  const Exchange& of = model.layers()[layer].exchange;
  const bool by_experts = of.kind == Kind::all_to_all && of.axis == Exchange::Axis::expert;
  return by_experts || of.kind == Kind::statistics;
}

void expect_computable_exchange(const Layer& layer) {
  if (layer.exchange.axis != Exchange::Axis::context) return;
  throw Error::input("cannot compute '" + layer.name + "'",
                     "sequences that ranks share by context parallelism can be predicted, but not "
                     "trained here",
                     "set training.parallelism.context to 1 or use 'predict'");
}

void expect_computable_experts(const Model& model, std::size_t layer) {
  const Layer& of = model.layers()[layer];
  if (of.experts.capacity > 0) {
    throw Error::input("cannot compute '" + of.name + "'",
                       "experts with a capacity can be predicted, but not trained here",
                       "leave 'capacity' out or use 'predict'");
  }
  const Layer& before = layer_before(model, layer);
  const bool shares_experts =
      before.kind == LayerKind::exchange && before.exchange.axis == Exchange::Axis::expert_tensor;
  if (shares_experts && of.experts.bias) {
    throw Error::input("cannot compute '" + of.name + "'",
                       "experts with biases that several ranks share can be predicted, but not "
                       "trained here",
                       "set training.parallelism.expert_tensor to 1 or use 'predict'");
  }
}

bool has_share_of_rows(const Model& model, std::size_t layer) {
  return std::ranges::any_of(model.layers(), [&](const Layer& reader) {
    return reader.kind == LayerKind::exchange && reader.inputs.front() == layer;
  });
}

ClassShare class_share(const Model& model, std::size_t layer) {
  const Layer& loss = model.layers()[layer];
  const std::int64_t here = loss.output.channels;
  ClassShare share{.first = loss.first, .classes = here};
  if (loss.vocabulary > 0) {
    share.classes = std::clamp<std::int64_t>(loss.vocabulary - loss.first, 0, here);
  }
  const Layer& before = layer_before(model, layer);
  if (before.kind == LayerKind::exchange && before.exchange.kind == Kind::statistics) {
    share.ranks = before.exchange.ways;
  }
  return share;
}

}  // namespace rehearse
