// A device of real worlds that works inside launch. On the CPU a task is over when launch returns;
// on an accelerator its kernels are then on the stream of the backend, and events are marks on it.
// Subclasses do the arithmetic.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>

#include "kernels/stream_mark.h"
#include "runtime/world/device.h"

namespace rehearse {

class InlineDevice : public Device {
 public:
  void begin_step(std::int64_t) override {}
  Event launch(const Task& task) final;
  Event compute(const Arithmetic& arithmetic) final;
  void wait(Event event) final;
  bool happened(Event event) final;
  // Of accelerators: the time that launching took.
  Duration busy() final { return busy_; }

 protected:
  // Does the work of the task and returns when it is done, or launched.
  virtual void perform(const Task& task) = 0;
  // Behind what was launched last; null: it is done.
  virtual std::unique_ptr<StreamMark> mark() { return nullptr; }

 private:
  struct Marked {
    std::int64_t ticket;
    std::shared_ptr<StreamMark> mark;
  };

  // Runs what `work` does and counts its time.
  Event timed(const std::function<void()>& work);
  // Null: it has passed, and may be forgotten.
  std::shared_ptr<StreamMark> mark_of(Event event);

  Duration busy_;
  std::int64_t launched_ = 0;
  std::mutex mutex_;  // of the marks, which background tasks look at
  std::deque<Marked> marks_;
};

// One whose work is a function; an empty one does nothing.
std::unique_ptr<Device> make_inline_device(std::function<void(const Task&)> perform = {});

}  // namespace rehearse
