// Calibration of a GPU, with timers that only pretend.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "base/error.h"
#include "base/json_reader.h"
#include "calibrate/gpu/gpu_collectives.h"
#include "calibrate/gpu/gpu_kernels.h"
#include "calibrate/gpu/gpu_profile.h"
#include "calibrate/gpu/gpu_state.h"
#include "calibrate/gpu/kernel_table_text.h"
#include "calibrate/gpu/step_times.h"
#include "calibrate/importers/benchmark_log.h"
#include "kernels/devices/kernel_law.h"
#include "kernels/devices/kernel_table.h"
#include "kernels/models/model.h"
#include "runtime/worlds/memory_world.h"

namespace rehearse {
namespace {

// 2 us and then 100 TFLOP/s or 1 TB/s, whichever takes longer; tf32 at half the rate.
class FakeTimer : public KernelTimer {
 public:
  [[nodiscard]] const TimedDevice& device() const override { return device_; }
  [[nodiscard]] std::string library(KernelKind kind) const override {
    return kind == KernelKind::gemm ? "cublas" : "cudnn";
  }
  std::optional<KernelTimes> time(const KernelQuery& query, Precision precision) override {
    if (broken) throw Error::environment("cannot multiply matrices", "the GPU is broken");
    if (precision == Precision::fp16) return std::nullopt;
    const FlopRate rate(precision == Precision::tf32 ? 50e12 : 100e12);
    const bool computes = query.kind() == KernelKind::gemm ||
                          query.kind() == KernelKind::convolution ||
                          query.kind() == KernelKind::attention;
    const Duration compute = computes ? flops(query) / rate : Duration(0);
    const Duration time =
        Duration(2e-6) + std::max(compute, traffic(query, precision) / Bandwidth(1e12));
    return KernelTimes{.warm = time, .cold = 2 * time, .spread = 0.01};
  }
  void keep_busy(const KernelQuery&, Precision, const std::function<bool()>& goes_on) override {
    while (goes_on()) std::this_thread::yield();
  }
  Duration copy(MemorySpace from, MemorySpace to, Bytes bytes) override {
    return bytes / Bandwidth(from == to ? 5e11 : from == MemorySpace::host ? 4e10 : 5e10);
  }
  Duration launch_gap() override { return Duration(2e-6); }

  bool broken = false;

