// Who gets which rows where two ranks share four experts out.
#include "kernels/step/expert_shares.h"

#include <gtest/gtest.h>

#include <cstring>

#include "kernels/cuda/bodies/expert_bodies.h"
#include "tests/kernels/cuda_host_drive.h"

namespace rehearse {
namespace {

using test::inputs;
using test::outputs;
using test::run_elements;

// Rank 1 of 2, whose other rank says what it is told to say.
class OneOther final : public Exchanger {
 public:
  explicit OneOther(std::vector<std::int64_t> says) : says_(std::move(says)) {}

  [[nodiscard]] int place(Axis axis) const override {
    EXPECT_EQ(axis, Axis::expert);
    return 1;
  }
  void sum(Axis, const Tensor&) override { FAIL(); }
  void gather(Axis, const Tensor&) override { FAIL(); }
  void scatter(Axis, const Tensor&) override { FAIL(); }
  void swap(Axis, const std::vector<Tensor>& to, const std::vector<Tensor>& from) override {
    const auto bytes = static_cast<std::int64_t>(says_.size() * sizeof(std::int64_t));
    ASSERT_EQ(to[0].elements * to[0].element_bytes(), bytes);
    ASSERT_EQ(from[0].elements * from[0].element_bytes(), bytes);
    heard.resize(says_.size());
    std::memcpy(heard.data(), to[0].data, static_cast<std::size_t>(bytes));
    std::memcpy(from[0].data, says_.data(), static_cast<std::size_t>(bytes));
  }

  std::vector<std::int64_t> heard;

 private:
  std::vector<std::int64_t> says_;
};

// Experts 2 and 3 are this rank's. Of its own steps 1, 0, 2 and 1 rows go to the four; the other
// rank sends 2 rows for expert 2 and 3 for expert 3.
ExpertShares agreed(OneOther& other) {
  ExpertShares shares(4, 2);
  const std::vector<std::int64_t> rows{1, 0, 2, 1};
  shares.agree(rows, other);
  return shares;
}

TEST(ExpertShares, KnowsWhatEachRankServes) {
  OneOther other({2, 3});
  const ExpertShares shares = agreed(other);
  EXPECT_EQ(other.heard, (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(shares.own_experts(), 2);
  EXPECT_EQ(shares.sent(), 4);    // 1 + 0 + 2 + 1
  EXPECT_EQ(shares.served(), 8);  // 2 + 3 of the other, 2 + 1 of its own
  EXPECT_EQ(shares.firsts(), (std::vector<std::int64_t>{0, 4, 8}));  // 2 + 2 and 3 + 1
}

TEST(ExpertShares, RowsAreOrderedByExpertAndThenByRank) {
  OneOther other({2, 3});
  const ExpertShares shares = agreed(other);
  // They arrive as expert 2: a b, expert 3: c d e of the other rank; expert 2: f g, expert 3: h of
  // its own. In order: a b f g, c d e h.
  EXPECT_EQ(shares.places(), (std::vector<std::int32_t>{0, 1, 4, 5, 6, 2, 3, 7}));
  EXPECT_EQ(shares.arrivals(), (std::vector<std::int32_t>{0, 1, 5, 6, 2, 3, 4, 7}));
  // The kernel that gathers rows puts them in order and back.
  const std::vector<float> arrived{1, 10, 2, 20, 3, 30, 4, 40, 5, 50, 6, 60, 7, 70, 8, 80};
  std::vector<float> sorted(16), again(16);
  run_elements(16,
               cuda::GatheredRow{inputs(arrived), 2, shares.arrivals().data(), outputs(sorted)});
  EXPECT_EQ(sorted, (std::vector<float>{1, 10, 2, 20, 6, 60, 7, 70, 3, 30, 4, 40, 5, 50, 8, 80}));
  run_elements(16, cuda::GatheredRow{inputs(sorted), 2, shares.places().data(), outputs(again)});
  EXPECT_EQ(again, arrived);
}

TEST(ExpertShares, PartsAreThoseOfEachRank) {
  OneOther other({2, 3});
  const ExpertShares shares = agreed(other);
  std::vector<float> rows(12), arrived(24);  // of 3 elements
  const auto there = shares.to_experts(tensor_of(rows), tensor_of(arrived), 3);
  const auto back = shares.back(tensor_of(arrived), tensor_of(rows), 3);
  // 1 row leaves for the other rank and 3 stay; 5 come from the other rank.
  ASSERT_EQ(there.to.size(), 2);
  EXPECT_EQ(there.to[0].data, rows.data());
  EXPECT_EQ(there.to[0].elements, 3);
  EXPECT_EQ(there.to[1].data, rows.data() + 3);
  EXPECT_EQ(there.to[1].elements, 9);
  EXPECT_EQ(there.from[0].elements, 15);
  EXPECT_EQ(there.from[1].data, arrived.data() + 15);
  EXPECT_EQ(there.from[1].elements, 9);
  EXPECT_EQ(back.to[1].data, there.from[1].data);
  EXPECT_EQ(back.from[1].data, there.to[1].data);
}

}  // namespace
}  // namespace rehearse
