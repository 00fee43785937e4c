#include "runtime/worlds/core_binding.h"

#include <gtest/gtest.h>

#include <thread>

namespace rehearse {
namespace {

// Bindings end with the thread that asked for them.
void in_a_thread(void (*body)()) { std::thread(body).join(); }

TEST(CoreBinding, LeavesTheChosenCores) {
  in_a_thread([] {
    ASSERT_TRUE(bind_to_cores(0, 1));
    EXPECT_EQ(usable_cores(), 1);
    EXPECT_TRUE(bind_to_cores(0, 1));
    EXPECT_FALSE(bind_to_cores(1, 1));  // there is one core left, number 0
    EXPECT_EQ(usable_cores(), 1);
  });
}

TEST(CoreBinding, BindsNothingWhereThereAreFewer) {
  in_a_thread([] {
    const int all = usable_cores();
    ASSERT_GE(all, 1);
    EXPECT_FALSE(bind_to_cores(0, all + 1));
    EXPECT_FALSE(bind_to_cores(all, 1));
    EXPECT_EQ(usable_cores(), all);
    EXPECT_TRUE(bind_to_cores(0, all));
    EXPECT_EQ(usable_cores(), all);
  });
}

}  // namespace
}  // namespace rehearse
