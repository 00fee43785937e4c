#include "calibrate/fits/kernel_fit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "base/json_reader.h"
#include "calibrate/fits/kernel_file.h"
#include "calibrate/fits/kernel_judgement.h"
#include "kernels/devices/kernel_table.h"

namespace rehearse {
namespace {

// NVIDIA T4: 65 TFLOP/s in fp16, 320 GB/s, 40 multiprocessors.
DeviceFacts t4() {
  DeviceFacts facts{.processors = 40, .is_cpu = false, .peak = {}, .memory_bandwidth = {}};
  facts.peak[static_cast<std::size_t>(Precision::fp16)] = FlopRate(65e12);
  facts.memory_bandwidth = Bandwidth(320e9);
  return facts;
}

// 75 products of DeepBench (baidu-research/DeepBench, results of a T4), from the published table.
KernelTable measured() {
  return read_kernel_table(std::string(REHEARSE_SOURCE_DIR) + "/tests/calibrate/t4_products.csv");
}

TEST(KernelFit, FindsTheLawThatMadeTheTimes) {
  std::vector<KernelRow> rows;
  for (const double m : {512.0, 1000.0, 2048.0, 5000.0}) {
    for (const double n : {16.0, 128.0, 700.0, 4096.0}) {
      for (const double k : {256.0, 2048.0}) {
        KernelRow row;
        row.precision = Precision::fp16;
        row.library = "cublas";
        row.query = {.shape = ProductShape{.m = m, .n = n, .k = k}};
        // 40 TFLOP/s, 200 GB/s, 10 us.
        row.time = Duration(10e-6) + std::max(flops(row.query) / FlopRate(40e12),
                                              traffic(row.query, row.precision) / Bandwidth(200e9));
        rows.push_back(row);
      }
    }
  }
  DeviceFacts facts = t4();
  facts.processors = 0;  // so that only the plain roofline is tried
  const KernelLaw law = fit_kernel_law(rows, facts, false);
  // The fit rounds errors below 5 %.
  EXPECT_NEAR(law.rate.value(), 40e12, 2e12);
  EXPECT_NEAR(law.bandwidth.value(), 200e9, 10e9);
  EXPECT_NEAR(law.launch.value(), 10e-6, 0.5e-6);
  EXPECT_EQ(law.rows, 32);
}

TEST(KernelFit, JudgesProductsThatItHasNotSeen) {
  const KernelTable table = measured();
  const std::vector<KernelRow> rows = table.of("t4");
  ASSERT_EQ(rows.size(), 75U);
  const KernelFit fit = fit_kernels(rows, t4(), "test");
  ASSERT_EQ(fit.laws.laws.size(), 1U);
  EXPECT_TRUE(fit.laws.laws[0].residuals.empty()) << "fewer than 300 shapes";
  const std::vector<Judgement> judged = judge(fit.laws, rows, t4());
  ASSERT_EQ(judged.size(), 1U);
  ASSERT_TRUE(judged[0].large && judged[0].small);
  std::printf("large: %.1f %% / %.1f %%, small: %.1f %%, inside %.0f %%\n",
              100 * judged[0].large->median, 100 * judged[0].large->p90,
              100 * judged[0].small->median, 100 * judged[0].inside);
  EXPECT_LT(judged[0].large->median, 0.10);
  EXPECT_LT(judged[0].large->p90, 0.30);
  EXPECT_LT(judged[0].small->median, 0.15);
}

TEST(KernelFit, HeldOutRowsEnterNothing) {
  std::vector<KernelRow> rows = measured().of("t4");
  const std::string before = kernels_file(fit_kernels(rows, t4(), "test").laws, "t4");
  for (KernelRow& row : rows) {
    if (row.held_out) row.time = Duration(1);
  }
  EXPECT_EQ(kernels_file(fit_kernels(rows, t4(), "test").laws, "t4"), before);
}

TEST(KernelFit, FilesReadBack) {
  KernelFit fit = fit_kernels(measured().of("t4"), t4(), "test");
  KernelLaw& law = fit.laws.laws[0];
  const KernelQuery query{.shape = ProductShape{.m = 1000, .n = 900, .k = 800}};
  law.residuals = ResidualTable(KernelKind::gemm, {{query, 0.123}}, {0.3, 0.1});
  const std::string base = R"({"name": "t4", "peak": {"fp16": "65 TFLOP/s"}, "processors": 40,
    "memory_bandwidth": "320 GB/s", "memory_capacity": "16 GiB", "launch_overhead": "5 us",
    "host_link_bandwidth": "12 GB/s", "utilisation": {"matrix": 0.8, "memory": 0.7},
    "compute_cv": 0.01, "device_cv": 0, "provenance": []})";
  const std::string text =
      profile_with_kernels(JsonDocument::parse_text(base, "t4.json"), "mine", fit.laws, "a table");
  const DeviceProfile device =
      read_device_profile(JsonDocument::parse_text(text, "mine.json").root());
  EXPECT_EQ(device.name, "mine");
  EXPECT_NEAR(device.kernel_time(query, Precision::fp16)->p50 / law.time(query).p50, 1, 5e-3);
  EXPECT_EQ(device.kernels->laws[0].residuals.entries().size(), 1U);
}

}  // namespace
}  // namespace rehearse
