#include <limits>
#include <numeric>
#include <vector>

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

TEST_P(EveryMemory, HasAName) {
  EXPECT_FALSE(backend().name().empty());
  EXPECT_FALSE(backend().library().empty());
}

REHEARSE_FOR_EVERY_BACKEND(EveryMemory);

}  // namespace
}  // namespace rehearse
