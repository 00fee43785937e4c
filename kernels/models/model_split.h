// Dense layers that are split over a group of devices while the rest of the model is on every
// device (Krizhevsky, "One weird trick for parallelizing convolutional neural networks",
// arXiv:1404.5997): a device holds 1/parts of the output features and computes them for the samples
// of the whole group.
//
//   ModelSplit split = split_model(vgg16, 4, 64, SplitRule::automatic);    // fc6, fc7, fc8
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse {

// automatic: where gradients outweigh activations, that is where the parameters of the layer are
// more than the inputs of the group's samples, which every device must then gather; in a ring the
// gradients cost 2 (1 - 1/parts) parameters more to average whole than split, inputs and their
// gradients 2 (parts - 1) batch inputs to exchange. all: every dense layer. Either way only layers
// whose features divide by the parts.
enum class SplitRule { automatic, all };

struct SplitLayer {
  std::size_t layer = 0;
  std::int64_t inputs = 0;  // elements of a sample that it reads
  bool scatters = true;     // the gradient of its inputs is wanted
  // Its outputs go to where a device needs all features of its own samples; else only to other
  // split layers, which gather them, if need be through layers that work on any slice of features.
  bool leaves = true;
};

struct ModelSplit {
  int parts = 1;
  std::vector<SplitLayer> layers;  // ascending

  [[nodiscard]] const SplitLayer* find(std::size_t layer) const;  // null: it is not split
  // Of a tensor of `layer` with so many elements, what one device holds.
  [[nodiscard]] std::int64_t share(std::size_t layer, std::int64_t elements) const;
};

// REQUIRES: parts >= 1, batch >= 1 (of one device). One part splits nothing.
ModelSplit split_model(const Model& model, int parts, std::int64_t batch, SplitRule rule);

// Trainable elements that one device holds.
std::int64_t parameters_per_device(const Model& model, const ModelSplit& split);

// Inputs of other devices' samples that a device keeps from forward to backward, elements.
std::int64_t gathered_elements(const ModelSplit& split, std::int64_t batch);

// One device's part of a split layer, as a layer of a model of its own whose batch is the group's.
struct Shard {
  Model model;
  std::size_t layer;
};

Shard shard_of(const Model& model, std::size_t layer, int parts);

}  // namespace rehearse
