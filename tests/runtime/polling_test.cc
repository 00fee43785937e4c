#include "runtime/worlds/polling.h"

#include <gtest/gtest.h>

namespace rehearse {
namespace {

TEST(Polling, SpinsThenSleepsThenSleepsLonger) {
  EXPECT_EQ(polling_sleep(Duration(49e-6)), Duration(0));
  EXPECT_EQ(polling_sleep(Duration(50e-6)), Duration(100e-6));
  EXPECT_EQ(polling_sleep(Duration(1e-3)), Duration(100e-6));
  EXPECT_DOUBLE_EQ(polling_sleep(Duration(5e-3)).value(), 500e-6);
  EXPECT_EQ(polling_sleep(Duration(1)), Duration(1e-3));
}

TEST(Polling, WorkCountsTheSleepsUpToTheEnd) {
  EXPECT_EQ(polling_work(Duration(0)), (PollingWork{Duration(0), 0}));
  EXPECT_EQ(polling_work(Duration(40e-6)), (PollingWork{Duration(40e-6), 0}));
  // Sleeps begin at 50, 150 and 250 us.
  EXPECT_EQ(polling_work(Duration(260e-6)), (PollingWork{Duration(50e-6), 3}));
  // Ten sleeps up to 1.05 ms, then 24 of a tenth more each (1.05 * 1.1^24 = 10.3), then one per ms.
  EXPECT_EQ(polling_work(Duration(10e-3)).sleeps, 10 + 24);
  EXPECT_EQ(polling_work(Duration(110e-3)).sleeps - polling_work(Duration(20e-3)).sleeps, 90);
}

}  // namespace
}  // namespace rehearse
