#include "kernels/devices/kernel_law.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/json_reader.h"
#include "devices.h"
#include "kernels/devices/kernel_laws.h"
#include "kernels/devices/tiled_product.h"

namespace rehearse {
namespace {

KernelQuery product(double m, double n, double k, double count = 1) {
  return {.shape = ProductShape{.m = m, .n = n, .k = k, .batch_count = count}};
}

TEST(KernelQuery, CountsOperationsAndBytes) {
  // 2 * 8 * 4 * 2 = 128; fp16: 2 B * (8 * 2 + 2 * 4 + 8 * 4) = 112 B.
  EXPECT_EQ(flops(product(8, 4, 2)), Flops(128));
  EXPECT_EQ(traffic(product(8, 4, 2), Precision::fp16), Bytes(112));
  // fp8 reads 1 B and writes 2 B: (8 * 2 + 2 * 4) + 2 * 32 = 88 B.
  EXPECT_EQ(traffic(product(8, 4, 2), Precision::fp8), Bytes(88));
  // One sequence of 4, one head of 8: 4 * 5 / 2 pairs, 2 * 10 * (8 + 8) operations.
  KernelQuery attention{.shape = AttentionKernel{.batch = 1,
                                                 .seq = 4,
                                                 .heads = 1,
                                                 .kv_heads = 1,
                                                 .head_dim = 8,
                                                 .v_head_dim = 8,
                                                 .causal = true}};
  EXPECT_EQ(flops(attention), Flops(320));
  // The backward pass has five products instead of two.
  attention.direction = KernelDirection::backward_total;
  EXPECT_EQ(flops(attention), Flops(800));
  // 2 images of 3 x 5 x 5, 4 filters of 3 x 3, output 5 x 5: 2 * 2 * 4 * 25 * 3 * 9.
  const KernelQuery convolution{
      .shape =
          ConvolutionShape{.n = 2, .c = 3, .h = 5, .w = 5, .k = 4, .r = 3, .s = 3, .p = 5, .q = 5}};
  EXPECT_EQ(flops(convolution), Flops(10800));
}

TEST(KernelQuery, NumbersReadBack) {
  KernelQuery query = product(7, 5, 3, 2);
  query.direction = KernelDirection::backward_weights;
  const std::vector<std::int64_t> numbers = to_numbers(query);
  EXPECT_EQ(numbers, (std::vector<std::int64_t>{2, 7, 5, 3, 2, 0}));
  EXPECT_EQ(to_numbers(from_numbers(KernelKind::gemm, numbers)), numbers);
  EXPECT_THROW(from_numbers(KernelKind::gemm, {0, 1, 1, 1}), Error);
  EXPECT_THROW(from_numbers(KernelKind::gemm, {9, 1, 1, 1, 1, 0}), Error);
  EXPECT_THROW(from_numbers(KernelKind::gemm, {0, 0, 1, 1, 1, 0}), Error);
}

// 1 TFLOP/s on 10 processors, 0.1 TFLOP/s each.
constexpr TiledProduct kTenProcessors{.rate = FlopRate(1e12), .processors = 10};

TEST(TiledProduct, CountsWholeWaves) {
  // 32 x 32 tiles: 352 x 32 outputs are 11 of them, in two waves of 2 * 32 * 32 * 1000 / 1e11 s.
  EXPECT_NEAR(product_time(kTenProcessors, {352, 32, 1000}).value(), 2 * 2.048e-5, 1e-12);
  // Ten of them are one wave.
  EXPECT_NEAR(product_time(kTenProcessors, {320, 32, 1000}).value(), 2.048e-5, 1e-12);
  // A library that streams needs 1.1 waves.
  TiledProduct streams = kTenProcessors;
  streams.streams = true;
  EXPECT_NEAR(product_time(streams, {352, 32, 1000}).value(), 1.1 * 2.048e-5, 1e-12);
}

TEST(TiledProduct, SplitsLongSums) {
  // One tile of 32 x 32 on one processor takes 2 * 1024 * 64000 / 1e11 s; eight parts an eighth.
  TiledProduct splits = kTenProcessors;
  splits.most_splits = 8;
  const Duration whole = product_time(kTenProcessors, {32, 32, 64000});
  EXPECT_NEAR(product_time(splits, {32, 32, 64000}) / whole, 0.125, 1e-12);
}

TEST(TiledProduct, SmallTilesAreSlower) {
  // `tile` 85.33 halves the rate of the largest tile, I0 = 256 * 128 / 384, before the norm: of
  // 256 x 128 nothing is lost, of 128 x 128 (I = 64) e = 64 / (64 + 85.33) * 2 = 0.857.
  TiledProduct reuse{.rate = FlopRate(1e12), .processors = 1, .tile = 256.0 * 128 / 384};
  EXPECT_NEAR(product_time(reuse, {256, 128, 800}).value(), 2 * 256 * 128 * 800 / 1e12, 1e-12);
  EXPECT_NEAR(product_time(reuse, {128, 128, 800}).value(), 2 * 128 * 128 * 800 / 1e12 / 0.857143,
              1e-10);
}

TEST(TiledProduct, WithoutProcessorsItIsTheRate) {
  EXPECT_EQ(product_time({.rate = FlopRate(1e12)}, {10, 10, 5}), Duration(1e-9));
}

KernelLaw simple_law(KernelKind kind) {
  KernelLaw law;
  law.kind = kind;
  law.rate = FlopRate(1e12);
  law.bandwidth = Bandwidth(1e11);
  law.launch = Duration(1e-6);
  law.sharp_edge = true;
  law.least_flops = Flops(1);
  law.most_flops = Flops(1e15);
  law.spread_near = law.spread_far = {KernelSpread{-0.1, 0.2}, KernelSpread{-0.1, 0.2}};
  return law;
}

TEST(KernelLaw, IsARooflineWithoutTiles) {
  const KernelLaw law = simple_law(KernelKind::gemm);
  // 2e9 operations are 2 ms at 1 TFLOP/s; 4 B * 3e6 are 0.12 ms at 100 GB/s.
  EXPECT_NEAR(law.time(product(1000, 1000, 1000)).p50.value(), 1e-6 + 2e-3, 1e-12);
  // A vector: 2e6 operations, 4 B * (1e6 + 2e3) at 100 GB/s.
  EXPECT_NEAR(law.time(product(1000, 1, 1000)).p50.value(), 1e-6 + 4.008e-5, 1e-12);
}

TEST(KernelLaw, RoundEdgeAddsFourthPowers) {
  KernelLaw law = simple_law(KernelKind::gemm);
  law.sharp_edge = false;
  const KernelQuery query = product(1000, 1000, 1000);
  // (2^4 + 0.12^4)^(1/4) ms
  EXPECT_NEAR(law.formula(query).value(), 1e-6 + 1e-3 * std::pow(16 + std::pow(0.12, 4), 0.25),
              1e-12);
}

TEST(KernelLaw, IntervalIsTheSpreadAndWiderOutside) {
  const KernelLaw law = simple_law(KernelKind::gemm);
  const KernelTime time = law.time(product(1000, 1000, 1000));
  EXPECT_FALSE(time.extrapolated);
  EXPECT_NEAR(time.p10 / time.p50, std::exp(-0.1), 1e-12);
  EXPECT_NEAR(time.p90 / time.p50, std::exp(0.2), 1e-12);
  const KernelTime huge = law.time(product(1e5, 1e5, 1e6));  // 2e16, above twice 1e15
  EXPECT_TRUE(huge.extrapolated);
  EXPECT_NEAR(huge.p90 / huge.p50, std::exp(0.4), 1e-12);
}

TEST(KernelLaw, ResidualsChangeTheTimeNearTheirShape) {
  KernelLaw law = simple_law(KernelKind::gemm);
  const KernelQuery here = product(1000, 1000, 1000);
  law.residuals = ResidualTable(KernelKind::gemm, {{here, 0.5}}, {.width = 0.5, .weight = 1});
  law.near = 0.1;
  law.spread_far = {KernelSpread{-1, 1}, KernelSpread{-1, 1}};
  // At the shape itself the weight is 1: r = 0.5 / (1 + 1).
  EXPECT_NEAR(law.time(here).p50 / law.formula(here), std::exp(0.25), 1e-9);
  EXPECT_NEAR(law.time(here).p90 / law.time(here).p50, std::exp(0.2), 1e-9);
  // At twice the rows d = ln 2: weight 1 / (1 + 0.4805 / 0.25)^2 = 0.1171, r = 0.0524.
  const KernelQuery there = product(2000, 1000, 1000);
  EXPECT_NEAR(law.time(there).p50 / law.formula(there), std::exp(0.0524), 1e-4);
  EXPECT_NEAR(law.time(there).p90 / law.time(there).p50, std::exp(1), 1e-9);
}

TEST(KernelLaw, RowsAreBoundByMemory) {
  KernelLaw law = simple_law(KernelKind::softmax);
  law.wide = 2;
  const auto softmax = [](double rows, double cols) {
    return KernelQuery{.shape = RowShape{.kind = KernelKind::softmax, .rows = rows, .cols = cols}};
  };
  // 1e6 numbers, read and written: 8e6 B at 100 GB/s.
  EXPECT_NEAR(law.formula(softmax(1000, 1000)).value(), 1e-6 + 8e-5, 1e-12);
  EXPECT_NEAR(law.formula(softmax(500, 2000)).value(), 1e-6 + 16e-5, 1e-12);
}

TEST(KernelLaws, PrefersLibrariesOfTrainingThatCoverTheQuery) {
  KernelLaws laws;
  laws.laws.push_back(simple_law(KernelKind::gemm));
  laws.laws.back().library = "tensorrt-llm";
  laws.laws.push_back(simple_law(KernelKind::gemm));
  laws.laws.back().library = "transformer-engine";
  laws.laws.back().least_flops = Flops(1e9);
  EXPECT_EQ(laws.find(product(1000, 1000, 1000), Precision::fp32)->library, "transformer-engine");
  EXPECT_EQ(laws.find(product(100, 100, 100), Precision::fp32)->library, "tensorrt-llm");
  EXPECT_EQ(laws.find(product(100, 100, 100), Precision::fp8), nullptr);
  EXPECT_FALSE(laws.time(product(100, 100, 100), Precision::fp8).has_value());
}

constexpr const char* kProfile = R"({
  "name": "x", "peak": {"fp32": "1 TFLOP/s"}, "processors": 10, "memory_bandwidth": "100 GB/s",
  "memory_capacity": "8 GiB", "launch_overhead": "5 us", "host_link_bandwidth": "10 GB/s",
  "utilisation": {"matrix": 0.8, "memory": 0.7}, "compute_cv": 0.01, "device_cv": 0,
  "kernels": {"laws": [{"kind": "gemm", "precision": "fp32", "library": "cublas",
    "parameters": {"rate": "1 TFLOP/s", "bandwidth": "100 GB/s", "launch": "1 us"},
    "direction": {"forward": 1}, "spread": {"small": [-0.1, 0.1], "large": [-0.1, 0.1]},
    "measured": {"rows": 9, "least_flop": 1, "most_flop": 1e12}, "source": "made up",
    "residuals": {"width": 0.5, "weight": 1, "shapes": [0, 8, 8, 8, 1, 0, 100]}}]}})";

