#include <gtest/gtest.h>

#include <functional>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/model.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

TEST(Model, Facts) {
  const Model model = test::tiny();
  EXPECT_EQ(model.layers().size(), 5U);
  EXPECT_EQ(model.layers().back().kind, LayerKind::softmax_cross_entropy);
  EXPECT_EQ(model.classes(), 10);
  EXPECT_EQ(model.parameter_count(), 112 + 2'570);
  EXPECT_EQ(model.layers()[1].parameters[0].name, "conv.weight");
  EXPECT_EQ(model.layers()[1].parameters[0].elements, 4 * 3 * 3 * 3);
  EXPECT_FALSE(model.needs_backward_data(1));
  EXPECT_TRUE(model.needs_backward_data(2));
  EXPECT_EQ(test::residual().consumers(1), 2U);
}

TEST(Model, ConvolutionArithmetic) {
  ModelBuilder build("shapes");
  const std::size_t in = build.input({3, 224, 112});
  // floor((224 + 6 - 7) / 2) + 1 = 112; floor((112 + 6 - 7) / 2) + 1 = 56.
  const std::size_t a = build.add({.name = "a",
                                   .kind = LayerKind::convolution,
                                   .inputs = {in},
                                   .features = 8,
                                   .window = Window::square(7, 2, 3)});
  EXPECT_EQ(build.shape(a), (Shape{8, 112, 56}));
  // A 1x7 kernel with 3 columns of padding keeps the size.
  const std::size_t b = build.add({.name = "b",
                                   .kind = LayerKind::convolution,
                                   .inputs = {a},
                                   .features = 8,
                                   .window = {1, 7, 1, 1, 0, 3},
                                   .groups = 2});
  EXPECT_EQ(build.shape(b), (Shape{8, 112, 56}));
  EXPECT_EQ(build.layers()[b].parameters[0].elements, 8 * 4 * 7);  // 4 input channels a group
  const std::size_t c = build.add({.name = "c", .kind = LayerKind::concat, .inputs = {a, b}});
  EXPECT_EQ(build.shape(c), (Shape{16, 112, 56}));
}

std::string message(const std::function<void(ModelBuilder&)>& add) {
  ModelBuilder build("wrong");
  build.input({3, 8, 8});
  try {
    add(build);
    (void)std::move(build).finish();
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

LayerSpec convolution(const std::string& name, std::vector<std::size_t> inputs, Window window) {
  return {.name = name,
          .kind = LayerKind::convolution,
          .inputs = std::move(inputs),
          .features = 4,
          .window = window};
}

TEST(ModelBuilder, RefusesWrongGraphs) {
  const Window window = Window::square(3, 1, 1);
  EXPECT_EQ(message([&](ModelBuilder& b) { b.add(convolution("a", {5}, window)); }),
            "layer 'a': an input is not an earlier layer");
  EXPECT_EQ(message([&](ModelBuilder& b) { b.add(convolution("input", {0}, window)); }),
            "two layers are named 'input' (names are unique in a model)");
  EXPECT_EQ(message([&](ModelBuilder& b) { b.add(convolution("", {0}, window)); }),
            "a layer has no name");
  EXPECT_EQ(message([&](ModelBuilder& b) {
              b.add({.name = "s", .kind = LayerKind::add, .inputs = {0}});
            }),
            "layer 's': add takes two or more inputs, not 1");
  EXPECT_EQ(message([&](ModelBuilder& b) {
              b.add(convolution("a", {0}, window));
              b.add({.name = "s", .kind = LayerKind::add, .inputs = {0, 1}});
            }),
            "layer 's': add of 3x8x8 and 4x8x8 (the shapes must be equal)");
  EXPECT_EQ(
      message([&](ModelBuilder& b) {
        b.add(convolution("a", {0}, window));
        b.add(convolution("b", {0}, window));
      }),
      "layer 'a' is read by no other layer (only a loss ends a model): name it in a later layer's "
      "\"from\" or remove it");
  EXPECT_EQ(message([](ModelBuilder&) {}), "the model has no layers");
}

TEST(ModelBuilder, RefusesWrongSizes) {
  EXPECT_EQ(message([](ModelBuilder& b) { b.add(convolution("a", {0}, Window::square(9, 1, 0))); }),
            "layer 'a': a kernel of 9 does not fit (the padded height of its input is 8)");
  EXPECT_NE(message([](ModelBuilder& b) { b.add(convolution("a", {0}, Window::square(3, 0, 1))); }),
            "accepted");
  EXPECT_NE(
      message([](ModelBuilder& b) { b.add(convolution("a", {0}, Window::square(1, 1, -1))); }),
      "accepted");
  EXPECT_NE(message([](ModelBuilder& b) {
              LayerSpec spec = convolution("a", {0}, Window::square(3, 1, 1));
              spec.groups = 2;  // does not divide 3
              b.add(spec);
            }),
            "accepted");
  ModelBuilder wide("wide");
  wide.input({3, 1000, 1000});
  EXPECT_EQ(wide.shape(wide.add({.name = "f", .kind = LayerKind::flatten, .inputs = {0}})).channels,
            3'000'000);
  EXPECT_THROW(wide.add({.name = "c", .kind = LayerKind::concat, .inputs = {1, 1}}), Error);
  ModelBuilder build("large");
  EXPECT_THROW(build.input({1'000'000, 1'000'000, 1'000'000}), Error);
  EXPECT_THROW(build.input({0, 1, 1}), Error);
  EXPECT_THROW(ModelBuilder("none").add({.name = "a"}), ContractViolation);
}

}  // namespace
}  // namespace rehearse
