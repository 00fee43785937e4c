#include "kernels/devices/fixed_work.h"

#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "kernels/cpu/cpu_executor.h"

namespace rehearse {
namespace {

constexpr std::int64_t kBatch = 4;
constexpr std::uint64_t kSeed = 1;

Model network() {
  ModelBuilder build("fixed_work");
  std::size_t x = build.input({64, 56, 56});
  const auto layer = [&](LayerSpec spec) {
    spec.inputs = {x};
    x = build.add(std::move(spec));
  };
  layer({.name = "convolution",
         .kind = LayerKind::convolution,
         .features = 64,
         .window = Window::square(3, 1, 1),
         .bias = false});
  layer({.name = "norm", .kind = LayerKind::batch_norm});
  layer({.name = "relu", .kind = LayerKind::relu});
  layer({.name = "average", .kind = LayerKind::global_average_pool});
  layer({.name = "scores", .kind = LayerKind::dense, .features = 10});
  return std::move(build).finish();
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

FixedWork::FixedWork(int threads, std::function<double()> seconds)
    : net_(make_cpu_executor(network(), {.batch = kBatch, .threads = threads})),
      seconds_(seconds ? std::move(seconds) : steady_seconds) {
  net_->import_parameters(initial_parameters(net_->model(), kSeed));
  const std::int64_t elements = kBatch * net_->model().input_shape().elements();
  const std::vector<float> images(static_cast<std::size_t>(elements), 0.5F);
  net_->load(images, std::vector<std::int32_t>(kBatch, 1));
}

FixedWork::~FixedWork() = default;

void FixedWork::step() {
  const std::size_t layers = net_->model().layers().size();
  for (std::size_t i = 1; i < layers; ++i) net_->forward(i);
  for (std::size_t i = layers - 1; i >= 1; --i) net_->backward(i);
}

Duration FixedWork::time() {
  if (!std::exchange(warm_, true)) step();
  const double begin = seconds_();
  step();
  return Duration(seconds_() - begin);
}

}  // namespace rehearse
