// The arithmetic of training one replica of a model on real numbers.
//
//   std::unique_ptr<Executor> net = backend.make_executor(model, {.batch = 64, .threads = 2});
//   net->import_parameters(initial_parameters(model, seed));
//   net->load(images, labels);
//   for (std::size_t i = 1; i < layers; ++i) net->forward(i);
//   for (std::size_t i = layers - 1; i >= 1; --i) net->backward(i);   // fills gradients()
//
// An executor belongs to one thread at a time. The flat arrays parameters() and gradients() hold
// all trainable tensors one behind the other in the order in which their gradients become ready:
// layers from the last to the first, the tensors of a layer in the order of Layer::parameters. A
// tensor occupies exactly its ParameterTensor::elements floats, in an order of its elements that
// the executor chooses (a blocked layout) and that is the same in both arrays and for every
// executor of the same model and batch on the same kind of machine: all-reduces and element-wise
// optimizers need not know it. import_ and export_ translate to the plain order (convolution
// weights: output channel, input channel of the group, height, width; dense: output, input in the
// order channel, height, width; batch normalisation: scale, then shift; lstm: gate (i, f, g, o),
// unit, input or unit of the step before; embedding: token, feature; experts: expert, output,
// input). A layer that is tied to another has no tensor of its own: its gradient is part of that of
// the other, which is ready after the other's backward pass.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "kernels/exchanger.h"
#include "kernels/models/model.h"
#include "kernels/models/precision.h"
#include "kernels/tensor.h"

namespace rehearse {

struct ExecutorOptions {
  std::int64_t batch = 1;
  int threads = 1;
  std::uint64_t dropout_seed = 1;
  // Borrowed memory of as many elements as the model has parameters, where parameters() and
  // gradients() shall lie; without data the executor has memory of its own. Executors of the same
  // model and batch may have the same: several batches are then under way with the same parameters,
  // and the gradients are those of the last backward pass.
  Tensor parameters{}, gradients{};
  // In which it computes and stores activations; parameters, their gradients and statistics are
  // fp32 in each.
  Precision precision = Precision::fp32;
  // Dense layers whose weights lie in plain order, because another rank has them as well and both
  // sum their gradients: the scores of a model cut into stages, with the weights of its embedding.
  std::vector<std::size_t> plain_weights{};
  // No kernels whose results change from run to run. CPU cores have no others.
  bool deterministic = false;
};

// Of a part of a model (kernels/models/model_part.h): what another rank computes or reads. They
// hold the batch one sample behind the other.
enum class ExecutorEnd : std::uint8_t {
  input,            // stays as it is written, until the next
  input_gradient,   // of an input that wants_gradient: complete after the last backward pass
  output,           // of the last layer: stays until the next forward pass
  output_gradient,  // written before the first backward pass, which may overwrite it
};

class Executor {
 public:
  virtual ~Executor() = default;

  [[nodiscard]] virtual const Model& model() const = 0;
  [[nodiscard]] virtual std::int64_t batch() const = 0;

  [[nodiscard]] virtual Tensor parameters() = 0;
  // Of the mean loss over the batch. backward() overwrites, it does not add up.
  [[nodiscard]] virtual Tensor gradients() = 0;
  // Running means and variances of batch normalisation, which evaluation uses; plain order, may be
  // empty. Initially mean 0, variance 1; in training new = 0.9 old + 0.1 batch
  // (its unbiased variance).
  [[nodiscard]] virtual Tensor statistics() = 0;

  // `plain` and `to` have the size of parameters(). Tensors in the same order, elements in plain
  // order.
  virtual void import_parameters(std::span<const float> plain) = 0;
  virtual void export_parameters(std::span<float> to) const = 0;

  // Copies a batch in, which stays until the next: `images` as batch x channels x height x width,
  // sequences as batch x steps x channels, tokens as whole numbers in [0, vocabulary), `labels` in
  // [0, classes), labels_per_sample() of each sample one behind the other.
  // Of a part of a model either may be empty: the images of one whose input comes from another
  // rank, the labels of one without loss. REQUIRES: sizes that fit.
  virtual void load(std::span<const float> images, std::span<const std::int32_t> labels) = 0;

  // Empty where the model has no such end: gradients of a loss, or of an input that nobody wants.
  [[nodiscard]] virtual Tensor end(ExecutorEnd which) = 0;
  // With whom its layers exchange numbers; borrowed, may be null for models without exchanges.
  virtual void set_exchanger(Exchanger* exchanger) = 0;

  // false: batch normalisation uses the running statistics and dropout passes everything. Training
  // by default.
  virtual void set_training(bool training) = 0;
  // Gradients of activations, and with them gradients(), are multiplied by it from the next forward
  // pass on: LossScale (kernels/loss_scale.h) chooses it for fp16. 1 by default. REQUIRES: above 0.
  virtual void set_loss_scale(double scale) = 0;
  // Dropout masks depend on the seed given to the factory and on this number alone (and not on
  // what ran before): the training program sets it to a number unique to step and rank.
  virtual void set_dropout_stream(std::uint64_t stream) = 0;

  // Layer by layer in topological order, then back. REQUIRES: 1 <= layer < layers.
  virtual void forward(std::size_t layer) = 0;
  // Both gradients: of the layer's parameters and of its inputs where needed.
  virtual void backward(std::size_t layer) = 0;

  // After forward() of the last layer: mean softmax cross-entropy over the labels of the batch
  // (natural logarithm; an auxiliary head counts 0.3 on top, as its authors train it) and the
  // labels that have the highest score of the main head.
  [[nodiscard]] virtual double loss() const = 0;
  [[nodiscard]] virtual std::int64_t correct() const = 0;

  // Where a device computes behind the host: the queue that the calls above put their work into
  // (of CUDA: a cudaStream_t), for who orders work of its own before or behind. Null where calls
  // return when their work is done.
  [[nodiscard]] virtual void* queue() const { return nullptr; }

  // Reorders between layouts in a step, and bytes allocated.
  [[nodiscard]] virtual std::int64_t reorders_per_step() const = 0;
  [[nodiscard]] virtual std::int64_t allocated_bytes() const = 0;
};

// The steps of a sequence whose loss is that of each step (a language model), else 1.
std::int64_t labels_per_sample(const Model& model);

// Plain order, in the order of Executor::parameters(): convolution and dense weights from a normal
// distribution of variance 2 / fan_in (He et al., arXiv:1502.01852), those of an lstm of variance
// 1 / fan_in, the dense layer that makes the scores from one of deviation 0.01 (Goyal et al.,
// arXiv:1706.02677, section 5.1), biases 0 but 1 of an lstm's forget gates, batch normalisation 1
// and 0. Equal seeds give equal values; each tensor has a random stream of its own.
std::vector<float> initial_parameters(const Model& model, std::uint64_t seed);

}  // namespace rehearse
