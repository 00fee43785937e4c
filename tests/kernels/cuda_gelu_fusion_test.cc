// Which GELUs the dense layers around them compute.
#include "kernels/cuda/gelu_fusion.h"

#include <gtest/gtest.h>

#include <utility>

namespace rehearse::cuda {
namespace {

// 8 numbers, then layers 1, 2 and 3 as `of` says, the sum of the last of them and `read_again`
// where that is given, dense 4 and the loss.
struct Around {
  LayerKind before = LayerKind::dense, function = LayerKind::gelu, behind = LayerKind::dense;
  std::optional<std::size_t> read_again{};
};

Model around(const Around& of) {
  ModelBuilder build("around");
  std::size_t at = build.input({.channels = 8});
  const auto put = [&](const char* name, LayerKind kind, std::size_t from) {
    LayerSpec spec{.name = name, .kind = kind, .inputs = {from}};
    if (kind == LayerKind::dense) spec.features = 8;
    return build.add(spec);
  };
  at = put("before", of.before, at);
  at = put("function", of.function, at);
  at = put("behind", of.behind, at);
  if (of.read_again) {
    at = build.add({.name = "again", .kind = LayerKind::add, .inputs = {at, *of.read_again}});
  }
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 4});
  return std::move(build).finish();
}

TEST(CudaGeluFusion, OfADenseLayerOnEachSide) {
  const Model model = around({});
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    EXPECT_EQ(applies_gelu(model, i), i == 1) << i;
    EXPECT_EQ(is_fused_gelu(model, i), i == 2) << i;
    EXPECT_EQ(layer_before_gelu(model, i).has_value(), i == 3) << i;
  }
  EXPECT_EQ(layer_before_gelu(model, 3), 1U);
}

void expect_none(const Around& of) {
  const Model model = around(of);
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    EXPECT_FALSE(applies_gelu(model, i)) << i;
    EXPECT_FALSE(is_fused_gelu(model, i)) << i;
    EXPECT_FALSE(layer_before_gelu(model, i)) << i;
  }
}

TEST(CudaGeluFusion, OfNothingElse) {
  expect_none({.function = LayerKind::relu});  // kernels/devices/layer_fusion.h
  expect_none({.before = LayerKind::layer_norm});
  expect_none({.behind = LayerKind::layer_norm});
}

TEST(CudaGeluFusion, NeedsThatEachIsReadAlone) {
  expect_none({.read_again = 1});
  expect_none({.read_again = 2});
  EXPECT_TRUE(is_fused_gelu(around({.read_again = 0}), 2));
}

}  // namespace
}  // namespace rehearse::cuda
