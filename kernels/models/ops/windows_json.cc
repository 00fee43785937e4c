#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/windows.h"

namespace rehearse {
namespace {

struct Sides {
  std::int64_t height, width;
  std::optional<std::int64_t> depth;
};

// A number for all sides, [height, width] or [depth, height, width].
std::optional<Sides> optional_sides(ObjectReader& reader, const char* key, std::int64_t least) {
  if (!reader.has(key)) return std::nullopt;
  if (const nlohmann::json& value = reader.raw(key); value.is_string()) {
    throw reader.error_at(
        key, "expected a number or [height, width]",
        "found " + value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        std::string(key) == "padding"
            ? "of an odd kernel k with stride 1, \"same\" is (k - 1) / 2 and "
              "\"valid\" is 0"
            : "");
  }
  if (!reader.raw(key).is_array()) {
    const std::int64_t side = reader.integer(key, least, kMaxDimension);
    return Sides{side, side, std::nullopt};
  }
  const std::vector<std::int64_t> sides = reader.integers(key, least, kMaxDimension);
  if (sides.size() == 2) return Sides{sides[0], sides[1], std::nullopt};
  if (sides.size() == 3) return Sides{sides[1], sides[2], sides[0]};
  throw reader.error_at(key, "expected a number, [height, width] or [depth, height, width]");
}

}  // namespace

Window read_window(ObjectReader& layer, bool pool) {
  const std::optional<Sides> kernel = optional_sides(layer, "kernel", 1);
  if (!kernel) throw layer.error_at("", "'kernel' is missing");
  const Sides one{1, 1, std::nullopt};
  const Sides stride = optional_sides(layer, "stride", 1).value_or(pool ? *kernel : one);
  const Sides padding = optional_sides(layer, "padding", 0).value_or(Sides{0, 0, std::nullopt});
  const Sides dilation = optional_sides(layer, "dilation", 1).value_or(one);
  Window window{kernel->height, kernel->width,  stride.height,
                stride.width,   padding.height, padding.width};
  window.dilation_height = dilation.height;
  window.dilation_width = dilation.width;
  window.kernel_depth = kernel->depth.value_or(1);
  window.stride_depth = stride.depth.value_or(1);
  window.padding_depth = padding.depth.value_or(0);
  window.dilation_depth = dilation.depth.value_or(1);
  return window;
}

}  // namespace rehearse
