// Under which MeasuredLayers keeps measured work that belongs to no layer; its time stands as
// `forward`.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/models/layer.h"

namespace rehearse {

// One step of the optimizer `rule` with `slots` values per parameter over `elements` parameters, at
// batch 1: "update sgd slots 1 elements 269722".
std::string update_key(const std::string& rule, int slots, std::int64_t elements);

// Reading a batch of samples and copying it to the device: "input 3x32x32 cifar10".
std::string input_key(const Shape& shape, const std::string& format);

}  // namespace rehearse
