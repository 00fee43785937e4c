#include "kernels/step/memory_plan.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace rehearse {
namespace {

TEST(MemoryPlan, ReusesWhatIsFree) {
  // 128 bytes at moments 0-1, 64 at 1-2, 128 at 2-3: the third lies where the first was.
  const MemoryPlan plan = place_buffers({{128, 0, 1}, {64, 1, 2}, {128, 2, 3}});
  EXPECT_EQ(plan.offsets, (std::vector<std::size_t>{0, 128, 0}));
  EXPECT_EQ(plan.bytes, 192u);
}

TEST(MemoryPlan, AlignsEveryBuffer) {
  const MemoryPlan plan = place_buffers({{1, 0, 0}, {65, 0, 0}, {1, 0, 0}});
  EXPECT_EQ(plan.offsets, (std::vector<std::size_t>{128, 0, 192}));
  EXPECT_EQ(plan.bytes, 256u);
}

TEST(MemoryPlan, NeverOverlapsTheLiving) {
  RandomStream random(1, {2});
  for (int round = 0; round < 50; ++round) {
    std::vector<PlannedBuffer> buffers;
    std::vector<std::size_t> alive(40, 0);
    for (int i = 0; i < 30; ++i) {
      const std::size_t first = random.below(30);
      buffers.push_back({1 + random.below(1000), first, first + random.below(10)});
      for (std::size_t t = first; t <= buffers.back().last; ++t) {
        alive[t] += aligned(buffers.back().bytes);
      }
    }
    const MemoryPlan plan = place_buffers(buffers);
    EXPECT_GE(plan.bytes, *std::max_element(alive.begin(), alive.end()));
    for (std::size_t a = 0; a < buffers.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        if (buffers[a].last < buffers[b].first || buffers[b].last < buffers[a].first) continue;
        const bool apart = plan.offsets[a] + buffers[a].bytes <= plan.offsets[b] ||
                           plan.offsets[b] + buffers[b].bytes <= plan.offsets[a];
        EXPECT_TRUE(apart) << a << " and " << b;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
