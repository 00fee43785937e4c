#include "calibrate/machine/machine_load.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

constexpr const char* kStat =
    "cpu  100 0 50 900 10 1 2 3 0 0\n"
    "cpu0 60 1 20 400 5 1 2 3 7 0\n"
    "cpu1 40 0 30 500 5 0 0 0 0 0\n"
    "cpu10 1000 0 0 0 0 0 0 0 0 0\n"
    "intr 99\n";

TEST(MachineLoad, CountsWhatIsNotIdle) {
  // user + nice + system + irq + softirq + steal; guests are a part of user.
  EXPECT_EQ(busy_ticks(kStat, {0}), 60 + 1 + 20 + 1 + 2 + 3);
  EXPECT_EQ(busy_ticks(kStat, {0, 1}), 87 + 70);
  EXPECT_EQ(busy_ticks(kStat, {}), 0);
  EXPECT_EQ(busy_ticks("cpu0 5", {0}), 5);
}

TEST(MachineLoad, IsWhatOthersTook) {
  const CpuTime before{Duration(100), Duration(50), Duration(10), 2};
  // 10 s, in which two cores were busy for 19 s, of which 10 s were our own.
  const CpuTime after{Duration(110), Duration(69), Duration(20), 2};
  const MachineLoad load = load_between(before, after);
  EXPECT_DOUBLE_EQ(load.others, 0.9);
  EXPECT_TRUE(load.is_busy());
  EXPECT_EQ(to_text(load), "other programs kept 0.90 of 2 cores busy");
}

TEST(MachineLoad, AnIdleMachineIsNotBusy) {
  const CpuTime before{Duration(0), Duration(0), Duration(0), 4};
  // 1.5 s of 10 s: 0.15 of 4 cores, less than a twentieth of them.
  EXPECT_FALSE(load_between(before, {Duration(10), Duration(11.5), Duration(10), 4}).is_busy());
  // By the grain of the ticks we seem to have taken more than there was.
  EXPECT_EQ(load_between(before, {Duration(10), Duration(9), Duration(10), 4}).others, 0);
}

TEST(MachineLoad, OfThisMachineGrows) {
  const std::vector<int> cores = usable_core_numbers();
  ASSERT_FALSE(cores.empty());
  const CpuTime now = cpu_time(cores);
  EXPECT_EQ(now.cores, static_cast<int>(cores.size()));
  EXPECT_GT(now.wall, Duration(0));
  EXPECT_GT(now.own, Duration(0));
}

}  // namespace
}  // namespace rehearse
