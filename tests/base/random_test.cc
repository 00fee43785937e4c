#include "base/random.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/stats.h"

namespace rehearse {
namespace {

TEST(Random, PhiloxMeetsItsPublishedVectors) {
  // Known-answer tests of the Random123 distribution (kat_vectors, philox4x32 10).
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox4x32({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
}

TEST(Random, StreamsAreReproducibleAndDistinct) {
  RandomStream a(7, {1, 2});
  RandomStream b(7, {1, 2});
  RandomStream c(7, {2, 1});
  RandomStream d(8, {1, 2});
  const double first = a.uniform();
  EXPECT_EQ(first, b.uniform());
  EXPECT_NE(first, c.uniform());
  EXPECT_NE(first, d.uniform());
}

TEST(Random, MomentsAreRight) {
  RandomStream stream(1, {});
  std::vector<double> normal;
  std::vector<double> lognormal;
  for (int i = 0; i < 100000; ++i) {
    normal.push_back(stream.normal());
    lognormal.push_back(stream.lognormal_mean_one(0.3));
  }
  // The standard error of a mean of 1e5 values with deviation 1 is 0.003; four of them are allowed.
  EXPECT_NEAR(mean(normal), 0, 0.013);
  EXPECT_NEAR(standard_deviation(normal), 1, 0.01);
  EXPECT_NEAR(mean(lognormal), 1, 0.004);
  EXPECT_NEAR(standard_deviation(lognormal), 0.3, 0.005);
  EXPECT_EQ(stream.lognormal_mean_one(0), 1);
}

TEST(Stats, QuantilesInterpolate) {
  // Type 7: position q (n - 1) = 0.25 * 3 = 0.75 between 1 and 2.
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{4, 1, 3, 2}, 0.25), 1.75);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{4, 1, 3, 2}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile(std::vector<double>{5}, 0.9), 5);
}

}  // namespace
}  // namespace rehearse
