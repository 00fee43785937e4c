// Losses of the executor against the reference, and all its gradients against the reference's
// finite differences. Each kind of layer stands between a convolution, whose weights' gradients
// hold the layer's data gradient, and a dense layer.
#include <gtest/gtest.h>

#include <tuple>

#include "kernels/backend.h"
#include "tests/kernels/gradient_check.h"

namespace rehearse {
namespace {

class EveryGradient : public EveryBackend {};

using test::Put;

void check(const Model& model, std::int64_t samples, int threads = 1) {
  test::check_gradients(model, samples, threads);
}

// input 2 -> 1x1 convolution to `in.channels` -> put -> dense 3.
Model between(const std::string& name, const Shape& in, const Put& put) {
  ModelBuilder build(name);
  const std::size_t input = build.input({2, in.height, in.width});
  const std::size_t before = build.add({.name = "before",
                                        .kind = LayerKind::convolution,
                                        .inputs = {input},
                                        .features = in.channels});
  put(build, before);
  const std::size_t last = build.layers().size() - 1;
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {last}, .features = 3});
  return std::move(build).finish();
}

Put one(const LayerSpec& spec) {
  return [spec](ModelBuilder& build, std::size_t from) {
    LayerSpec own = spec;
    own.name = "tested";
    own.inputs = {from};
    build.add(own);
  };
}

Put then_relu(const LayerSpec& spec) {
  return [spec](ModelBuilder& build, std::size_t from) {
    one(spec)(build, from);
    build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {build.layers().size() - 1}});
  };
}

void check_all(const Model& model) {
  for (const std::int64_t batch : {1, 3}) check(model, batch);
}

TEST_P(EveryGradient, OfConvolutionsOfOddShapes) {
  const Window windows[] = {Window::square(1, 1, 0), Window::square(3, 1, 1),
                            {3, 1, 1, 1, 1, 0},      {1, 4, 1, 2, 0, 1},
                            {2, 3, 2, 1, 0, 2},      Window::square(5, 2, 2)};
  for (const Window& window : windows) {
    for (const auto& [in, out] : {std::pair{1, 5}, {3, 1}, {5, 17}, {17, 3}, {16, 16}}) {
      const LayerSpec spec{
          .kind = LayerKind::convolution, .features = out, .window = window, .bias = in % 2 == 1};
      check(between("convolution " + std::to_string(in) + " to " + std::to_string(out), {in, 5, 4},
                    one(spec)),
            in == 5 ? 3 : 1);
    }
  }
}

TEST_P(EveryGradient, OfConvolutionsOfGroups) {
  for (const auto& [in, out, groups] :
       {std::tuple{4, 6, 2}, {16, 16, 16}, {5, 5, 5}, {32, 32, 2}, {6, 3, 3}}) {
    const LayerSpec spec{.kind = LayerKind::convolution,
                         .features = out,
                         .window = Window::square(3, 1, 1),
                         .groups = groups};
    check(between("groups " + std::to_string(groups), {in, 4, 4}, one(spec)), 2);
  }
}

TEST_P(EveryGradient, OfStridedOneByOneConvolutions) {
  check_all(between("downsample", {16, 6, 6},
                    one({.kind = LayerKind::convolution,
                         .features = 32,
                         .window = Window::square(1, 2, 0),
                         .bias = false})));
}

TEST_P(EveryGradient, OfDenseLayers) {
  for (const std::int64_t features : {1, 5, 17, 64}) {
    const LayerSpec spec{.kind = LayerKind::dense, .features = features, .bias = features != 5};
    check_all(between("dense", {5, 3, 2}, one(spec)));
    check(between("dense of a vector", {17, 1, 1}, then_relu(spec)), 3);
  }
}

TEST_P(EveryGradient, OfReluAloneAndFused) {
  for (const std::int64_t channels : {1, 5, 16}) {
    check_all(between("relu", {channels, 3, 4}, one({.kind = LayerKind::relu})));
    check_all(between("relu behind a pool", {channels, 4, 4},
                      then_relu({.kind = LayerKind::average_pool, .window = {2, 1, 2, 1}})));
    check_all(between("relu behind batch_norm", {channels, 3, 4},
                      then_relu({.kind = LayerKind::batch_norm})));
  }
}

