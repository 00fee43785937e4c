// Checks of the numbers that describe a layer.
#pragma once

#include <cstdint>

#include "kernels/models/layer.h"

namespace rehearse {

// Throws Error::input, which calls the number `what`, unless `value` lies in [least, kMaxDimension]
// (kernels/models/model_limits.h).
void check_range(const char* what, std::int64_t value, std::int64_t least);

// Throws Error::input unless every dimension lies in [1, kMaxDimension] and the elements are few
// enough.
void check_shape(const Shape& shape);

}  // namespace rehearse
