// What a layer does with memory that others own.
//
// An operation is built for one layer of a model at one batch, tells how much memory it needs
// beside its operands, is bound to addresses once, and then runs as often as wanted. Operands are
// in activation_layout; parameters and their gradients in the order that the operation chose.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/cpu/stage.h"
#include "kernels/exchanger.h"
#include "kernels/models/model.h"
#include "kernels/step/step_plan.h"

namespace rehearse::cpu {

struct Mode {
  bool training = true;
  std::uint64_t dropout_seed = 1;
  std::uint64_t dropout_stream = 0;
  double loss_scale = 1;  // multiplies the gradients of activations
  Exchanger* exchanger = nullptr;
};

struct Score {
  double loss = 0;
  std::int64_t correct = 0;
};

// What an operation computes with. Null where the step has no such operand.
struct Operands {
  std::vector<float*> inputs;
  float* output = nullptr;
  float* output_gradient = nullptr;
  std::vector<float*> input_gradients;  // null where not wanted
  std::vector<float*> parameters;
  std::vector<float*> parameter_gradients;
  float* statistics = nullptr;  // running means, then variances
  std::byte* kept = nullptr;    // from forward to backward
  std::byte* scratch = nullptr;
  const Mode* mode = nullptr;
  const std::int32_t* labels = nullptr;  // of the loss
  Score* score = nullptr;                // of the loss
};

class Operation {
 public:
  virtual ~Operation() = default;

  [[nodiscard]] virtual std::size_t kept_bytes() const { return 0; }
  [[nodiscard]] virtual std::size_t scratch_bytes() const { return 0; }
  [[nodiscard]] virtual int reorders() const { return 0; }  // in a step

  virtual void bind(const Operands& operands) = 0;

  virtual void forward() = 0;
  virtual void backward_data() {}  // all of it where one kernel does both
  virtual void backward_weights() {}

  // For benchmarks, after bind(): writes inputs that a step could have, for layers that do not take
  // any numbers.
  virtual void write_inputs() {}

  // Of one parameter tensor.
  virtual void import_parameter(std::size_t which, const float* plain, float* to) const;
  virtual void export_parameter(std::size_t which, const float* from, float* plain) const;

 protected:
  explicit Operation(std::vector<ParameterTensor> parameters)
      : parameters_(std::move(parameters)) {}

 private:
  std::vector<ParameterTensor> parameters_;
};

// The place of an operation.
struct Site {
  const Model& model;
  std::size_t index;
  std::int64_t batch;
  const Engine& engine;
  bool plain_weights = false;  // ExecutorOptions::plain_weights has the layer

  [[nodiscard]] const Layer& layer() const { return model.layers()[index]; }
  [[nodiscard]] const Shape& input(std::size_t which = 0) const {
    return model.input_of(index, which);
  }
  // Whether anything at or before this input has parameters, so that its gradient is wanted.
  [[nodiscard]] bool trained_input(std::size_t which) const;
  // Whether another layer, here or of another rank, has the same weights, so that they lie in plain
  // order.
  [[nodiscard]] bool shares_weights() const;
  // Whether such a layer comes first in the backward pass: the gradient is added to what it left.
  [[nodiscard]] bool adds_to_gradient() const;
};

// What the CPU does for a kind of layers. kernels/cpu/ops defines `KIND_operation()` for each that
// it computes (kernels/models/layer_kinds.h).
struct OperationKind {
  // Makes the operation of a layer that has something to do. Null: no layer of the kind has.
  std::unique_ptr<Operation> (*make)(const Site& site) = nullptr;
  // Whether a layer has nothing to do: its output and the gradient of its input are what it reads,
  // in the same memory. Null: no layer of the kind.
  bool (*does_nothing)(const Model& model, std::size_t layer) = nullptr;

  bool takes_sequences = false;  // as input or output
  bool backward_reads_input = false;
  bool backward_reads_output = false;
  // It may, an input of the size of its output that nobody needs later; and the gradient of its
  // output by that of its input, likewise.
  bool overwrites_input = false;
  bool overwrites_gradient = false;
  bool passes_gradient = false;  // the gradient of each input is that of the output
  bool makes_gradient = false;   // forward leaves the gradient of the output as the output
};

const OperationKind& operation_kind(LayerKind kind);

// Whether the layer has nothing to do, as above.
bool does_nothing(const Model& model, std::size_t layer);

// Throws Error::input for a layer that is only predicted or that the library cannot compute. Null
// for layers that do nothing: the input, views, ReLUs that batch normalisation applies in both
// directions.
std::unique_ptr<Operation> make_operation(const Site& site);

// Of the whole step; `kept_bytes`: of each layer's operation.
StepPlan plan_step(const Model& model, std::int64_t batch,
                   const std::vector<std::size_t>& kept_bytes);

// The usual OperationKind::make.
template <class Kind>
std::unique_ptr<Operation> construct(const Site& site) {
  return std::make_unique<Kind>(site);
}

#define REHEARSE_DECLARE(kind) OperationKind kind##_operation();
REHEARSE_COMPUTED_LAYER_KINDS(REHEARSE_DECLARE)
#undef REHEARSE_DECLARE

}  // namespace rehearse::cpu
