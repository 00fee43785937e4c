// One layer of a model on the CPU, with arrays of its own: the oracle of kernels for other devices.
// Its tensors are in plain order: sequences, or images of at most four channels.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/cpu/operation.h"
#include "kernels/models/model.h"

namespace rehearse::test {

class CpuLayer {
 public:
  // Layer 1 of a model of an input that wants its gradient, that layer and a loss, unless the layer
  // is the loss.
  CpuLayer(const Shape& input, LayerSpec spec, std::int64_t batch)
      : model_(model_of(input, std::move(spec))),
        engine_(1),
        operation_(cpu::make_operation({model_, 1, batch, engine_})),
        x(array(model_.layers()[0].output, batch)),
        y(array(model_.layers()[1].output, batch)),
        dy(y.size()),
        dx(x.size()),
        kept_(operation_->kept_bytes()),
        scratch_(operation_->scratch_bytes()) {
    for (const ParameterTensor& tensor : model_.layers()[1].parameters) {
      parameters.emplace_back(static_cast<std::size_t>(tensor.elements));
      gradients.emplace_back(static_cast<std::size_t>(tensor.elements));
    }
  }

  // Uses the arrays as they are now: they must not be replaced before backward().
  void forward() {
    bind();
    operation_->forward();
  }
  void backward() {
    operation_->backward_weights();
    operation_->backward_data();
  }

 private:
  static Model model_of(const Shape& input, LayerSpec spec) {
    ModelBuilder build("one layer");
    spec.inputs = {build.input(input, true)};
    spec.name = "layer";
    build.add(std::move(spec));
    return std::move(build).finish();
  }
  static std::vector<float> array(const Shape& shape, std::int64_t batch) {
    return std::vector<float>(cpu::stored_elements(shape, batch));
  }
  void bind() {
    cpu::Operands operands;
    operands.inputs = {x.data()};
    operands.output = y.data();
    operands.output_gradient = dy.data();
    operands.input_gradients = {dx.data()};
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      operands.parameters.push_back(parameters[i].data());
      operands.parameter_gradients.push_back(gradients[i].data());
    }
    operands.kept = kept_.data();
    operands.scratch = scratch_.data();
    operands.mode = &mode;
    operands.labels = labels.data();
    operands.score = &score;
    operation_->bind(operands);
  }

  Model model_;
  cpu::Engine engine_;
  std::unique_ptr<cpu::Operation> operation_;

 public:
  std::vector<float> x, y, dy, dx;
  std::vector<std::vector<float>> parameters, gradients;
  std::vector<std::int32_t> labels;
  cpu::Mode mode;
  cpu::Score score;

 private:
  std::vector<std::byte> kept_, scratch_;
};

}  // namespace rehearse::test