 private:
  TimedDevice device_{.name = "NVIDIA H100 80GB HBM3",
                      .bus = "0000:1b:00.0",
                      .capability = 90,
                      .processors = 132,
                      .memory = Bytes(80e9),
                      .cache = Bytes(50e6),
                      .libraries = "CUDA 13.0, cuDNN 9.19"};
};

std::optional<GpuState> pretended_state() {
  return parse_gpu_state("570.86.15, 1755, 1980, 612.31, 700.00, 61\n");
}

GpuMeasurements pretended(const std::vector<GridKernel>& grid) {
  FakeTimer timer;
  return measure_gpu(timer, grid, {.budget = Duration(2), .state = pretended_state});
}

TEST(GpuState, ReadsWhatTheDriverSays) {
  const GpuState state = *pretended_state();
  EXPECT_EQ(state.driver, "570.86.15");
  EXPECT_EQ(state.clock_mhz, 1755);
  EXPECT_EQ(state.limit_watts, 700);
  EXPECT_EQ(to_text(state), "1755 of 1980 MHz, 612 of 700 W, 61.0 C");
  EXPECT_EQ(parse_gpu_state("570.86.15, 1755, 1980, [N/A], [N/A], 61")->power_watts, 0);
  EXPECT_FALSE(parse_gpu_state("No devices were found"));
}

// A window fits (side + 2 padding - kernel) / stride + 1 times into a side, and traffic of all
// kernels is a part of the 16 GiB of the smallest GPU that trains.
TEST(KernelGrid, ConvolutionsAreThoseOfImages) {
  int convolutions = 0;
  for (const GridKernel& kernel : kernel_grid()) {
    EXPECT_LT(traffic(kernel.query, kernel.precision), Bytes(16.0 * (1 << 30)));
    const auto* shape = std::get_if<ConvolutionShape>(&kernel.query.shape);
    if (shape == nullptr) continue;
    ++convolutions;
    EXPECT_EQ(shape->p, std::floor((shape->h + 2 * shape->pad_h - shape->r) / shape->stride_h) + 1);
    EXPECT_EQ(shape->q, std::floor((shape->w + 2 * shape->pad_w - shape->s) / shape->stride_w) + 1);
  }
  // Two precisions, two batches, 20 layers, three directions but for the layer that reads images.
  EXPECT_EQ(convolutions, 2 * 2 * (20 * 3 - 1));
}

TEST(KernelTableText, IsReadAsItWasMeasured) {
  const GpuMeasurements measured = pretended(kernel_grid());
  EXPECT_EQ(measured.rows.size(), kernel_grid().size());
  EXPECT_EQ(measured.not_reached, 0);
  const std::string text = kernel_table_text(measured);
  EXPECT_TRUE(is_kernel_table(text));
  // As in published tables, so that the same shapes are held out.
  EXPECT_NE(text.find(",bf16,cublas,8192,8192,8192,1,T,N,"), std::string::npos);
  const KernelTable table = parse_kernel_table(text, "table");
  EXPECT_EQ(table.left_out, 0);
  EXPECT_EQ(table.devices(), std::vector<std::string>{"h100-80gb-hbm3"});
  ASSERT_EQ(table.rows.size(), measured.rows.size());
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const KernelRow& read = table.rows[i];
    const TimedRow& row = measured.rows[i];
    EXPECT_EQ(read.precision, row.kernel.precision);
    EXPECT_EQ(read.library, row.library);
    EXPECT_EQ(read.query.direction, row.kernel.query.direction);
    EXPECT_EQ(flops(read.query), flops(row.kernel.query));
    EXPECT_EQ(traffic(read.query, read.precision), traffic(row.kernel.query, read.precision));
    EXPECT_NEAR(read.time / row.times.warm, 1, 1e-5);
  }
  EXPECT_EQ(table.rows.front().source,
            "NVIDIA H100 80GB HBM3, CUDA 13.0, cuDNN 9.19, driver 570.86.15; under load 1755 of "
            "1980 MHz, 612 of 700 W, 61.0 C");
}

// Fitted to the first 20 products of each precision.
DeviceProfile pretended_profile() {
  constexpr std::size_t kProducts = 40;
  std::vector<GridKernel> products = kernel_grid();
  std::erase_if(products,
                [](const GridKernel& kernel) { return kernel.query.kind() != KernelKind::gemm; });
  products.resize(kProducts);
  const std::string text = gpu_profile(pretended(products), "my_gpu");
  return read_device_profile(JsonDocument::parse_text(text, "profile").root());
}

TEST(GpuProfile, HasTheRatesThatWereMeasured) {
  const DeviceProfile device = pretended_profile();
  EXPECT_EQ(device.name, "my_gpu");
  EXPECT_EQ(device.architecture, DeviceArchitecture::hopper);
  EXPECT_EQ(device.processors, 132);
  EXPECT_EQ(device.power_watts, 700);
  // The largest product is 2 * 8192^3 = 1.0995e12 FLOP: 2 us + 10.995 ms, 99.98 TFLOP/s, to three
  // digits 100.
  EXPECT_NEAR(device.peak_rate(Precision::bf16) / FlopRate(100e12), 1, 1e-9);
  EXPECT_NEAR(device.peak_rate(Precision::tf32) / FlopRate(50e12), 1, 1e-9);
  // Copies within the device move 0.5 TB/s, which are read and written.
  EXPECT_NEAR(device.memory_bandwidth / Bandwidth(1e12), 1, 1e-9);
  EXPECT_NEAR(device.host_link_bandwidth / Bandwidth(4e10), 1, 1e-9);
  // A law says of a product that it has not seen what the timer does: 2 * 3000^3 = 54 GFLOP take
  // 540 us and 2 us.
  const KernelQuery product{.shape = ProductShape{.m = 3000, .n = 3000, .k = 3000}};
  const auto time = device.kernel_time(product, Precision::bf16);
  ASSERT_TRUE(time);
  EXPECT_NEAR(time->p50 / Duration(542e-6), 1, 0.1);
}

TEST(MeasureGpu, BudgetAndFailuresAreTold) {
  FakeTimer timer;
  const std::vector<GridKernel> grid = kernel_grid();
  // The budget is over at the first look: nothing is measured.
  EXPECT_THROW(measure_gpu(timer, grid, {.budget = Duration(0)}), Error);
  std::vector<GridKernel> unknown{grid[0], grid[0], grid[0]};
  unknown[1].precision = Precision::fp16;
  const GpuMeasurements found = measure_gpu(timer, unknown, {.budget = Duration(1)});
  EXPECT_EQ(found.rows.size(), 2U);
  EXPECT_EQ(found.not_computed, 1);
  EXPECT_FALSE(found.sustained);
  EXPECT_EQ(found.cv, 0);  // the pretended product always takes the same
}

// What is measured is read as nccl-tests' own: sizes grow from 1 KiB by four, up to 16 KiB.
TEST(GpuCollectives, AreALogThatIsImported) {
  NcclLog log{.hosts = {"a", "a"}, .device = "NVIDIA H100", .version = "2.28", .collectives = {}};
  run_in_memory(2, {}, [&](World& world) {
    const auto found = measure_gpu_collectives(world, cpu_backend(),
                                               {.budget = Duration(20),
                                                .largest = Bytes(16384),
                                                .fewest_repetitions = 2,
                                                .most_repetitions = 3});
    if (world.transport().rank() == 0) log.collectives = found;
  });
  const std::vector<BenchmarkTable> tables = read_benchmarks(nccl_log(log), "log");
  ASSERT_EQ(tables.size(), 5U);
  const Operation operations[] = {Operation::all_reduce, Operation::all_gather,
                                  Operation::reduce_scatter, Operation::broadcast,
                                  Operation::all_to_all};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const BenchmarkTable& table = tables[i];
    EXPECT_EQ(table.operation, operations[i]);
    EXPECT_EQ(table.ranks, 2);
    EXPECT_EQ(table.ranks_per_node, 2);
    EXPECT_EQ(table.device, "NVIDIA H100");
    EXPECT_EQ(table.library_version, "2.28");
    ASSERT_EQ(table.points.size(), 3U);
    EXPECT_EQ(table.points[0].size, Bytes(1024));
    EXPECT_EQ(table.points[2].size, Bytes(16384));
    const double expected = log.collectives[i].times[2].median.value();
    EXPECT_NEAR(table.points[2].time.value() / expected, 1, 1e-4);
  }
}

