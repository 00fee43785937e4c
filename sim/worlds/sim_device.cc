#include "sim/worlds/sim_device.h"

#include <algorithm>
#include <utility>

#include "base/contract.h"
#include "sim/engine/core.h"
#include "sim/engine/engine_time.h"

namespace rehearse {

const TaskCost& TaskCosts::of(const Task& task) const {
  if (task.pass == Pass::input) return input;
  if (task.pass == Pass::update) return update;
  if (task.pass == Pass::backward_input) return backward_input[task.layer];
  if (task.pass == Pass::backward_weights) return backward_weights[task.layer];
  return (task.pass == Pass::forward ? forward : backward)[task.layer];
}

Duration TaskCosts::of(const Arithmetic& arithmetic) const {
  return memory > Bandwidth(0) ? arithmetic.traffic * traffic_scale / memory : Duration(0);
}

double TaskCosts::share_of(const Task& task) const {
  if (task.pass != Pass::update) return task.share;
  if (task.range.size() == parameters || parameters == 0) return 1;
  return static_cast<double>(task.range.size()) / static_cast<double>(parameters);
}

SimDevice::SimDevice(int rank, const TaskCosts& costs, const StepNoise& noise, HostClock& host,
                     Computation* computation)
    : rank_(rank), costs_(costs), noise_(noise), host_(host), computation_(computation) {}

void SimDevice::begin_step(std::int64_t step) {
  step_ = step;
  if (computation_ != nullptr) computation_->begin_step(step);
}

Event SimDevice::receive_batch() {
  host_.synchronise();
  if (!input_) {
    // Readers outlive the device.
    const auto read = [&costs = costs_, &noise = noise_, rank = rank_](std::int64_t step) {
      if (costs.shares_core) {
        run_on_core(costs.input.device * noise.compute(rank, step));
      } else {
        sleep_for(costs.input.device);
      }
    };
    input_.emplace(costs_.readers, read);
  }
  const Duration begin = host_.now();
  input_->next();
  free_ = std::max(free_, host_.now());
  if (observer) observer(step_, {Pass::input, 0}, begin, free_);
  return {free_.value()};
}

Event SimDevice::launch(const Task& task) {
  if (computation_ != nullptr) {
    host_.synchronise();  // to the virtual moment of the weights
    computation_->launch(task);
  }
  if (task.pass == Pass::input && costs_.readers > 0) return receive_batch();
  const TaskCost& cost = costs_.of(task);
  const Duration runs = cost.device * (step_factor() * costs_.share_of(task));
  const Duration begin =
      costs_.shares_core ? run_on_shared_core(cost.host + runs) : run_on_stream(cost.host, runs);
  if (observer) observer(step_, task, begin, free_);
  return {free_.value()};
}

void SimDevice::calculate(const Arithmetic& arithmetic) {
  if (computation_ == nullptr) return;
  computation_->finish();
  arithmetic.work();
}

Event SimDevice::compute(const Arithmetic& arithmetic) {
  if (computation_ != nullptr) host_.synchronise();
  calculate(arithmetic);
  const Duration runs = time_of(arithmetic);
  if (costs_.shares_core) {
    run_on_shared_core(costs_.launch + runs);
  } else {
    run_on_stream(costs_.launch, runs);
  }
  return {free_.value()};
}

Duration SimDevice::time_of(const Arithmetic& arithmetic) {
  return costs_.of(arithmetic) * step_factor();
}

double SimDevice::step_factor() {
  if (factor_step_ != step_) {
    factor_step_ = step_;
    factor_ = noise_.compute(rank_, step_);
  }
  return factor_;
}

Duration SimDevice::run_on_stream(Duration host, Duration runs) {
  const Duration now = host_.now();
  host_.sleep_until(now + host);
  const Duration begin = std::max(free_, now + host);
  free_ = begin + runs;
  busy_ += runs;
  return begin;
}

Duration SimDevice::run_on_shared_core(Duration work) {
  host_.synchronise();
  const Duration begin = host_.now();
  interrupted_ = Duration(0);
  run_on_core(work);
  while (*interrupted_ > Duration(0)) run_on_core(std::exchange(*interrupted_, Duration(0)));
  interrupted_.reset();
  free_ = host_.now();
  busy_ += free_ - begin;
  return begin;
}

void SimDevice::interrupt(Duration work) {
  if (interrupted_) *interrupted_ += work;
}

void SimDevice::wait(Event event) {
  host_.sleep_until(Duration(event.ticket));
  if (computation_ == nullptr) return;
  host_.synchronise();  // others may begin their work meanwhile
  finish_numbers();
}

void SimDevice::finish_numbers() {
  if (computation_ != nullptr) computation_->finish();
}

bool SimDevice::happened(Event event) { return Duration(event.ticket) <= host_.now(); }

void DeviceEvents::begin_step(std::int64_t) { EXPECTS(!"steps are begun by the main task"); }

Event DeviceEvents::launch(const Task&) {
  EXPECTS(!"tasks are launched by the main task");
  return {};
}

Event DeviceEvents::compute(const Arithmetic& arithmetic) {
  device_.calculate(arithmetic);
  const Duration runs = device_.time_of(arithmetic);
  device_.shares_core() ? run_on_core(runs) : sleep_for(runs);
  return {engine_.now().value()};
}

bool DeviceEvents::happened(Event event) { return Duration(event.ticket) <= engine_.now(); }

void DeviceEvents::wait(Event event) {
  engine_.sleep_until(Duration(event.ticket));
  device_.finish_numbers();
}

}  // namespace rehearse
