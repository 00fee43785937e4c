#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/json_reader.h"
#include "kernels/models/model_limits.h"
#include "kernels/models/ops/windows.h"

namespace rehearse {
namespace {

struct Pair {
  std::int64_t height, width;
};

// A number for both sides or [height, width].
std::optional<Pair> optional_pair(ObjectReader& reader, const char* key, std::int64_t least) {
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
    return Pair{side, side};
  }
  const std::vector<std::int64_t> sides = reader.integers(key, least, kMaxDimension);
  if (sides.size() != 2) throw reader.error_at(key, "expected a number or [height, width]");
  return Pair{sides[0], sides[1]};
}

}  // namespace

Window read_window(ObjectReader& layer, bool pool) {
  const std::optional<Pair> kernel = optional_pair(layer, "kernel", 1);
  if (!kernel) throw layer.error_at("", "'kernel' is missing");
  const Pair stride = optional_pair(layer, "stride", 1).value_or(pool ? *kernel : Pair{1, 1});
  const Pair padding = optional_pair(layer, "padding", 0).value_or(Pair{0, 0});
  return {kernel->height, kernel->width,  stride.height,
          stride.width,   padding.height, padding.width};
}

}  // namespace rehearse