Model two_layers() {
  ModelBuilder build("two_layers");
  std::size_t x = build.input({8, 1, 1});
  x = build.add({.name = "wide", .kind = LayerKind::dense, .inputs = {x}, .features = 32});
  build.add({.name = "scores", .kind = LayerKind::dense, .inputs = {x}, .features = 10});
  return std::move(build).finish();
}

TEST(StepTimes, OfTheBackendOfCores) {
  const Model model = two_layers();
  const StepTimes times = time_steps(cpu_backend(), {.model = &model, .batch = 4}, Duration(0));
  EXPECT_EQ(times.steps, 15);  // three groups of five
  EXPECT_GT(times.p10, Duration(0));
  EXPECT_LE(times.p10, times.p50);
  EXPECT_LE(times.p50, times.p90);
  EXPECT_LT(times.last_loss, times.first_loss);  // one batch again and again
}

// Momentum is read and written: two passes of 4 B over 8*32+32 + 32*10+10 = 618 parameters, at the
// 1 TB/s of the profile.
TEST(StepTimes, MomentumCostsTwoPassesOverMemory) {
  const Model model = two_layers();
  const DeviceProfile device = pretended_profile();
  const StepJob with{.model = &model, .precision = Precision::tf32};
  StepJob without = with;
  without.optimizer.momentum = 0;
  const Duration more = predicted_step(device, with) - predicted_step(device, without);
  EXPECT_NEAR(more.value(), 2 * 4 * 618 / 1e12, 1e-15);
}

}  // namespace
}  // namespace rehearse
