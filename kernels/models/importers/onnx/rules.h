// The rules of operators on activations: what layer or view each makes.
#pragma once

#include "kernels/models/importers/onnx/network.h"

namespace rehearse::onnx_import {

// Convolutions and pools (windows.cc).
void take_convolution(Network& network, const Node& node);
void take_transposed_convolution(Network& network, const Node& node);
void take_pool(Network& network, const Node& node);         // MaxPool, AveragePool
void take_global_pool(Network& network, const Node& node);  // GlobalAveragePool
// The mean over the positions of an image; `taken`: for each axis whether it goes.
void take_spatial_mean(Network& network, const Node& node, const std::vector<bool>& taken,
                       bool keeps);
void take_resize(Network& network, const Node& node);  // Resize, Upsample

// Products with weights, tables of embeddings (products.cc).
void take_product(Network& network, const Node& node);  // MatMul
void take_gemm(Network& network, const Node& node);     // Gemm
void take_gather(Network& network, const Node& node);   // Gather: embeddings, a part of an axis
void take_lstm(Network& network, const Node& node);

// Attention (attention.cc): two products of activations, and what is between them.
bool takes_scores(const Network& network, const Node& node);
void take_activation_product(Network& network, const Node& node);  // MatMul of two activations
void take_scores(Network& network, const Node& node);

// Views (views.cc).
void take_view(Network& network, const Node& node);  // Reshape, Flatten, Transpose …
void take_slice(Network& network, const Node& node);
void take_split(Network& network, const Node& node);
// Rows [begin, end) of an axis of an activation; `gone`: the axis goes.
Activation part_of(Network& network, const Node& node, const Activation& whole, const Range& range,
                   bool gone);

// Layers without parameters, or with those of the channels (simple_layers.cc).
void take_simple(Network& network, const Node& node);
void take_normalisation(Network& network, const Node& node);
void take_concat(Network& network, const Node& node);
void take_dropout(Network& network, const Node& node);
void take_softmax(Network& network, const Node& node);

}  // namespace rehearse::onnx_import
