// Element by element arithmetic, by hand.
#include "kernels/tensor_math.h"

#include <gtest/gtest.h>

#include <vector>

#include "kernels/half_float.h"

namespace rehearse {
namespace {

using Floats = std::vector<float>;

TEST(TensorMath, CopiesAddsAndSubtracts) {
  Floats a{1, 2, 3};
  Floats b{10, 20, 30};
  Floats c(3);
  copy(tensor_of(a), tensor_of(c));
  EXPECT_EQ(c, a);
  add(tensor_of(b), tensor_of(c));
  EXPECT_EQ(c, (Floats{11, 22, 33}));
  subtract(tensor_of(c), tensor_of(a), tensor_of(b));
  EXPECT_EQ(b, (Floats{10, 20, 30}));
}

TEST(TensorMath, FindsWhatIsNotFinite) {
  Floats a{1, 3e38F, -2};
  EXPECT_TRUE(is_finite(tensor_of(a)));
  a[1] *= 2;  // infinite
  EXPECT_FALSE(is_finite(tensor_of(a)));
  EXPECT_TRUE(is_finite(tensor_of(a).part(2, 1)));
  a[1] -= a[1];  // not a number
  EXPECT_FALSE(is_finite(tensor_of(a)));
}

TEST(TensorMath, Scales) {
  Floats a{10, 20};
  scale(0.5, tensor_of(a));
  EXPECT_EQ(a, (Floats{5, 10}));
}

// 1.5 + 2.25 = 3.75 is a number of both types.
TEST(TensorMath, AddsNumbersOfSixteenBits) {
  Half half = to_half(1.5F), more = to_half(2.25F);
  add({&more, 1, ElementType::float16}, {&half, 1, ElementType::float16});
  EXPECT_EQ(to_float(half), 3.75F);
  BrainFloat brain = to_brain_float(1.5F), other = to_brain_float(2.25F);
  add({&other, 1, ElementType::bfloat16}, {&brain, 1, ElementType::bfloat16});
  EXPECT_EQ(to_float(brain), 3.75F);
}

// 4 - 0.25 (4 - 8) = 5; at the centre nothing moves; force 1 is the centre.
TEST(TensorMath, PullsTowardsACentre) {
  Floats centre{8, 2};
  Floats x{4, 2};
  pull_towards(tensor_of(centre), 0.25, tensor_of(x));
  EXPECT_EQ(x, (Floats{5, 2}));
  pull_towards(tensor_of(centre), 1, tensor_of(x));
  EXPECT_EQ(x, centre);
}

// lr 1, kappa 2, momentum 0.5, m = 0 and stale = 0 before. For each element now - set = d = m:
//   d 1, central 0:   c 0, pi = 2 / 1 = 2, u = 2
//   d 1, central 1:   c 1, pi = (2 - 1) / 1 = 1, u = 1
//   d 1, central 3:   c 3, pi = (2 - 3) / 1 < 0, u = 0
//   d 0, central 0:   m 0, pi = 0 / 1e-12 = 0, u = 0
// and with m = 6 before, d = 0.5: m = 3.5, pi = 7 / 0.5 = 14, at most 5: u = 2.5.
TEST(TensorMath, MatchesEnergies) {
  Floats now{1, 1, 1, 0, 0.5F};
  Floats set(5);
  Floats m{0, 0, 0, 0, 6};
  Floats stale(5);
  Floats update(5);
  Floats central{0, 1, 3, 0, 0};
  gem_update({.kappa = 2, .momentum = 0.5, .lr = 1}, tensor_of(central),
             {tensor_of(now), tensor_of(set), tensor_of(m), tensor_of(stale), tensor_of(update)});
  EXPECT_EQ(update, (Floats{2, 1, 0, 0, 2.5F}));
  EXPECT_EQ(now, (Floats{2, 2, 3, 0, 2.5F}));
  EXPECT_EQ(set, now);
  EXPECT_EQ(m, (Floats{1, 1, 1, 0, 3.5F}));
  EXPECT_EQ(stale, central);
}

}  // namespace
}  // namespace rehearse
