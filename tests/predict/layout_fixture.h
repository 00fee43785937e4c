// Jobs with a layout on a device and exchanges of round numbers.
#pragma once

#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/models/zoo/transformer.h"
#include "predict/layout_job.h"
#include "scenarios/scenario.h"
#include "tests/kernels/devices.h"
#include "tests/predict/tiny.h"

namespace rehearse::test {

// 100 TFLOP/s; memory, vectors and launches take next to nothing, so that products alone count.
inline DeviceProfile product_device() {
  DeviceProfile device = ideal_device();
  device.peak[static_cast<std::size_t>(Precision::fp32)] = FlopRate(1e18);
  device.peak[static_cast<std::size_t>(Precision::bf16)] = FlopRate(100e12);
  device.memory_bandwidth = Bandwidth(1e18);
  device.launch_overhead = Duration(0);
  return device;
}

// Llama-like: 8 blocks of 512 features, 8 heads, 256 steps of 8 tokens.
inline zoo::TransformerConfig small_llama() {
  zoo::TransformerConfig config;
  config.name = "small";
  config.layers = 8;
  config.hidden = 512;
  config.vocabulary = 8;
  config.attention = {.heads = 8, .kv_heads = 8, .head_dim = 64, .value_dim = 64};
  config.ffn = 1024;
  return config;
}

// bf16, gradients in fp32, Adam. PyTorch: exchanges of the tensor axis are waited for.
inline Scenario layout_scenario(const zoo::TransformerConfig& config,
                                DeviceProfile device = product_device()) {
  Scenario scenario = read_scenario(JsonDocument::parse_text(tiny_scenario(), "tiny.json"));
  scenario.model = std::make_shared<const Model>(zoo::transformer(config, 256));
  scenario.device = std::move(device);
  scenario.precision = Precision::bf16;
  scenario.optimizer.slots = 2;
  scenario.framework = Framework::pytorch;
  scenario.gradient_bytes = scenario.stored_gradient_bytes = 4;
  return scenario;
}

// Nothing overlaps.
inline Layout layout_without_overlap() {
  Layout layout;
  layout.overlap.gradients = layout.overlap.parameters = false;
  return layout;
}

// Exchanges that take so long for each byte that a rank sends round a ring, the factor (n - 1) / n
// left out; all calls are noted.
class CountedExchanges final : public LayoutExchanges {
 public:
  struct Call {
    GridAxis axis;
    Operation operation;
    double bytes;
  };

  explicit CountedExchanges(const Layout& layout) : grid_(layout) {}

  ExchangeTime collective(GridAxis axis, Operation operation, Bytes bytes) override {
    if (size(axis) == 1) return {};
    calls.push_back({axis, operation, bytes.value()});
    const double passes = operation == Operation::all_reduce ? 2 : 1;
    return {passes * bytes.value() * seconds_per_byte[static_cast<std::size_t>(axis)], 0};
  }
  [[nodiscard]] int size(GridAxis axis) const override { return grid_.size(axis); }

  void slow(GridAxis axis, double by = 1) { seconds_per_byte[static_cast<std::size_t>(axis)] = by; }

  std::array<double, kGridAxes> seconds_per_byte{};
  std::vector<Call> calls;

 private:
  ProcessGrid grid_;
};

// A job and all that it borrows.
struct LayoutUnderTest {
  LayoutUnderTest(Scenario of, const Layout& layout,
                  const std::vector<std::pair<GridAxis, double>>& slow = {})
      : scenario(std::move(of)),
        cost(scenario.device),
        units(*scenario.model, cost, scenario.precision),
        exchanges(layout) {
    for (const auto& [axis, by] : slow) exchanges.slow(axis, by);
    job = std::make_unique<LayoutJob>(scenario, cost, units, layout, exchanges);
  }
  LayoutUnderTest(const LayoutUnderTest&) = delete;
  LayoutUnderTest& operator=(const LayoutUnderTest&) = delete;

  [[nodiscard]] LayoutContext context() { return {scenario, cost, job->layout(), exchanges}; }
  // Of a phase, s.
  [[nodiscard]] double phase(StepPhase phase) const { return job->step().parts[phase].value(); }
  [[nodiscard]] double seconds() const { return job->step().seconds; }
  [[nodiscard]] double memory(MemoryPart part) const { return job->memory()[part].value(); }

  Scenario scenario;
  CostModel cost;
  LayoutUnits units;
  CountedExchanges exchanges;
  std::unique_ptr<LayoutJob> job;
};

}  // namespace rehearse::test
