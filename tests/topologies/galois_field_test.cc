#include "topologies/shapes/galois_field.h"

#include <gtest/gtest.h>

#include <set>

namespace rehearse {
namespace {

TEST(GaloisField, ObeysTheAxioms) {
  for (const std::int64_t q : {2, 3, 4, 5, 8, 9, 16, 25, 27}) {
    SCOPED_TRACE(q);
    const GaloisField f(q);
    for (std::int64_t a = 0; a < q; ++a) {
      EXPECT_EQ(f.add(a, 0), a);
      EXPECT_EQ(f.multiply(a, 1), a);
      EXPECT_EQ(f.subtract(a, a), 0);
      for (std::int64_t b = 0; b < q; ++b) {
        EXPECT_EQ(f.add(a, b), f.add(b, a));
        EXPECT_EQ(f.add(f.subtract(a, b), b), a);
        EXPECT_EQ(f.multiply(a, b), f.multiply(b, a));
        if (b != 0) {
          EXPECT_EQ(f.multiply(f.divide(a, b), b), a);
        }
        for (std::int64_t c = 0; c < q; ++c) {
          EXPECT_EQ(f.add(f.add(a, b), c), f.add(a, f.add(b, c)));
          EXPECT_EQ(f.multiply(f.multiply(a, b), c), f.multiply(a, f.multiply(b, c)));
          EXPECT_EQ(f.multiply(a, f.add(b, c)), f.add(f.multiply(a, b), f.multiply(a, c)));
        }
      }
    }
  }
}

TEST(GaloisField, PowersOfThePrimitiveElementAreAllButZero) {
  for (const std::int64_t q : {3, 4, 19, 32, 49, 121, 169}) {
    const GaloisField f(q);
    std::set<std::int64_t> powers;
    for (std::int64_t e = 0; e < q - 1; ++e) powers.insert(f.power(e));
    EXPECT_EQ(static_cast<std::int64_t>(powers.size()), q - 1);
    EXPECT_FALSE(powers.contains(0));
    EXPECT_EQ(f.power(q - 1), 1);
    EXPECT_EQ(f.multiply(f.power(3), f.power(q - 2)), f.power(2));
  }
}

TEST(GaloisField, PrimePowersAreKnown) {
  EXPECT_EQ(prime_factor_of_power(19), 19);
  EXPECT_EQ(prime_factor_of_power(169), 13);
  EXPECT_EQ(prime_factor_of_power(128), 2);
  for (const std::int64_t q : {-3, 0, 1, 6, 12, 15, 100, 221}) {
    EXPECT_FALSE(prime_factor_of_power(q).has_value()) << q;
  }
}

}  // namespace
}  // namespace rehearse
