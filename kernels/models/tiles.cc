#include "kernels/models/tiles.h"

#include <algorithm>
#include <string>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

bool is_image(const Shape& shape) { return shape.height > 1 || shape.width > 1; }

bool slides(LayerKind kind) {
  return kind == LayerKind::convolution || kind == LayerKind::max_pool ||
         kind == LayerKind::average_pool;
}

// Kinds of which a tile of the output follows from the same tile of every input.
bool works_on_tiles(LayerKind kind) {
  using enum LayerKind;
  switch (kind) {
    case batch_norm:
    case add:
    case concat:
    case lrn:
    case multiply:
      return true;
    default:
      return slides(kind) || op_of(kind).is_elementwise();
  }
}

std::string text(std::int64_t rows, std::int64_t columns) {
  return std::to_string(rows) + " x " + std::to_string(columns);
}

[[noreturn]] void refuse(const Layer& layer, const Tiles& tiles, const std::string& why) {
  throw Error::input("layer '" + layer.name + "' (" + std::string(to_text(layer.kind)) +
                         ") cannot be shared out over " + text(tiles.rows, tiles.columns) +
                         " tiles",
                     why, "lower training.parallelism.spatial");
}

void expect_window(const Model& model, std::size_t index, const Tiles& tiles) {
  const Layer& layer = model.layers()[index];
  const Shape& in = model.input_of(index);
  const auto reaches = [&](const SlidingSide& side, int count) {
    return halo_of(side, count).reaches_neighbours_only;
  };
  const Window& w = layer.window;
  const SlidingSide down{in.height, layer.output.height,
                         w.dilation_height * (w.kernel_height - 1) + 1, w.stride_height,
                         w.padding_height};
  const SlidingSide across{in.width, layer.output.width,
                           w.dilation_width * (w.kernel_width - 1) + 1, w.stride_width,
                           w.padding_width};
  if (reaches(down, tiles.rows) && reaches(across, tiles.columns)) return;
  refuse(layer, tiles, "its windows reach beyond the next tile");
}

}  // namespace

std::int64_t tile_begin(std::int64_t extent, int tiles, int tile) { return extent * tile / tiles; }

std::int64_t tile_extent(std::int64_t extent, int tiles) { return (extent + tiles - 1) / tiles; }

Halo halo_of(const SlidingSide& side, int tiles) {
  EXPECTS(tiles >= 1);
  Halo halo;
  const auto own = [&](int tile) { return tile_begin(side.in, tiles, tile); };
  for (int tile = 0; tile < tiles; ++tile) {
    const std::int64_t first = tile_begin(side.out, tiles, tile);
    const std::int64_t last = tile_begin(side.out, tiles, tile + 1) - 1;
    if (last < first) continue;
    const std::int64_t from = std::max<std::int64_t>(0, first * side.stride - side.padding);
    const std::int64_t to = std::min(side.in, last * side.stride - side.padding + side.extent);
    const std::int64_t before = std::max<std::int64_t>(0, own(tile) - from);
    const std::int64_t after = std::max<std::int64_t>(0, to - own(tile + 1));
    halo.before = std::max(halo.before, before);
    halo.after = std::max(halo.after, after);
    halo.both = std::max(halo.both, before + after);
    const bool near = (before == 0 || from >= own(tile - 1)) &&
                      (after == 0 || to <= own(std::min(tile + 2, tiles)));
    halo.reaches_neighbours_only = halo.reaches_neighbours_only && near;
  }
  return halo;
}

std::vector<bool> tiled_layers(const Model& model) {
  std::vector<bool> tiled{is_image(model.input_shape())};
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    tiled.push_back(works_on_tiles(layer.kind) && tiled[layer.inputs.front()]);
  }
  return tiled;
}

void expect_tiles(const Model& model, const Tiles& tiles) {
  EXPECTS(tiles.rows >= 1 && tiles.columns >= 1);
  if (tiles.count() == 1) return;
  const std::vector<bool> tiled = tiled_layers(model);
  const std::vector<Layer>& layers = model.layers();
  using enum LayerKind;
  for (const Layer& layer : layers) {
    if (layer.kind == attention || layer.kind == latent_attention) {
      refuse(layer, tiles, "every step of an attention sees all of an image");
    }
  }
  if (!tiled.front()) refuse(layers.front(), tiles, "it is no image");
  if (std::ranges::count(tiled, true) == 1) {
    refuse(layers.front(), tiles, "no layer works on tiles of it");
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i];
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
      const bool of_tiles = tiled[layer.inputs[k]];
      if (of_tiles == tiled[i]) continue;
      const bool gathers = layer.kind == global_average_pool || layer.kind == flatten;
      // One value for each channel may meet a tile.
      if (tiled[i] && layer.kind == multiply && !is_image(model.input_of(i, k))) continue;
      if (of_tiles && gathers) continue;
      refuse(layer, tiles, of_tiles ? "it needs all of an image" : "one of its inputs is no image");
    }
    if (!tiled[i]) continue;
    const Shape& map = layer.output;
    if (map.height < tiles.rows || map.width < tiles.columns) {
      refuse(layer, tiles, "its map is " + text(map.height, map.width));
    }
    if (slides(layer.kind)) expect_window(model, i, tiles);
  }
}

}  // namespace rehearse
