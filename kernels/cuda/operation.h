// What a layer does with memory of a GPU that others own: the counterpart of the CPU's operations
// (kernels/cpu/operation.h), in the same steps. An operation is built for one layer of a model at
// one batch, tells how much memory it needs beside its operands, is bound to addresses once, and
// then puts its work into the stream of the engine as often as wanted. Includes nothing of CUDA.
//
// Activations are of the type of the engine, but for tokens, which are std::int32_t, and the
// weights of a router, which are float32 (output_type). Images have their channels together: batch,
// height, width, channel. Sequences and vectors are as everywhere. Parameters, their gradients and
// statistics are float32; weights that products read are copies in the type of the engine
// (reads_copy). Parameters lie in the order of parameter_order.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/cuda/cross_entropy.h"
#include "kernels/cuda/engine.h"
#include "kernels/exchanger.h"
#include "kernels/models/model.h"
#include "kernels/step/step_plan.h"

namespace rehearse::cuda {

struct Mode {
  bool training = true;
  std::uint64_t dropout_seed = 1;
  std::uint64_t dropout_stream = 0;
  float loss_scale = 1;  // multiplies the gradients of activations
  Exchanger* exchanger = nullptr;
};

// What an operation computes with. Without data where the step has no such operand.
struct Operands {
  std::vector<Tensor> inputs;
  Tensor output, output_gradient;
  std::vector<Tensor> input_gradients;  // null where not wanted
  std::vector<Tensor> parameters;
  std::vector<Tensor> copies;  // of parameters, in the type of the engine, aligned
  std::vector<Tensor> parameter_gradients;
  float* statistics = nullptr;  // running means, then variances
  std::byte* kept = nullptr;    // from forward to backward
  Tensor before_gelu;           // of a layer behind a fused GELU: what that read (gelu_fusion.h)
  std::byte* scratch = nullptr;
  const Mode* mode = nullptr;
  const std::int32_t* labels = nullptr;  // of the loss
  BatchLoss* score = nullptr;            // of the loss: what it leaves
};

class Operation {
 public:
  virtual ~Operation() = default;

  [[nodiscard]] virtual std::size_t kept_bytes() const { return 0; }
  [[nodiscard]] virtual std::size_t scratch_bytes() const { return 0; }
  [[nodiscard]] virtual int reorders() const { return 0; }  // in a step
  // Whether it reads a parameter tensor as Operands::copies.
  [[nodiscard]] virtual bool reads_copy(std::size_t /*which*/) const { return false; }

  virtual void bind(const Operands& operands) = 0;

  virtual void forward() = 0;
  virtual void backward_data() {}  // all of it where one kernel does both
  virtual void backward_weights() {}

  // The batch that the next forward pass computes, as Executor::load has it, after bind(); for
  // layers that need it on the host. Called while nothing of the batch before is under way.
  virtual void read_batch(std::span<const float> /*images*/) {}

  // For benchmarks, after bind(): writes inputs that a step could have, for layers that do not take
  // any numbers.
  virtual void write_inputs() {}
};

// Memory of a GPU.
inline Tensor device_tensor(void* data, std::int64_t elements, ElementType type) {
  return {data, elements, type, MemorySpace::device};
}

// The place of an operation.
struct Site {
  const Model& model;
  std::size_t index;
  std::int64_t batch;
  Engine& engine;

  [[nodiscard]] const Layer& layer() const { return model.layers()[index]; }
  [[nodiscard]] const Shape& input(std::size_t which = 0) const {
    return model.input_of(index, which);
  }
  [[nodiscard]] bool wants_input_gradient() const { return model.needs_backward_data(index); }
  [[nodiscard]] bool adds_to_gradient() const;  // as the CPU's
  [[nodiscard]] std::int64_t elements() const { return batch * layer().output.elements(); }
};

// Whether the input holds tokens.
bool reads_tokens(const Model& model);

// The type of a layer's output and of its gradient: of an exchange that of its input. Tokens have
// the size of float32.
ElementType output_type(const Model& model, std::size_t layer, ElementType type);

// What a GPU does for a kind of layers; the fields are those of the CPU's OperationKind.
// kernels/cuda/ops defines `KIND_operation()` for each kind that the CPU computes.
struct OperationKind {
  std::unique_ptr<Operation> (*make)(const Site& site) = nullptr;
  bool (*does_nothing)(const Model& model, std::size_t layer) = nullptr;

  bool takes_sequences = false;
  bool backward_reads_input = false;
  bool backward_reads_output = false;
  // The same where it depends on the layer; null: it does not.
  bool (*reads_output)(const Model& model, std::size_t layer) = nullptr;
  bool overwrites_input = false;
  bool overwrites_gradient = false;
  bool passes_gradient = false;
  bool makes_gradient = false;
};

const OperationKind& operation_kind(LayerKind kind);

bool does_nothing(const Model& model, std::size_t layer);

// How many bytes of a layer's output are stored.
std::size_t output_bytes(const Model& model, std::size_t layer, std::int64_t batch,
                         ElementType type);

// Of the whole step; `kept_bytes`: of each layer's operation.
StepPlan plan_step(const Model& model, std::int64_t batch, ElementType type,
                   const std::vector<std::size_t>& kept_bytes);

// Throws Error::input for a layer that is only predicted or that a GPU does not compute. Null for
// layers that do nothing.
std::unique_ptr<Operation> make_operation(const Site& site);

// The usual OperationKind::make.
template <class Kind>
std::unique_ptr<Operation> construct(const Site& site) {
  return std::make_unique<Kind>(site);
}

// OperationKind::make of kinds that GPUs do not compute: throws Error::input.
std::unique_ptr<Operation> refuse(const Site& site);

#define REHEARSE_DECLARE(kind) OperationKind kind##_operation();
REHEARSE_COMPUTED_LAYER_KINDS(REHEARSE_DECLARE)
#undef REHEARSE_DECLARE

}  // namespace rehearse::cuda