std::string message(const std::string& setting) {
  JsonDocument document = JsonDocument::parse_text(kProfile, "x.json");
  if (!setting.empty()) document.set(setting);
  try {
    read_device_profile(document.root());
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(KernelLaws, AreReadStrictly) {
  EXPECT_EQ(message(""), "accepted");
  EXPECT_NE(message("kernels=\"no_such_file.json\"").find("is not a file"), std::string::npos);
  EXPECT_NE(message("kernels.lawz=[]").find("lawz"), std::string::npos);
  EXPECT_NE(message(R"(kernels.laws=[{"kind": "gem"}])").find("gemm"), std::string::npos);
  const DeviceProfile device =
      read_device_profile(JsonDocument::parse_text(kProfile, "x.json").root());
  ASSERT_TRUE(device.kernels);
  EXPECT_EQ(device.kernels->laws[0].processors, 10);
  EXPECT_TRUE(device.kernel_time(product(8, 8, 8), Precision::fp32).has_value());
  EXPECT_FALSE(device.kernel_time(product(8, 8, 8), Precision::fp8).has_value());
}

TEST(KernelLaws, MoreWorkIsNotFasterByMuch) {
  // Rates of shipped laws stay below the data sheet, and four times the work takes longer.
  for (const std::string& name : test::shipped_devices()) {
    const DeviceProfile device = test::shipped_device(name);
    if (!device.kernels) continue;
    for (const KernelLaw& law : device.kernels->laws) {
      if (law.kind != KernelKind::gemm) continue;
      const KernelQuery small = product(4096, 4096, 4096), large = product(8192, 8192, 4096);
      EXPECT_LT(law.time(small).p50, law.time(large).p50) << name << " " << law.library;
      const FlopRate reached = flops(large) / law.time(large).p50;
      const auto& peak = device.peak[static_cast<std::size_t>(law.precision)];
      EXPECT_TRUE(!peak || reached < *peak * 1.1) << name << " " << law.library;
      EXPECT_LE(law.time(small).p10, law.time(small).p90);
    }
  }
}

}  // namespace
}  // namespace rehearse
