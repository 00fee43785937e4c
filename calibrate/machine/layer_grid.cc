#include "calibrate/machine/layer_grid.h"

#include <string>
#include <utility>

namespace rehearse {

Model layer_grid() {
  ModelBuilder build("layer_grid");
  std::size_t x = build.input({3, 64, 64});
  int stage = 0;
  const auto layer = [&](const char* name, LayerSpec spec) {
    spec.name = std::string(name) + std::to_string(stage);
    spec.inputs = {x};
    x = build.add(std::move(spec));
  };
  for (const std::int64_t features : {32, 64, 128, 256}) {
    ++stage;
    layer("conv3x3_", {.kind = LayerKind::convolution,
                       .features = features,
                       .window = Window::square(3, 1, 1),
                       .bias = false});
    layer("norm_", {.kind = LayerKind::batch_norm});
    layer("relu_", {.kind = LayerKind::relu});
    layer("conv1x1_", {.kind = LayerKind::convolution,
                       .features = features,
                       .window = Window::square(1, 1, 0),
                       .bias = false});
    layer("pool_", {.kind = LayerKind::max_pool, .window = Window::square(2, 2, 0)});
  }
  layer("average_", {.kind = LayerKind::global_average_pool});
  layer("widen_", {.kind = LayerKind::dense, .features = 2048});
  layer("square_", {.kind = LayerKind::dense, .features = 2048});
  layer("scores_", {.kind = LayerKind::dense, .features = 10});
  return std::move(build).finish();
}

}  // namespace rehearse
