#include "kernels/models/tiles.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "base/error.h"
#include "kernels/models/activations.h"
#include "kernels/models/model_part.h"
#include "kernels/models/work.h"
#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

Model one_convolution(const Shape& image, std::int64_t channels, const Window& window) {
  ModelBuilder build("one");
  std::size_t at = build.input(image);
  at = build.add({.name = "conv",
                  .kind = LayerKind::convolution,
                  .inputs = {at},
                  .features = channels,
                  .window = window,
                  .bias = false});
  at = build.add({.name = "pool", .kind = LayerKind::global_average_pool, .inputs = {at}});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 10});
  return std::move(build).finish();
}

ModelPart part_of_all(const Model& model, const Tiles& tiles) {
  return part_of(model, {1, model.layers().size()}, {.tiles = tiles});
}

// Elements of a sample, by the name of the exchange.
std::map<std::string, double> exchanged(const Model& model, const Tiles& tiles) {
  std::map<std::string, double> all;
  const ModelPart part = part_of_all(model, tiles);
  for (const Layer& layer : part.model.layers()) {
    if (layer.kind == LayerKind::exchange) all[layer.name] = layer.exchange.elements;
  }
  return all;
}

using Exchanged = std::map<std::string, double>;

const Layer& layer_of(const Model& model, const std::string& name) {
  for (const Layer& layer : model.layers()) {
    if (layer.name == name) return layer;
  }
  throw std::out_of_range(name);
}

