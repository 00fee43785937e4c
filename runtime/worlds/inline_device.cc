#include "runtime/worlds/inline_device.h"

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
  return {static_cast<double>(++launched_)};
}

std::unique_ptr<Device> make_inline_device(std::function<void(const Task&)> perform) {
  return std::make_unique<FunctionDevice>(std::move(perform));
}

}  // namespace rehearse
