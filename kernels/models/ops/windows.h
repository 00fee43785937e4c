// Sliding windows, as convolutions and pools have them.
#pragma once

#include <string>
#include <vector>

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

// The keys kernel, stride, padding and dilation.
std::vector<LayerKey> window_keys();

// Reads them: each is a number, [height, width] or [depth, height, width]. `pool`: stride is the
// kernel by default, else 1. Throws Error::input.
Window read_window(ObjectReader& layer, bool pool);

// The output of a window that slides over `in`. Throws Error::input for a window that is out of
// range or does not fit.
Shape slide(const Window& window, const Shape& in, std::int64_t channels);

// The output of a window whose transpose is applied to `in`. Throws Error::input likewise.
Shape slide_back(const Window& window, const Shape& in, std::int64_t channels);

// " kernel 3x3 stride 2x2 padding 1x1"
std::string window_text(const Window& window);

}  // namespace rehearse
