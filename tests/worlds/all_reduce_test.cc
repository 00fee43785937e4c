// Every world sums over its ranks by every algorithm that it can run.
#include <bit>
#include <tuple>

#include "runtime/collectives/all_reduce.h"
#include "tests/worlds/terms.h"

namespace rehearse {
namespace {

using enum Algorithm;

class EveryAllReduce : public testing::TestWithParam<std::tuple<WorldUnderTest, Algorithm>> {
 protected:
  static const WorldUnderTest& world() { return std::get<0>(GetParam()); }
  static Algorithm algorithm() { return std::get<1>(GetParam()); }
  static void run(const std::function<void(World&)>& program) { world().run(program, {}); }
};

INSTANTIATE_TEST_SUITE_P(Worlds, EveryAllReduce,
                         testing::Combine(testing::ValuesIn(worlds_under_test()),
                                          testing::Values(ring, tree, recursive_doubling,
                                                          rabenseifner, binomial, hierarchical,
                                                          native)),
                         [](const auto& each) {
                           return std::get<0>(each.param).name + "_" +
                                  to_text(std::get<1>(each.param));
                         });

// 800,001 elements are several segments for every rank.
TEST_P(EveryAllReduce, SumsOddSizes) {
  run([](World& each) {
    Transport& t = each.transport();
    for (const std::int64_t elements : {0, 1, 7, 257, 100'003, 800'001}) {
      const int local = t.size() % 2 == 0 ? 2 : 1;
      Numbers data(world().promises, elements, terms(t.rank()));
      all_reduce(t, *t.world(), data.tensor(), algorithm(), local);
      EXPECT_TRUE(data.are(sums(t.size()))) << elements << " elements";
    }
  });
}

// Numbers whose sum depends on the order of the additions: all ranks must have added alike. The
// least and the greatest of each of some sums are found by agreement.
TEST_P(EveryAllReduce, AllRanksHoldTheSameBits) {
  run([](World& each) {
    Transport& t = each.transport();
    const auto factor = static_cast<std::size_t>(t.rank() + 3);
    Numbers data(world().promises, 30'011, [=](std::size_t i) {
      return 1.0f / static_cast<float>((i + 1) * factor % 9973 + 1);
    });
    all_reduce(t, *t.world(), data.tensor(), algorithm());
    std::uint64_t digest = 14695981039346656037u;
    for (const float value : data.values()) {
      digest = (digest ^ std::bit_cast<std::uint32_t>(value)) * 1099511628211u;
    }
    const auto mine = static_cast<std::int64_t>(digest >> 2);
    EXPECT_EQ(t.agree_min(*t.world(), mine).least, mine);
    EXPECT_EQ(t.agree_min(*t.world(), -mine).least, -mine);
  });
}

}  // namespace
}  // namespace rehearse
