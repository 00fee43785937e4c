#include <limits>
#include <numeric>
#include <vector>

#include "kernels/tensor_math.h"
#include "tests/kernels/every_backend.h"

namespace rehearse {
namespace {

class EveryMemory : public EveryBackend {};

// From the host to the device, from there to a second place on it, and back.
TEST_P(EveryMemory, KeepsWhatIsCopied) {
  constexpr std::int64_t kElements = 1000;
  std::vector<float> numbers(kElements);
  std::iota(numbers.begin(), numbers.end(), 1.0F);
  const auto first = backend().allocate(kElements, ElementType::float32);
  const auto second = backend().allocate(kElements, ElementType::float32);
  EXPECT_EQ(first->tensor().space, backend().space());
  std::vector<float> back(kElements, -1);
  backend().copy(first->tensor(), tensor_of(back));
  EXPECT_EQ(back, std::vector<float>(kElements, 0));
  backend().copy(tensor_of(numbers), first->tensor());
  backend().copy(first->tensor(), second->tensor());
  backend().copy(second->tensor().part(500, 500), tensor_of(back).part(0, 500));
  EXPECT_EQ(back[0], 501);
  EXPECT_EQ(back[499], 1000);
  EXPECT_EQ(back[500], 0);
}

TEST_P(EveryMemory, HoldsSmallTypes) {
  for (const ElementType type : {ElementType::bfloat16, ElementType::byte}) {
    const auto buffer = backend().allocate(7, type);
    EXPECT_EQ(buffer->tensor().elements, 7);
    EXPECT_EQ(buffer->tensor().bytes(), Bytes(7.0 * element_bytes(type)));
  }
}

// 3 + 4 = 7; 7 * 2 = 14.
TEST_P(EveryMemory, DoesArithmetic) {
  constexpr std::int64_t kElements = 1001;
  const auto filled = [&](float value) {
    std::vector<float> values(kElements, value);
    auto buffer = backend().allocate(kElements, ElementType::float32);
    backend().copy(tensor_of(values), buffer->tensor());
    return buffer;
  };
  const auto sum = filled(3), x = filled(4);
  backend().add(x->tensor(), sum->tensor());
  backend().scale(2, sum->tensor());
  std::vector<float> back(kElements);
  backend().copy(sum->tensor(), tensor_of(back));
  EXPECT_EQ(back, std::vector<float>(kElements, 14));
}

TEST_P(EveryMemory, FindsOneElementThatIsNotFinite) {
  std::vector<float> values(100'003, 1);
  EXPECT_TRUE(backend().is_finite(Placed(values).tensor()));
  values.back() = std::numeric_limits<float>::infinity();
  EXPECT_FALSE(backend().is_finite(Placed(values).tensor()));
  values.back() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_FALSE(backend().is_finite(Placed(values).tensor()));
}

// Of 1, 1 + 2^-11 and 1 + 3 2^-9, a half has steps of 2^-10 and a bfloat16 of 2^-7, ties to even:
// halves 1, 1 and 1 + 6 2^-10, bfloat16 1, 1 and 1 + 2^-7 (0.75 of a step).
TEST_P(EveryMemory, ConvertsTypes) {
  const Placed x({1, 1 + 0x1p-11F, 1 + 0x3p-9F});
  const auto through = [&](ElementType type) {
    const auto narrow = backend().allocate(3, type);
    const Placed wide({0, 0, 0});
    backend().convert(x.tensor(), narrow->tensor());
    backend().convert(narrow->tensor(), wide.tensor());
    return wide.values();
  };
  EXPECT_EQ(through(ElementType::float32), x.values());
  EXPECT_EQ(through(ElementType::float16), (std::vector<float>{1, 1, 1 + 0x6p-10F}));
  EXPECT_EQ(through(ElementType::bfloat16), (std::vector<float>{1, 1, 1 + 0x1p-7F}));
}

// 8 - 3 = 5 and 2 - 6 = -4; 3 - 0.25 (3 - 7) = 4 and 6 - 0.25 (6 - 2) = 5.
TEST_P(EveryMemory, SubtractsAndPulls) {
  const Placed a({8, 2}), b({3, 6}), difference({0, 0}), centre({7, 2});
  backend().subtract(a.tensor(), b.tensor(), difference.tensor());
  EXPECT_EQ(difference.values(), (std::vector<float>{5, -4}));
  backend().pull_towards(centre.tensor(), 0.25, b.tensor());
  EXPECT_EQ(b.values(), (std::vector<float>{4, 5}));
}

// d = m = 1 with m = 0 before; c 0 and 1: pi = 2 and (2 - 1) / 1 = 1 times d.
TEST_P(EveryMemory, MatchesEnergies) {
  const Placed now({1, 1}), set({0, 0}), m({0, 0}), stale({0, 0}), update({0, 0}), central({0, 1});
  backend().gem_update({.kappa = 2, .momentum = 0.5, .lr = 1}, central.tensor(),
                       {now.tensor(), set.tensor(), m.tensor(), stale.tensor(), update.tensor()});
  EXPECT_EQ(update.values(), (std::vector<float>{2, 1}));
  EXPECT_EQ(now.values(), (std::vector<float>{2, 2}));
  EXPECT_EQ(set.values(), now.values());
  EXPECT_EQ(m.values(), (std::vector<float>{1, 1}));
  EXPECT_EQ(stale.values(), central.values());
}

TEST_P(EveryMemory, HasAName) {
  EXPECT_FALSE(backend().name().empty());
  EXPECT_FALSE(backend().library().empty());
}

REHEARSE_FOR_EVERY_BACKEND(EveryMemory);

}  // namespace
}  // namespace rehearse
