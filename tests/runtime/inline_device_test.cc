// A device whose tasks are on a stream: its events happen when the stream has come to them.
#include "runtime/worlds/inline_device.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace rehearse {
namespace {

// A stream that has done so many of its tasks.
class SlowDevice : public InlineDevice {
 public:
  std::atomic<int> done = 0;

 protected:
  void perform(const Task&) override {}
  std::unique_ptr<StreamMark> mark() override { return std::make_unique<Mark>(done, ++launched_); }

 private:
  class Mark : public StreamMark {
   public:
    Mark(const std::atomic<int>& done, int number) : done_(done), number_(number) {}
    bool passed() override { return done_ >= number_; }
    void wait() override {
      while (!passed()) std::this_thread::yield();
    }

   private:
    const std::atomic<int>& done_;
    int number_;
  };

  int launched_ = 0;
};

TEST(InlineDevice, EventsHappenWhenTheStreamHasComeToThem) {
  SlowDevice device;
  const Event first = device.launch({Pass::forward, 1});
  const Event second = device.launch({Pass::backward, 1});
  const Event third = device.compute({"copy", Bytes(0)});
  EXPECT_FALSE(device.happened(first));
  device.done = 1;
  EXPECT_TRUE(device.happened(first));
  EXPECT_FALSE(device.happened(second) || device.happened(third));
  std::thread other([&] { device.wait(second); });
  device.done = 2;
  other.join();
  EXPECT_FALSE(device.happened(third));
  device.done = 3;
  const Event last = device.launch({Pass::update});
  EXPECT_TRUE(device.happened(first) && device.happened(third));  // of marks that are forgotten
  EXPECT_FALSE(device.happened(last));
}

TEST(InlineDevice, WithoutAStreamTasksAreDoneWhenTheyAreLaunched) {
  const auto device = make_inline_device();
  const Event event = device->launch({Pass::forward, 1});
  EXPECT_TRUE(device->happened(event));
  device->wait(event);
}

}  // namespace
}  // namespace rehearse
