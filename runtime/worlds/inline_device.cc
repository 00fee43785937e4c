#include "runtime/worlds/inline_device.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace rehearse {
namespace {

class FunctionDevice : public InlineDevice {
 public:
  explicit FunctionDevice(std::function<void(const Task&)> work) : work_(std::move(work)) {}

 protected:
  void perform(const Task& task) override {
    if (work_) work_(task);
  }

 private:
  std::function<void(const Task&)> work_;
};

}  // namespace

Event InlineDevice::launch(const Task& task) {
  return timed([&] { perform(task); });
}

Event InlineDevice::compute(const Arithmetic& arithmetic) { return timed(arithmetic.work); }

Event InlineDevice::timed(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  if (work) work();
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  busy_ += Duration(time.count());
  ++launched_;
  if (std::shared_ptr<StreamMark> behind = mark()) {
    const std::lock_guard lock(mutex_);
    while (!marks_.empty() && marks_.front().mark->passed()) marks_.pop_front();
    marks_.push_back({launched_, std::move(behind)});
  }
  return {static_cast<double>(launched_)};
}

std::shared_ptr<StreamMark> InlineDevice::mark_of(Event event) {
  const std::lock_guard lock(mutex_);
  const auto place = std::ranges::find_if(
      marks_, [&](const Marked& one) { return static_cast<double>(one.ticket) == event.ticket; });
  return place == marks_.end() ? nullptr : place->mark;
}

void InlineDevice::wait(Event event) {
  if (const auto until = mark_of(event)) until->wait();
}

bool InlineDevice::happened(Event event) {
  const auto until = mark_of(event);
  return until == nullptr || until->passed();
}

std::unique_ptr<Device> make_inline_device(std::function<void(const Task&)> perform) {
  return std::make_unique<FunctionDevice>(std::move(perform));
}

}  // namespace rehearse
