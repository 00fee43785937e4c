// A device of real worlds that computes inside launch: a task is over when launch returns.
// Subclasses do the arithmetic.
#pragma once

#include <functional>
#include <memory>

#include "runtime/world/device.h"

namespace rehearse {

class InlineDevice : public Device {
 public:
  void begin_step(std::int64_t) override {}
  Event launch(const Task& task) final;
  Event compute(const Arithmetic& arithmetic) final;
  void wait(Event) final {}
  bool happened(Event) final { return true; }
  Duration busy() final { return busy_; }

 protected:
  // Does the work of the task and returns when it is done.
  virtual void perform(const Task& task) = 0;

 private:
  // Runs what `work` does and counts its time.
  Event timed(const std::function<void()>& work);

  Duration busy_;
  std::int64_t launched_ = 0;
};

// One whose work is a function; an empty one does nothing.
std::unique_ptr<Device> make_inline_device(std::function<void(const Task&)> perform = {});

}  // namespace rehearse
