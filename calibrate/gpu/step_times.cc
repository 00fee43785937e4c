#include "calibrate/gpu/step_times.h"

#include <chrono>
#include <vector>

#include "base/contract.h"
#include "base/stats.h"
#include "kernels/devices/cost_model.h"

namespace rehearse {
namespace {

constexpr int kGroup = 5;  // steps for which the host waits once
constexpr std::size_t kFewest = 3;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Trainer {
 public:
  Trainer(const Backend& backend, const StepJob& job)
      : layers_(job.model->layers().size()),
        net_(backend.make_executor(*job.model, {.batch = job.batch, .precision = job.precision})),
        optimizer_(backend.make_optimizer(job.optimizer, optimizer_tensors(*job.model))) {
    net_->import_parameters(initial_parameters(*job.model, 1));
    const auto inputs = static_cast<std::size_t>(job.batch * job.model->input_shape().elements());
    const bool tokens = job.model->tokens_per_sample() > 0;
    std::vector<float> images(inputs);
    std::vector<std::int32_t> labels(
        static_cast<std::size_t>(job.batch * labels_per_sample(*job.model)));
    for (std::size_t i = 0; i < images.size(); ++i) {
      images[i] = tokens ? static_cast<float>(label(i, job)) : unpatterned(i);
    }
    for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = label(i + 1, job);
    net_->load(images, labels);
  }

  // Of so many steps; returns when they are complete.
  double run(int steps) {
    const double begin = seconds_now();
    for (int i = 0; i < steps; ++i) step();
    loss_ = net_->loss();
    return seconds_now() - begin;
  }

  [[nodiscard]] double loss() const { return loss_; }
  [[nodiscard]] Bytes memory() const { return Bytes(static_cast<double>(net_->allocated_bytes())); }

 private:
  static std::int32_t label(std::size_t i, const StepJob& job) {
    const auto hash = static_cast<std::uint32_t>(i) * 2654435761U;  // Knuth's multiplicative hash
    return static_cast<std::int32_t>(hash % static_cast<std::uint32_t>(job.model->classes()));
  }

  void step() {
    for (std::size_t layer = 1; layer < layers_; ++layer) net_->forward(layer);
    for (std::size_t layer = layers_ - 1; layer >= 1; --layer) net_->backward(layer);
    optimizer_->step(net_->parameters(), net_->gradients(), {.lr = 1e-4});
  }

  const std::size_t layers_;
  const std::unique_ptr<Executor> net_;
  const std::unique_ptr<Optimizer> optimizer_;
  double loss_ = 0;
};

}  // namespace

StepTimes time_steps(const Backend& backend, const StepJob& job, Duration budget) {
  EXPECTS(job.model != nullptr && job.batch >= 1);
  Trainer trainer(backend, job);
  const double begin = seconds_now();
  StepTimes times;
  trainer.run(1);
  times.first_loss = trainer.loss();
  trainer.run(kGroup);
  std::vector<double> each;
  while (each.size() < kFewest || seconds_now() - begin < budget.value()) {
    each.push_back(trainer.run(kGroup) / kGroup);
  }
  times.p10 = Duration(quantile(each, 0.1));
  times.p50 = Duration(quantile(each, 0.5));
  times.p90 = Duration(quantile(each, 0.9));
  times.steps = kGroup * static_cast<int>(each.size());
  times.last_loss = trainer.loss();
  times.memory = trainer.memory();
  return times;
}

Duration predicted_step(const DeviceProfile& device, const StepJob& job) {
  EXPECTS(job.model != nullptr && job.batch >= 1);
  const CostModel cost(device);
  const Bytes update = optimizer_traffic(job.optimizer, job.model->parameter_count());
  return compute_time(cost, *job.model, job.batch, job.precision) + cost.stream_time(update);
}

}  // namespace rehearse
