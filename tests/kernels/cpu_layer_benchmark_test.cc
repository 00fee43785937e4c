#include "kernels/backend.h"

#include <gtest/gtest.h>

#include "kernels/models/zoo.h"
#include "tests/kernels/every_backend.h"
#include "tests/kernels/tiny_models.h"

namespace rehearse {
namespace {

class EveryLayerBenchmark : public EveryBackend {};

CacheEviction eviction;
const LayerBenchmarkOptions kQuick{
    .batch = 2, .repetitions = 3, .eviction = &eviction, .evicted = Bytes(1 << 16)};

TEST_P(EveryLayerBenchmark, TimesWhatALayerDoes) {
  const Model model = zoo_model("lenet5");
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    SCOPED_TRACE(layer.name);
    const MeasuredLayer measured = backend().benchmark_layer(model, i, kQuick);
    const bool runs = layer.kind != LayerKind::input;
    EXPECT_EQ(measured.forward.alone > Duration(0), runs);
    EXPECT_EQ(measured.forward.busy, measured.forward.alone);
    EXPECT_GE(measured.forward.spread, 0);
    if (!layer.parameters.empty()) {
      EXPECT_GT(measured.backward_weights.alone, Duration(0));
    }
    if (model.needs_backward_data(i)) {
      EXPECT_GT(measured.backward_data.alone, Duration(0));
    }
  }
}

TEST_P(EveryLayerBenchmark, CarriesTheWork) {
  const Model model = test::tiny();
  const MeasuredLayer measured = backend().benchmark_layer(model, 1, kQuick);
  // 3x3 convolution of 3 to 4 channels at 8x8, 2 samples: 2 * 2 * 64 * 4 * 27 = 27,648 operations
  // and 2 * 256 for the bias.
  EXPECT_EQ(measured.forward_work.flops, Flops(27648 + 512));
  EXPECT_EQ(measured.backward_data_work.flops, Flops(0));
  EXPECT_EQ(measured.backward_weights_work.flops, Flops(27648 + 512));
}

TEST_P(EveryLayerBenchmark, TakesEveryKindOfLayer) {
  const Model recurrent = test::recurrent();
  for (const std::size_t lstm : {1, 2}) {
    if (!is_recurrent()) break;
    const MeasuredLayer measured = backend().benchmark_layer(recurrent, lstm, kQuick);
    EXPECT_GT(measured.forward.alone, Duration(0));
    EXPECT_GT(measured.backward_weights.alone, Duration(0));
  }
  const Model residual = test::residual();  // batch_norm, add, a fork
  const Model inception = zoo_model("inception_v3", {.image_size = 75});
  for (std::size_t i = 0; i < residual.layers().size(); ++i) {
    EXPECT_NO_THROW(backend().benchmark_layer(residual, i, kQuick));
  }
  for (std::size_t i = 0; i < inception.layers().size(); ++i) {
    const LayerKind kind = inception.layers()[i].kind;
    if (kind != LayerKind::concat && kind != LayerKind::average_pool) continue;
    EXPECT_GT(backend().benchmark_layer(inception, i, kQuick).forward.alone, Duration(0));
  }
}

TEST_P(EveryLayerBenchmark, EvictsNoMoreThanAStepUses) {
  // tiny: 4 x 27 + 4 weights and biases, 256 x 10 + 10: 2,682 parameters.
  const Model model = test::tiny();
  const double elements =
      2.0 * (2682 + 3.0 * static_cast<double>(model.activation_elements_per_sample()));
  EXPECT_EQ(recommended_eviction(model, 3), Bytes(4 * elements));
  EXPECT_LE(recommended_eviction(model, 3), recommended_eviction(zoo_model("vgg16"), 64));
}

REHEARSE_FOR_EVERY_BACKEND(EveryLayerBenchmark);

}  // namespace
}  // namespace rehearse
