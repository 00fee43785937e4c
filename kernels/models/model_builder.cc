#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/model.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/shape_checks.h"

namespace rehearse {
namespace {

Error in_layer(const std::string& name, const Error& cause) {
  return Error::input("layer '" + name + "': " + cause.what());
}

Layer start(LayerSpec& spec) {
  Layer layer;
  layer.name = std::move(spec.name);
  layer.kind = spec.kind;
  layer.inputs = std::move(spec.inputs);
  layer.first = spec.first;
  op_of(layer.kind).take_attributes(spec, layer);
  return layer;
}

Shape output_of(const LayerSpec& spec, const std::vector<Shape>& inputs) {
  const LayerOp& op = op_of(spec.kind);
  if (!op.takes(inputs.size())) {
    throw Error::input(std::string(to_text(spec.kind)) + " takes " + std::string(op.inputs_text()) +
                       ", not " + std::to_string(inputs.size()));
  }
  const Shape shape = op.output(spec, inputs);
  if (!op.is_view()) check_shape(shape);  // a view has no more than its input
  return shape;
}

}  // namespace

ModelBuilder::ModelBuilder(std::string name) : name_(std::move(name)) {}

std::size_t ModelBuilder::input(Shape shape, bool wants_gradient) {
  EXPECTS(layers_.empty());
  try {
    check_shape(shape);
  } catch (const Error& error) {
    throw in_layer("input", error);
  }
  Layer layer;
  layer.name = "input";
  layer.output = shape;
  layer.wants_gradient = wants_gradient;
  names_.insert(layer.name);
  layers_.push_back(std::move(layer));
  return 0;
}

std::size_t ModelBuilder::add(LayerSpec spec) {
  EXPECTS(!layers_.empty() && spec.kind != LayerKind::input);
  if (static_cast<std::int64_t>(layers_.size()) >= kMaxLayers) {
    throw Error::input("the model has more than " + std::to_string(kMaxLayers) + " layers");
  }
  if (spec.name.empty()) throw Error::input("a layer has no name");
  if (!names_.insert(spec.name).second) {
    throw Error::input("two layers are named '" + spec.name + "'", "names are unique in a model");
  }
  Layer layer = start(spec);
  layer.block = block_;
  try {
    std::vector<Shape> shapes;
    for (const std::size_t from : layer.inputs) {
      if (from >= layers_.size()) throw Error::input("an input is not an earlier layer");
      if (op_of(layers_[from].kind).is_loss()) {
        throw Error::input("it reads the loss '" + layers_[from].name + "'",
                           "a loss has no reader");
      }
      shapes.push_back(layers_[from].output);
    }
    if (!shapes.empty()) layer.steps = shapes.front().sequence;
    layer.output = output_of(spec, shapes);
    op_of(layer.kind).finish(layer, shapes);
    layer.products = op_of(layer.kind).products(layer, shapes);
    layer.parameters = op_of(layer.kind).parameters(layer, shapes);
  } catch (const Error& error) {
    throw in_layer(layer.name, error);
  }
  layers_.push_back(std::move(layer));
  return layers_.size() - 1;
}

const Shape& ModelBuilder::shape(std::size_t layer) const {
  EXPECTS(layer < layers_.size());
  return layers_[layer].output;
}

Model ModelBuilder::finish() && {
  if (layers_.size() < 2) throw Error::input("the model has no layers");
  if (!op_of(layers_.back().kind).is_loss()) {
    const std::string name = names_.contains("loss") ? layers_.back().name + ".loss" : "loss";
    add({.name = name, .kind = LayerKind::softmax_cross_entropy, .inputs = {layers_.size() - 1}});
  }
  return Model(std::move(name_), std::move(layers_), full_attention_, false);
}

Model ModelBuilder::finish_part() && {
  return Model(std::move(name_), std::move(layers_), full_attention_, true);
}

}  // namespace rehearse
