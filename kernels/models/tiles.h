// Convolutional networks whose images are shared out by tiles over the ranks of a group (Dryden et
// al., arXiv:1903.06681): every rank has a tile of each feature map, rows and columns of tiles make
// up the image.
//
//   expect_tiles(resnet50, {.rows = 2, .columns = 2});
//   ModelPart part = tiled_part_of(resnet50, {1, 30}, {.rows = 2, .columns = 2});
//
// A convolution or pool first gets the rows and columns of its neighbours' tiles that its windows
// reach into. A global average sums the means of the tiles; where an image becomes a vector
// (flatten), all ranks gather it whole, and compute the same from there on. Batch normalisation
// takes the statistics of a tile, unless it is synchronised: then those of all ranks.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse {

struct LayerRange;
struct ModelPart;

struct Tiles {
  int rows = 1, columns = 1;

  [[nodiscard]] int count() const { return rows * columns; }
  bool operator==(const Tiles&) const = default;
};

// Along one side of an image: tile `tile` of so many begins here. Sizes differ by one at most.
std::int64_t tile_begin(std::int64_t extent, int tiles, int tile);
// Of the largest tile.
std::int64_t tile_extent(std::int64_t extent, int tiles);

// A window that slides along one side.
struct SlidingSide {
  std::int64_t in = 1, out = 1;  // extents of the whole image
  std::int64_t extent = 1;       // of the window, with its dilation
  std::int64_t stride = 1, padding = 0;
};

// What a tile of the input gets from others, so that the tile of the output can be computed: at the
// tiles that need most.
struct Halo {
  std::int64_t before = 0, after = 0;  // from the tile before and from the one behind
  std::int64_t both = 0;               // together
  bool reaches_neighbours_only = true;
};

// REQUIRES: tiles >= 1.
Halo halo_of(const SlidingSide& side, int tiles);

// By layer, whether its output is shared out: an image, up to where it becomes a vector.
std::vector<bool> tiled_layers(const Model& model);

// Throws Error::input, which names the layer, where an image cannot be shared out so: a map has
// fewer rows or columns than there are tiles, a window reaches beyond the next tile, a layer is no
// layer of images. REQUIRES: rows, columns >= 1.
void expect_tiles(const Model& model, const Tiles& tiles);

// What the rank with the largest tiles computes of a range of layers. Throws as expect_tiles.
ModelPart tiled_part_of(const Model& whole, LayerRange range, const Tiles& tiles);

}  // namespace rehearse
