// What one kind of layer is: its words, its shapes, its work and its memory.
//
// Each kind is a file of this folder, KIND.cc, which defines `const LayerOp& KIND_op()`; the list
// is kernels/models/layer_kinds.h. An op knows no device: how a layer is computed is told by the
// operations of each backend. Nearly everything has a default, that of a layer without parameters
// and keys whose output has the shape of its input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

class ObjectReader;
struct LayerSpec;
enum class Direction;

// Work of one layer for one sample. Weights pass over memory once for the whole batch.
struct SampleWork {
  double flops = 0;     // one multiply-add is 2
  double elements = 0;  // passes over memory: operands read and results written
  double weights = 0;   // the same, of parameters or their gradients
};

// Equal kernels of a layer that is more than one kernel; each waits for the one before.
struct KernelWork {
  std::int64_t count = 1;
  SampleWork work{};  // of one of them
  // Of a product of matrices, as kernels/devices/cost_model.h uses them: the products that each
  // output sums (for one sample, if it sums over samples), and the outputs that share their other
  // operand. 0: no product.
  double reduction = 0;
  double features = 0;
  bool sums_samples = false;
  // Equal products that run at once: those of experts; with `each_sample`, as those of the heads of
  // an attention, so many for each sample.
  std::int64_t groups = 1;
  bool each_sample = false;
  bool attends = false;  // the core of an attention, with the layer's AttentionShape
};

// The work of them all.
SampleWork sum(const std::vector<KernelWork>& kernels);

// A key in a list of layers.
struct LayerKey {
  std::string name;
  // What other programs call it, in small letters and without '_', '-' and blanks.
  std::vector<std::string_view> elsewhere{};
};

// In which passes a layer applies a ReLU that alone reads its output.
enum class ReluFusion { none, forward, both };

class LayerOp {
 public:
  virtual ~LayerOp() = default;

  // Words. What PyTorch, Keras and Caffe call the kind, spelt as LayerKey::elsewhere.
  [[nodiscard]] virtual std::vector<std::string_view> words_elsewhere() const { return {}; }
  // Beside name, kind and from.
  [[nodiscard]] virtual std::vector<LayerKey> keys() const { return {}; }
  // Reads those keys; throws Error::input.
  virtual void read(ObjectReader& /*layer*/, LayerSpec& /*spec*/) const {}
  // Gives the layer the attributes that its kind has.
  virtual void take_attributes(const LayerSpec& /*spec*/, Layer& /*layer*/) const {}

  // Shapes. What it takes that takes no images: "a sequence of vectors"; empty: any shape.
  [[nodiscard]] virtual std::string_view sequence_text() const { return {}; }
  // Whether it takes two or more inputs; else it takes one.
  [[nodiscard]] virtual bool joins() const { return false; }
  [[nodiscard]] virtual bool takes(std::size_t inputs) const {
    return joins() ? inputs >= 2 : inputs == 1;
  }
  [[nodiscard]] virtual std::string_view inputs_text() const {
    return joins() ? "two or more inputs" : "one input";
  }
  // The shape of the output. `inputs` holds as many shapes as joins() asks for. Throws
  // Error::input, without naming the layer, for attributes out of range and shapes that do not fit.
  [[nodiscard]] virtual Shape output(const LayerSpec& spec, const std::vector<Shape>& inputs) const;
  // Of a product with weights: the products that an output sums (on average). 0: no such product.
  [[nodiscard]] virtual double products(const Layer& /*layer*/,
                                        const std::vector<Shape>& /*inputs*/) const {
    return 0;
  }
  // Completes the attributes of a layer whose output is known.
  virtual void finish(Layer& /*layer*/, const std::vector<Shape>& /*inputs*/) const {}
  // The trainable tensors of a layer whose output is known; names start with the layer's name.
  // Throws Error::input for a tensor beyond kernels/models/model_limits.h.
  [[nodiscard]] virtual std::vector<ParameterTensor> parameters(
      const Layer& layer, const std::vector<Shape>& inputs) const;
  // Of them, those that serve one step.
  [[nodiscard]] virtual std::int64_t active_parameters(const Layer& layer) const {
    return parameter_elements(layer);
  }
  // How an untrained layer begins: the variance of its weights `tensor` (He et al.,
  // arXiv:1502.01852: 2 / fan_in), and each element of its shifts.
  [[nodiscard]] virtual double weight_variance(const Layer& layer,
                                               const ParameterTensor& tensor) const;
  [[nodiscard]] virtual float first_shift(const Layer& /*layer*/, std::int64_t /*element*/) const {
    return 0;
  }
  // Elements that training computes beside the parameters and evaluation uses: as many running
  // means, then as many running variances.
  [[nodiscard]] virtual std::int64_t statistics(const Layer& /*layer*/) const { return 0; }

