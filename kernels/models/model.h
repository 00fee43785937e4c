// A neural network as a directed acyclic graph of layers.
//
//   ModelBuilder build("tiny");
//   std::size_t x = build.input({3, 32, 32});
//   x = build.add({.name = "conv", .kind = LayerKind::convolution, .inputs = {x}, .features = 16,
//                  .window = Window::square(3, 1, 1)});
//   x = build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {x}, .features = 10});
//   Model model = std::move(build).finish();      // appends the loss
//
// A model is immutable: the order of layers() is topological, layer 0 is the input. Convolution
// arithmetic: out = floor((in + 2 padding - kernel) / stride) + 1 (Dumoulin and Visin,
// arXiv:1603.07285).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "kernels/models/layer.h"

namespace rehearse {

class Model {
 public:
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }
  [[nodiscard]] const Shape& input_shape() const { return layers_.front().output; }
  [[nodiscard]] const Shape& input_of(std::size_t layer, std::size_t which = 0) const;

  // Scores of the last loss layer (the main one when there is an auxiliary head).
  [[nodiscard]] std::int64_t classes() const { return classes_; }

  // Trainable elements: no running statistics of batch normalisation.
  [[nodiscard]] std::int64_t parameter_count() const { return parameter_count_; }

  // Those that serve one sample or step: of experts, the active ones.
  [[nodiscard]] std::int64_t active_parameters() const { return active_parameters_; }

  // What training keeps per sample from forward to backward: elements in the precision of the
  // activations, and bytes whatever that is (kernels/models/activations.h).
  [[nodiscard]] std::int64_t activation_elements_per_sample() const { return activation_elements_; }
  [[nodiscard]] std::int64_t activation_bytes_per_sample() const { return activation_bytes_; }

  // Whether the model FLOP of a causal attention are those of all pairs of steps, as many papers
  // count them; else half of them (Megatron-LM since 2025).
  [[nodiscard]] bool counts_full_attention() const { return full_attention_; }

  // Steps of a sample of a language model, whose input is a sequence of tokens; else 0.
  [[nodiscard]] std::int64_t tokens_per_sample() const { return tokens_; }

  // Layers that read the output of `layer`.
  [[nodiscard]] std::size_t consumers(std::size_t layer) const { return consumers_[layer]; }

  // Whether the backward pass computes the gradient of the inputs of `layer`: false where nothing
  // upstream has parameters.
  [[nodiscard]] bool needs_backward_data(std::size_t layer) const { return backward_data_[layer]; }

 private:
  friend class ModelBuilder;
  Model(std::string name, std::vector<Layer> layers, bool full_attention, bool is_part);

  std::string name_;
  std::vector<Layer> layers_;
  std::vector<std::size_t> consumers_;
  std::vector<bool> backward_data_;
  bool full_attention_ = false;
  std::int64_t classes_ = 0;
  std::int64_t parameter_count_ = 0;
  std::int64_t active_parameters_ = 0;
  std::int64_t tokens_ = 0;
  std::int64_t activation_elements_ = 0, activation_bytes_ = 0;
};

// What a layer is made from; the builder infers shape and parameters.
struct LayerSpec {
  std::string name{};
  LayerKind kind = LayerKind::relu;
  std::vector<std::size_t> inputs{};
  // Output channels of a convolution, outputs of a dense layer, units of an lstm, features of an
  // embedding.
  std::int64_t features = 0;
  Window window{};
  std::int64_t groups = 1;
  bool bias = true;
  double dropout_rate = 0.5;
  std::int64_t lrn_size = 5;
  std::int64_t ghost = 0;         // of a batch_norm: samples that are normalised together; 0: all
  bool synchronised = false;      // of a batch_norm: with the samples of all workers
  bool return_sequences = false;  // of an lstm
  std::optional<std::size_t> tied{};
  std::int64_t vocabulary = 0;
  std::int64_t factor = 2;  // of an upsample
  AttentionShape attention{};
  ExpertShape experts{};
  Exchange exchange{};
  std::int64_t first = 0;  // Layer::first
};

class ModelBuilder {
 public:
  explicit ModelBuilder(std::string name);

  // The first layer; throws Error::input for a dimension outside [1, 10^6]. `wants_gradient`: it
  // comes from another rank, which wants its gradient.
  std::size_t input(Shape shape, bool wants_gradient = false);

  // Returns the index of the new layer. Throws Error::input for a repeated or empty name, an input
  // that is not an earlier layer, a wrong number of inputs, shapes that do not fit, dimensions or
  // element counts beyond the limits of model_limits.h.
  std::size_t add(LayerSpec spec);

  // Layers from now on belong to this block, or to none.
  void set_block(std::optional<std::int64_t> block) { block_ = block; }
  void count_full_attention() { full_attention_ = true; }  // Model::counts_full_attention

  [[nodiscard]] const Shape& shape(std::size_t layer) const;
  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }

  // Appends the loss after the last layer unless that is one; throws Error::input if a layer's
  // output is used by nobody.
  Model finish() &&;
  // Of a rank's part of a model: its last layer may be read by another rank.
  Model finish_part() &&;

 private:
  std::string name_;
  std::vector<Layer> layers_;
  std::set<std::string> names_;
  bool full_attention_ = false;
  std::optional<std::int64_t> block_;
};

}  // namespace rehearse