TEST_P(EveryGradient, OfPools) {
  const Window windows[] = {Window::square(2, 2, 0),
                            Window::square(3, 2, 1),
                            {3, 2, 1, 2, 1, 1},
                            Window::square(3, 1, 1)};
  for (const std::int64_t channels : {1, 5, 16, 17}) {
    for (const Window& window : windows) {
      for (const LayerKind kind : {LayerKind::max_pool, LayerKind::average_pool}) {
        check(between(std::string(to_text(kind)), {channels, 5, 6},
                      one({.kind = kind, .window = window})),
              2);
      }
    }
    check_all(
        between("global pool", {channels, 3, 4}, one({.kind = LayerKind::global_average_pool})));
  }
}

TEST_P(EveryGradient, OfNormalisations) {
  for (const std::int64_t channels : {1, 3, 5, 16, 17}) {
    check_all(between("batch_norm", {channels, 3, 4}, one({.kind = LayerKind::batch_norm})));
    for (const std::int64_t size : {1, 3, 5}) {
      check(between("lrn", {channels, 3, 2}, one({.kind = LayerKind::lrn, .lrn_size = size})), 2);
    }
  }
  check(between("batch_norm of a vector", {5, 1, 1}, one({.kind = LayerKind::batch_norm})), 4);
}

TEST_P(EveryGradient, OfDropoutOfVectors) {
  check_all(between("dropout", {5, 2, 3}, [](ModelBuilder& build, std::size_t from) {
    from = build.add({.name = "flat", .kind = LayerKind::flatten, .inputs = {from}});
    from = build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {from}, .features = 19});
    from = build.add({.name = "relu", .kind = LayerKind::relu, .inputs = {from}});
    build.add({.name = "drop", .kind = LayerKind::dropout, .inputs = {from}, .dropout_rate = 0.3});
  }));
}

// Forks and joins: x goes to two convolutions, to a pool and past them all; their results are
// joined, added to themselves and to x.
Model knot(std::int64_t channels) {
  return between(
      "knot " + std::to_string(channels), {channels, 4, 3},
      [channels](ModelBuilder& build, std::size_t x) {
        const auto unit = [&](const std::string& name, std::size_t from, std::int64_t features) {
          from = build.add({.name = name,
                            .kind = LayerKind::convolution,
                            .inputs = {from},
                            .features = features,
                            .window = Window::square(3, 1, 1),
                            .bias = false});
          from = build.add({.name = name + "n", .kind = LayerKind::batch_norm, .inputs = {from}});
          return build.add({.name = name + "r", .kind = LayerKind::relu, .inputs = {from}});
        };
        x = build.add({.name = "xr", .kind = LayerKind::relu, .inputs = {x}});
        const std::size_t a = unit("a", x, channels);
        const std::size_t b = unit("b", x, 3);
        const std::size_t p = build.add({.name = "p",
                                         .kind = LayerKind::max_pool,
                                         .inputs = {x},
                                         .window = Window::square(3, 1, 1)});
        const std::size_t twice =
            build.add({.name = "twice", .kind = LayerKind::add, .inputs = {a, a}});
        const std::size_t sum =
            build.add({.name = "sum", .kind = LayerKind::add, .inputs = {x, twice, p}});
        const std::size_t r = build.add({.name = "r", .kind = LayerKind::relu, .inputs = {sum}});
        const std::size_t both =
            build.add({.name = "both", .kind = LayerKind::concat, .inputs = {r, b, sum}});
        build.add({.name = "lrn", .kind = LayerKind::lrn, .inputs = {both}, .lrn_size = 3});
      });
}

TEST_P(EveryGradient, ThroughForksAndJoins) {
  check(knot(2), 2);
  check(knot(5), 1);
  check(knot(16), 1);
}

// input -> lstm, which returns its states -> put -> lstm, whose last state is scored.
Model between_recurrent(const std::string& name, const Shape& in, std::int64_t units,
                        const Put& put = {}) {
  ModelBuilder build(name);
  const std::size_t input = build.input(in);
  const std::size_t before = build.add({.name = "before",
                                        .kind = LayerKind::lstm,
                                        .inputs = {input},
                                        .features = units,
                                        .return_sequences = true});
  if (put) put(build, before);
  const std::size_t last = build.layers().size() - 1;
  const std::size_t state =
      build.add({.name = "last", .kind = LayerKind::lstm, .inputs = {last}, .features = 6});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {state}, .features = 3});
  return std::move(build).finish();
}

