// How tensors lie in memory.
//
// Activations and their gradients have one layout that follows from the shape alone: images of more
// than four channels in blocks of as many channels as a vector holds (the last block filled up with
// zeros), all others in the plain order batch, channel, height, width. Sequences are plain, too:
// batch, step, channel, height, width; the layouts below count their steps as channels.
#pragma once

#include <cstdint>
#include <oneapi/dnnl/dnnl.hpp>

#include "kernels/models/layer.h"

namespace rehearse::cpu {

using Desc = dnnl::memory::desc;

Desc plain_layout(const Shape& shape, std::int64_t batch);
Desc activation_layout(const Shape& shape, std::int64_t batch);

// The channels of a block of activation_layout; 1 where it is plain.
std::int64_t channel_block(const Shape& shape);

// Whether the elements of activation_layout are in plain order.
bool is_plain(const Shape& shape);

// Elements in memory, filling included.
std::size_t stored_elements(const Shape& shape, std::int64_t batch);

// Writes zeros where activation_layout fills up the last block of channels.
void clear_filling(const Shape& shape, std::int64_t batch, float* values);

// Whether a tensor in this layout is a permutation of its elements, without filling.
bool is_permutation(const Desc& layout);

}  // namespace rehearse::cpu