  // Elements that all workers sum in each direction, because the layer works on all their samples.
  [[nodiscard]] virtual std::int64_t summed_elements(const Layer& /*layer*/) const { return 0; }

  // Work per direction. `in`: elements of all inputs, `out`: of the output.
  [[nodiscard]] virtual SampleWork forward(const Layer& layer, double in, double out) const = 0;
  // Without summing the gradients of several readers.
  [[nodiscard]] virtual SampleWork backward_data(const Layer& layer, double in,
                                                 double out) const = 0;
  [[nodiscard]] virtual SampleWork backward_weights(const Layer& /*layer*/, double /*in*/,
                                                    double /*out*/) const {
    return {};
  }
  // Whether it is a product of matrices with its parameters: such layers compute at the rate of the
  // device's matrix units.
  [[nodiscard]] virtual bool multiplies_matrices() const { return false; }
  // The multiply-adds of those products, forward for one sample.
  [[nodiscard]] virtual double multiply_adds(const Layer& /*layer*/) const { return 0; }
  // Those of them that multiply queries, keys and values of an attention.
  [[nodiscard]] virtual double attention_multiply_adds_of(const Layer& /*layer*/) const {
    return 0;
  }
  // Those of them that link a step of a sequence to the next: the backward pass needs their
  // gradient even where nobody wants that of the layer's input.
  [[nodiscard]] virtual double multiply_adds_through_time(const Layer& /*layer*/) const {
    return 0;
  }
  // The kernels of a direction that is more than one; empty: one kernel.
  [[nodiscard]] virtual std::vector<KernelWork> kernels(const Layer& /*layer*/,
                                                        Direction /*direction*/) const {
    return {};
  }
  [[nodiscard]] virtual ReluFusion relu_fusion() const { return ReluFusion::none; }
  // What tells its cost apart from that of other layers of the kind (kernels/devices/layer_key.h).
  [[nodiscard]] virtual std::string key(const Layer& layer, const std::vector<Shape>& inputs) const;

  // Memory. Whether the gradients are computed from the input or the output of the forward pass.
  [[nodiscard]] virtual bool backward_reads_input() const { return false; }
  [[nodiscard]] virtual bool backward_reads_output() const { return false; }
  // Elements that the backward pass needs beside input and output, for one sample.
  [[nodiscard]] virtual std::int64_t kept_elements(const Layer& /*layer*/) const { return 0; }
  // Bytes of the same, whatever the precision: masks, integers, statistics in fp32.
  [[nodiscard]] virtual std::int64_t kept_bytes(const Layer& /*layer*/) const { return 0; }
  // Whether the output is the memory of the input.
  [[nodiscard]] virtual bool is_view() const { return false; }
  // Whether each element of the output depends on the same element of the only input alone.
  [[nodiscard]] virtual bool is_elementwise() const { return false; }
  // Whether it ends a model: its input holds one score per class.
  [[nodiscard]] virtual bool is_loss() const { return false; }

  // Whether it is the loss of each step of a sequence: of a language model.
  [[nodiscard]] bool is_loss_of_steps(const Layer& layer) const {
    return is_loss() && layer.output.sequence > 1;
  }

  // Whether it may overwrite an input that no other layer needs.
  [[nodiscard]] bool works_in_place() const { return is_elementwise() && !backward_reads_input(); }
  // Whether it computes any slice of the features from the same slice of its input.
  [[nodiscard]] bool works_on_slices() const { return is_elementwise() || is_view(); }
};

const LayerOp& op_of(LayerKind kind);

#define REHEARSE_DECLARE(kind) const LayerOp& kind##_op();
REHEARSE_LAYER_KINDS(REHEARSE_DECLARE)
#undef REHEARSE_DECLARE

}  // namespace rehearse