std::string refusal(const Model& model, const Tiles& tiles) {
  try {
    expect_tiles(model, tiles);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Tiles, HalosOfEvenTiles) {
  // 14 rows each; row 14 needs 13 to 15.
  const Halo three = halo_of({56, 56, 3, 1, 1}, 4);
  EXPECT_EQ(three.before, 1);
  EXPECT_EQ(three.after, 1);
  EXPECT_EQ(three.both, 2);
  // Rows 56 to 111 of 224 make rows 28 to 55 of 112, which need 2 x 28 - 3 = 53 to
  // 2 x 55 - 3 + 6 = 113.
  const Halo seven = halo_of({224, 112, 7, 2, 3}, 4);
  EXPECT_EQ(seven.before, 3);
  EXPECT_EQ(seven.after, 2);
  // Rows 28 to 55 of 112 make rows 14 to 27 of 56, which need 27 to 55.
  const Halo pool = halo_of({112, 56, 3, 2, 1}, 4);
  EXPECT_EQ(pool.before, 1);
  EXPECT_EQ(pool.after, 0);
  EXPECT_EQ(halo_of({56, 28, 1, 2, 0}, 4).both, 0);
  EXPECT_EQ(halo_of({56, 56, 3, 1, 1}, 1).both, 0);
}

// 7 rows over 4 begin at 0, 1, 3, 5.
TEST(Tiles, SizesDifferByOne) {
  EXPECT_EQ(tile_begin(7, 4, 1), 1);
  EXPECT_EQ(tile_begin(7, 4, 2), 3);
  EXPECT_EQ(tile_begin(7, 4, 3), 5);
  EXPECT_EQ(tile_extent(7, 4), 2);
  EXPECT_EQ(halo_of({7, 7, 3, 1, 1}, 4).both, 2);
  // Tile 2 of 4 rows needs row 0, two tiles before.
  EXPECT_FALSE(halo_of({4, 4, 5, 1, 2}, 4).reaches_neighbours_only);
}

TEST(Tiles, BytesOfThreeByThree) {
  const Model model =
      one_convolution({.channels = 64, .height = 56, .width = 56}, 64, Window::square(3, 1, 1));
  // Of two tiles each gets one row of 56 x 64 = 3584; four in a column get one from above and one
  // from below. The means of the tiles: 64.
  EXPECT_EQ(exchanged(model, {2, 1}), (Exchanged{{"conv.rows", 3584}, {"pool.sum", 64}}));
  EXPECT_EQ(exchanged(model, {4, 1}),
            (Exchanged{{"conv.above", 3584}, {"conv.below", 3584}, {"pool.sum", 64}}));
  // 2 x 2 tiles of 28 x 28: a row of 28, and a column of 28 and a corner.
  EXPECT_EQ(exchanged(model, {2, 2}),
            (Exchanged{{"conv.rows", 28 * 64}, {"conv.columns", 29 * 64}, {"pool.sum", 64}}));
}

TEST(Tiles, BytesOfSevenBySevenWithStrideTwo) {
  const Model model =
      one_convolution({.channels = 3, .height = 224, .width = 224}, 64, Window::square(7, 2, 3));
  // Rows of 224 x 3 = 672: three from above, two from below.
  EXPECT_EQ(exchanged(model, {4, 1}),
            (Exchanged{{"conv.above", 2016}, {"conv.below", 1344}, {"pool.sum", 64}}));
  EXPECT_EQ(exchanged(model, {2, 1}), (Exchanged{{"conv.rows", 2016}, {"pool.sum", 64}}));
  // 112 x 112: 3 rows of 112 x 3, then 3 columns of 112 + 3 rows x 3.
  EXPECT_EQ(exchanged(model, {2, 2}),
            (Exchanged{{"conv.rows", 1008}, {"conv.columns", 1035}, {"pool.sum", 64}}));
  // Nobody wants the gradient of the samples.
  const ModelPart part = part_of_all(model, {4, 1});
  EXPECT_TRUE(layer_of(part.model, "conv.above").exchange.forward_only);
}

TEST(Tiles, ARankComputesItsShare) {
  const Model model = zoo_model("resnet50");
  const auto flops = [](const Model& of, std::size_t layer) {
    return work(of, layer, Direction::forward, 1, Precision::fp32).flops.value();
  };
  for (const Tiles tiles : {Tiles{2, 1}, Tiles{4, 1}, Tiles{2, 2}, Tiles{7, 7}}) {
    const ModelPart part = part_of_all(model, tiles);
    for (std::size_t i = 1; i < part.whole.size(); ++i) {
      const Layer& own = part.model.layers()[i];
      if (own.kind != LayerKind::convolution) continue;
      const Shape& map = model.layers()[part.whole[i]].output;
      const auto share = static_cast<double>(tile_extent(map.height, tiles.rows) *
                                             tile_extent(map.width, tiles.columns)) /
                         static_cast<double>(map.height * map.width);
      EXPECT_NEAR(flops(part.model, i) / flops(model, part.whole[i]), share, 1e-12) << own.name;
    }
    // Every rank has all parameters.
    EXPECT_EQ(part.model.parameter_count(), model.parameter_count());
  }
  // Of the last maps, 7 rows over 4, the largest tile has 2/7 and not 1/4.
  const ModelPart part = part_of_all(model, {4, 1});
  EXPECT_EQ(layer_of(part.model, "layer4.2.conv2").output,
            (Shape{.channels = 512, .height = 2, .width = 7}));
}

// Of a convolution of 64 channels of 56 x 56 to 64: its input in 4 tiles, with two rows of halo,
// and nothing else but the pool's mean, of which the dense layer computes its gradient.
TEST(Tiles, KeepTheirHalos) {
  const Model model =
      one_convolution({.channels = 64, .height = 56, .width = 56}, 64, Window::square(3, 1, 1));
  EXPECT_EQ(part_of_all(model, {4, 1}).model.activation_elements_per_sample() -
                part_of_all(model, {1, 1}).model.activation_elements_per_sample(),
            64 * 56 * (14 + 2) - 64 * 56 * 56);
}

// Vectors are whole on all ranks.
TEST(Tiles, EndWhereAnImageBecomesAVector) {
  const Model vgg = zoo_model("vgg16");
  const ModelPart part = part_of_all(vgg, {2, 2});
  const auto found = exchanged(vgg, {2, 2});
  EXPECT_EQ(found.at("flatten.gather"), 512 * 7 * 7);
  EXPECT_EQ(layer_of(part.model, "fc6").parameters.front().elements, 4096 * 512 * 7 * 7);
}

TEST(Tiles, SumStatisticsOnlyWhereTheyAreSynchronised) {
  for (const bool sync : {false, true}) {
    ModelBuilder build("norm");
    std::size_t at = build.input({.channels = 8, .height = 16, .width = 16});
    at = build.add(
        {.name = "norm", .kind = LayerKind::batch_norm, .inputs = {at}, .synchronised = sync});
    at = build.add({.name = "pool", .kind = LayerKind::global_average_pool, .inputs = {at}});
    build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 10});
    const Model model = std::move(build).finish();
    // A mean and a variance of 8 channels, in each direction.
    const Exchanged sums{{"norm.statistics", 16}, {"norm.sums", 16}, {"pool.sum", 8}};
    EXPECT_EQ(exchanged(model, {2, 1}), sync ? sums : (Exchanged{{"pool.sum", 8}}));
  }
}

TEST(Tiles, AreRefusedByName) {
  EXPECT_EQ(refusal(zoo_model("resnet50"), {7, 7}), "accepted");
  EXPECT_NE(refusal(zoo_model("resnet50"), {8, 1})
                .find("layer 'layer4.0.downsample.0' (convolution) cannot be shared out over 8 x 1 "
                      "tiles (its map is 7 x 7)"),
            std::string::npos)
      << refusal(zoo_model("resnet50"), {8, 1});
  EXPECT_NE(refusal(zoo_model("vit_b16"), {2, 1}).find("(attention) cannot be shared out"),
            std::string::npos);
  EXPECT_NE(refusal(zoo_model("mlp"), {2, 1}).find("no layer works on tiles of it"),
            std::string::npos)
      << refusal(zoo_model("mlp"), {2, 1});
  const Model wide =
      one_convolution({.channels = 1, .height = 8, .width = 8}, 1, Window::square(7, 1, 3));
  EXPECT_NE(refusal(wide, {4, 1}).find("its windows reach beyond the next tile"), std::string::npos)
      << refusal(wide, {4, 1});
}

}  // namespace
}  // namespace rehearse