TEST_P(EveryGradient, OfRecurrentLayers) {
  if (!is_recurrent()) GTEST_SKIP();
  for (const std::int64_t units : {1, 5, 16, 17}) {
    for (const std::int64_t steps : {1, 2, 7}) {
      const Shape in{.channels = units == 5 ? 16 : 3, .sequence = steps};
      check_all(between_recurrent(std::to_string(units) + " units", in, units));
    }
  }
}

TEST_P(EveryGradient, BetweenRecurrentLayers) {
  if (!is_recurrent()) GTEST_SKIP();
  const Shape in{.channels = 4, .sequence = 5};
  check_all(between_recurrent("relu", in, 18, one({.kind = LayerKind::relu})));
  check_all(between_recurrent("dropout", in, 7, one({.kind = LayerKind::dropout})));
  check_all(between_recurrent("fork", in, 3, [](ModelBuilder& build, std::size_t from) {
    const std::size_t other = build.add({.name = "other",
                                         .kind = LayerKind::lstm,
                                         .inputs = {from},
                                         .features = 3,
                                         .return_sequences = true});
    build.add({.name = "sum", .kind = LayerKind::add, .inputs = {from, other}});
  }));
}

TEST_P(EveryGradient, WithTwoThreads) {
  if (is_recurrent()) {
    check(between_recurrent("recurrent", {.channels = 8, .sequence = 6}, 32), 5, 2);
  }
  check(knot(5), 2, 2);
  check(between("batch_norm", {17, 3, 4}, one({.kind = LayerKind::batch_norm})), 3, 2);
}

TEST_P(EveryGradient, OfTwoHeads) {
  ModelBuilder build("two heads");
  const std::size_t input = build.input({2, 4, 4});
  std::size_t trunk = build.add(
      {.name = "trunk", .kind = LayerKind::convolution, .inputs = {input}, .features = 4});
  const std::size_t side =
      build.add({.name = "side", .kind = LayerKind::dense, .inputs = {trunk}, .features = 3});
  build.add({.name = "aux", .kind = LayerKind::softmax_cross_entropy, .inputs = {side}});
  trunk = build.add({.name = "pool", .kind = LayerKind::global_average_pool, .inputs = {trunk}});
  build.add({.name = "fc", .kind = LayerKind::dense, .inputs = {trunk}, .features = 3});
  check_all(std::move(build).finish());
}

TEST_P(EveryGradient, OfFunctionsOfImages) {
  for (const LayerKind kind :
       {LayerKind::gelu, LayerKind::silu, LayerKind::sigmoid, LayerKind::tanh}) {
    for (const std::int64_t channels : {3, 5, 16, 17}) {
      ModelBuilder build(std::string(to_text(kind)));
      std::size_t at = build.input({2, 3, 4});
      at = build.add(
          {.name = "before", .kind = LayerKind::convolution, .inputs = {at}, .features = channels});
      at = build.add({.name = "tested", .kind = kind, .inputs = {at}});
      at = build.add(
          {.name = "behind", .kind = LayerKind::convolution, .inputs = {at}, .features = 4});
      build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 3});
      check(std::move(build).finish(), 2);
    }
  }
}

// As MobileNet has them: a convolution of each channel alone, then one of single places.
TEST_P(EveryGradient, OfSeparableConvolutions) {
  for (const std::int64_t stride : {1, 2}) {
    ModelBuilder build("separable");
    std::size_t at = build.input({3, 6, 6});
    const auto convolution = [&](const std::string& name, std::int64_t features,
                                 std::int64_t groups, const Window& window) {
      at = build.add({.name = name,
                      .kind = LayerKind::convolution,
                      .inputs = {at},
                      .features = features,
                      .window = window,
                      .groups = groups,
                      .bias = false});
      at = build.add({.name = name + "_norm", .kind = LayerKind::batch_norm, .inputs = {at}});
      at = build.add({.name = name + "_relu", .kind = LayerKind::relu, .inputs = {at}});
    };
    convolution("first", 32, 1, Window::square(3, 1, 1));
    convolution("depthwise", 32, 32, Window::square(3, stride, 1));
    convolution("pointwise", 24, 1, Window::square(1, 1, 0));
    at = build.add({.name = "pool", .kind = LayerKind::global_average_pool, .inputs = {at}});
    build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {at}, .features = 3});
    check(std::move(build).finish(), 2);
  }
}

REHEARSE_FOR_EVERY_BACKEND(EveryGradient);

}  // namespace
}  // namespace rehearse
