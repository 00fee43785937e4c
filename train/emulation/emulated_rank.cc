#include "train/emulation/emulated_rank.h"

#include <algorithm>

#include "base/contract.h"
#include "kernels/backend.h"
#include "runtime/optimizers/task_factors.h"

namespace rehearse {
namespace {

void assign(Tensor to, const std::vector<float>& from) { std::ranges::copy(from, to.floats()); }

std::vector<float> values_of(const Tensor& tensor) {
  return {tensor.values().begin(), tensor.values().end()};
}

}  // namespace

EmulatedRank::EmulatedRank(EmulatedShared& shared, int rank, OptimizerOptions rule)
    : shared_(shared),
      rank_(rank),
      rule_(std::move(rule)),
      parameters_(shared.initial),
      gradients_(shared.initial.size()),
      statistics_(shared.statistics) {}

ModelTensors EmulatedRank::tensors() {
  ModelTensors all{tensor_of(parameters_), tensor_of(gradients_)};
  all.allocate = [this](std::int64_t elements) {
    allocated_.push_back(std::make_unique<std::vector<float>>(static_cast<std::size_t>(elements)));
    return tensor_of(*allocated_.back());
  };
  return all;
}

void EmulatedRank::launch(const Task& task) {
  switch (task.pass) {
    case Pass::forward:
      if (!working_) start_gradient();
      return;
    case Pass::update:
      finish();
      update(task);
      return;
    default:
      return;
  }
}

void EmulatedRank::start_gradient() {
  working_ = true;
  read_ = parameters_;
  work_.body = [this, step = step_](Executor& net) {
    assign(net.parameters(), read_);
    assign(net.statistics(), statistics_);
    const auto pixels = static_cast<std::size_t>(shared_.data->shape().elements());
    std::vector<std::int64_t> samples(static_cast<std::size_t>(shared_.batch));
    std::vector<float> images(samples.size() * pixels);
    const auto own = static_cast<std::size_t>(shared_.data->labels());
    std::vector<std::int32_t> labels(samples.size() * own);
    shared_.order->batch(rank_, step, samples);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      shared_.data->read(samples[i], std::span(images).subspan(i * pixels, pixels),
                         std::span(labels).subspan(i * own, own));
    }
    net.load(images, labels);
    net.set_dropout_stream(static_cast<std::uint64_t>(step) *
                               static_cast<std::uint64_t>(shared_.workers) +
                           static_cast<std::uint64_t>(rank_));
    const std::size_t layers = net.model().layers().size();
    for (std::size_t layer = 1; layer < layers; ++layer) net.forward(layer);
    new_loss_ = net.loss();
    for (std::size_t layer = layers - 1; layer >= 1; --layer) net.backward(layer);
    std::ranges::copy(net.gradients().values(), gradients_.begin());
    new_statistics_ = values_of(net.statistics());
  };
  shared_.threads->start(work_);
}

void EmulatedRank::finish() {
  if (!working_) return;
  shared_.threads->wait(work_);
  working_ = false;
  statistics_.swap(new_statistics_);
  loss_ = new_loss_;
}

void EmulatedRank::update(const Task& task) {
  if (!optimizer_) {
    optimizer_ = cpu_backend().make_optimizer(rule_, optimizer_tensors(*shared_.model), 1);
  }
  const Tensor gradients = task.gradients.elements > 0 ? task.gradients : tensor_of(gradients_);
  optimizer_->update(tensor_of(parameters_), gradients,
                     task_factors(task, *shared_.rate, step_, velocity_holds_rate(rule_)),
                     task.range.begin, task.range.end);
}

}  // namespace rehearse
