// Flows over time, by hand.
#include "sim/network/fluid_network.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>

namespace rehearse {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
using Tags = std::vector<std::uint32_t>;

TEST(FluidNetwork, WhoEndsMakesRoom) {
  // One link of 10. At 0: 100 (tag 1) and 20 (tag 2), 5 each: 2 ends at 4, when 1 has 80 left; at
  // 10 it ends.
  FluidNetwork fluid({10});
  fluid.start(std::array{0}, 100, kUnlimited, 1);
  fluid.start(std::array{0}, 20, kUnlimited, 2);
  fluid.settle(0);
  EXPECT_DOUBLE_EQ(fluid.next(), 4);
  Tags ended;
  fluid.finish(4, ended);
  EXPECT_EQ(ended, Tags{2});
  fluid.settle(4);
  // A third flow of 30 starts at 6, when 1 has 60 left. 5 each until 12, then 1 has 30 left alone:
  // it ends at 4 + 2 + 6 + 3 = 15.
  fluid.start(std::array{0}, 30, kUnlimited, 3);
  fluid.settle(6);
  EXPECT_DOUBLE_EQ(fluid.next(), 12);
  fluid.finish(12, ended);
  fluid.settle(12);
  EXPECT_DOUBLE_EQ(fluid.next(), 15);
  fluid.finish(15, ended);
  EXPECT_EQ(ended, (Tags{2, 3, 1}));
  EXPECT_EQ(fluid.next(), kUnlimited);
}

TEST(FluidNetwork, EqualFlowsEndTogether) {
  // 3 x 0.1 over a link of 1, whatever the rounding of thirds.
  FluidNetwork fluid({1});
  for (std::uint32_t tag = 0; tag < 3; ++tag) fluid.start(std::array{0}, 0.1, kUnlimited, tag);
  fluid.settle(1e6);
  Tags ended;
  fluid.finish(fluid.next(), ended);
  EXPECT_EQ(ended, (Tags{0, 1, 2}));
}

TEST(FluidNetwork, NoBytesTakeNoTime) {
  FluidNetwork fluid({1});
  fluid.start(std::array{0}, 0, kUnlimited, 5);
  fluid.settle(3);
  EXPECT_LE(fluid.next(), 3);
  Tags ended;
  fluid.finish(3, ended);
  EXPECT_EQ(ended, Tags{5});
  EXPECT_EQ(fluid.flows_on(0), 0);
}

TEST(FluidNetwork, ALimitHoldsOnAnEmptyLink) {
  // 8 at no more than 2 per second.
  FluidNetwork fluid({10});
  fluid.start(std::array{0}, 8, 2, 0);
  fluid.settle(1);
  EXPECT_DOUBLE_EQ(fluid.next(), 5);
}

}  // namespace
}  // namespace rehearse
