#include "kernels/models/shape_checks.h"

#include "base/error.h"
#include "kernels/models/model_limits.h"

namespace rehearse {

void check_range(const char* what, std::int64_t value, std::int64_t least) {
  if (value >= least && value <= kMaxDimension) return;
  throw Error::input(
      std::string(what) + " " + std::to_string(value) + " is out of range",
      "it must be between " + std::to_string(least) + " and " + std::to_string(kMaxDimension));
}

void check_shape(const Shape& shape) {
  check_range("channels", shape.channels, 1);
  check_range("height", shape.height, 1);
  check_range("width", shape.width, 1);
  check_range("sequence", shape.sequence, 1);
  check_range("depth", shape.depth, 1);
  const double elements = static_cast<double>(shape.channels) * static_cast<double>(shape.height) *
                          static_cast<double>(shape.width) * static_cast<double>(shape.sequence) *
                          static_cast<double>(shape.depth);
  if (elements > static_cast<double>(kMaxTensorElements)) {
    throw Error::input("a tensor of " + to_text(shape) + " is too large",
                       "at most " + std::to_string(kMaxTensorElements) + " elements");
  }
}

}  // namespace rehearse
