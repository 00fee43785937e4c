#include "kernels/devices/thread_scaling.h"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/devices/device_profile.h"

namespace rehearse {
namespace {

// With 1 thread four times as long as with 8: each doubling is worth 4^(1/3).
TEST(ThreadScaling, LiesBetweenWhatWasMeasured) {
  const std::vector<ThreadSpeed> scaling{{1, 4}, {8, 1}};
  EXPECT_EQ(slower_with(scaling, 1), 4);
  EXPECT_EQ(slower_with(scaling, 8), 1);
  EXPECT_NEAR(slower_with(scaling, 2).value(), 4 / std::cbrt(4.0), 1e-12);
  EXPECT_FALSE(slower_with(scaling, 16));
  EXPECT_FALSE(slower_with({}, 1));
}

TEST(ThreadScaling, StretchesEveryKernel) {
  MeasuredDevice device;
  device.threads = 2;
  device.fixed_work_alone = Duration(1);
  device.update_alone = Bandwidth(10e9);
  device.scaling = {{1, 1.8}, {2, 1}};
  MeasuredLayer layer;
  layer.forward = {Duration(2), Duration(3)};
  device.layers.add("dense 4 -> 2", 1, layer);
  const MeasuredDevice one = at_threads(device, 1, 1.8);
  EXPECT_EQ(one.threads, 1);
  EXPECT_EQ(one.fixed_work_alone, Duration(1.8));
  EXPECT_DOUBLE_EQ(one.update_alone.value(), 10e9 / 1.8);
  EXPECT_EQ(one.layers.find("dense 4 -> 2", 1)->forward.alone, Duration(3.6));
  EXPECT_DOUBLE_EQ(one.layers.find("dense 4 -> 2", 1)->forward.busy.value(), 5.4);
  EXPECT_EQ(slower_with(one.scaling, 1), 1);
}

}  // namespace
}  // namespace rehearse
