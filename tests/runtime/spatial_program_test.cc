// What the list of a rank moves where images are shared out by tiles, counted line by line: which
// rows and columns of its input a tile needs and does not have.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "kernels/models/zoo.h"
#include "runtime/parallel/rank_program.h"

namespace rehearse {
namespace {

struct Lines {
  std::int64_t before = 0, after = 0, both = 0;  // of the neediest tile
};

// By going through all windows.
Lines lines(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
            std::int64_t padding, int tiles) {
  Lines most;
  for (int tile = 0; tile < tiles; ++tile) {
    const std::int64_t begin = in * tile / tiles, end = in * (tile + 1) / tiles;
    std::int64_t before = 0, after = 0;
    for (std::int64_t o = out * tile / tiles; o < out * (tile + 1) / tiles; ++o) {
      for (std::int64_t k = 0; k < kernel; ++k) {
        const std::int64_t line = o * stride - padding + k;
        if (line < 0 || line >= in) continue;
        before = std::max(before, begin - line);
        after = std::max(after, line - end + 1);
      }
    }
    most.before = std::max(most.before, before);
    most.after = std::max(most.after, after);
    most.both = std::max(most.both, before + after);
  }
  return most;
}

// What passes to a rank: of two tiles the larger halo, of more both.
std::int64_t passed(const Lines& of, int tiles) {
  return tiles == 2 ? std::max(of.before, of.after) : of.before + of.after;
}

std::int64_t ceil_of(std::int64_t extent, int tiles) { return (extent + tiles - 1) / tiles; }

// Elements of a sample: halos of all windows, means of the pool, the image that becomes a vector.
double by_hand(const Model& model, const Tiles& tiles) {
  double sum = 0;
  for (std::size_t i = 1; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    const Shape &in = model.input_of(i), &out = layer.output;
    const bool image = in.height > 1;
    if (layer.kind == LayerKind::global_average_pool && image) sum += double(out.channels);
    if (layer.kind == LayerKind::flatten && image) sum += double(in.elements());
    if (layer.window == Window{}) continue;  // 1 x 1
    const Window& w = layer.window;
    const Lines rows = lines(in.height, out.height, w.kernel_height, w.stride_height,
                             w.padding_height, tiles.rows);
    const Lines columns =
        lines(in.width, out.width, w.kernel_width, w.stride_width, w.padding_width, tiles.columns);
    const std::int64_t height = ceil_of(in.height, tiles.rows);
    const std::int64_t width = ceil_of(in.width, tiles.columns);
    sum += double(in.channels * passed(rows, tiles.rows) * width);
    sum += double(in.channels * passed(columns, tiles.columns) * (height + rows.both));
  }
  return sum;
}

TEST(SpatialProgram, MovesWhatTheWindowsReachInto) {
  for (const char* name : {"resnet50", "vgg16", "alexnet", "inception_v3", "densenet121",
                           "mobilenet_v2", "resnet20_cifar"}) {
    const Model model = zoo_model(name);
    for (const Tiles tiles : {Tiles{2, 1}, Tiles{1, 3}, Tiles{4, 1}, Tiles{2, 2}}) {
      Layout layout;
      layout.tiles = tiles;
      layout.data = 2;
      const ProcessGrid grid(layout);
      const RankProgram program = rank_program(
          rank_chunks(model, layout, rank_parts(model, layout, grid, 0)), layout, grid, 0);
      double counted = 0;
      for (const ChunkLayer& layer : program.chunks.front().layers) {
        if (layer.exchange) counted += layer.exchange->elements;
      }
      EXPECT_EQ(counted, by_hand(model, tiles))
          << name << ' ' << tiles.rows << " x " << tiles.columns;
      // Gradients of all parameters are summed over all ranks.
      std::int64_t summed = 0;
      for (const RankOp& op : program.ops) {
        if (op.kind != RankOp::Kind::collect) continue;
        EXPECT_EQ(op.axis, GridAxis::replicas);
        for (const ParameterRange& range : op.ranges) summed += range.size();
      }
      EXPECT_EQ(summed, model.parameter_count());
      EXPECT_EQ(grid.size(GridAxis::replicas), 2 * tiles.count());
    }
  }
}

// 2 replicas of 2 x 3 tiles: rank = 3 row + column, the second replica behind the first.
TEST(SpatialProgram, TilesLieRowByRow) {
  Layout layout;
  layout.tiles = {2, 3};
  layout.data = 2;
  const ProcessGrid grid(layout);
  EXPECT_EQ(grid.ranks(), 12);
  EXPECT_EQ(grid.place(4, GridAxis::tile_rows), 1);
  EXPECT_EQ(grid.place(4, GridAxis::tile_columns), 1);
  EXPECT_EQ(grid.place(4, GridAxis::context), 0);
  const auto ranks = [&](int rank, GridAxis axis) {
    const auto& group = grid.group_of(rank, axis);
    std::vector<int> all;
    for (int i = 0; i < group->size(); ++i) all.push_back(group->world_rank(i));
    return all;
  };
  EXPECT_EQ(ranks(10, GridAxis::tile_rows), (std::vector<int>{7, 10}));
  EXPECT_EQ(ranks(10, GridAxis::tile_columns), (std::vector<int>{9, 10, 11}));
  EXPECT_EQ(ranks(10, GridAxis::tiles), (std::vector<int>{6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(grid.group_of(0, GridAxis::context), nullptr);
}

}  // namespace
}  // namespace rehearse
