// Max-min fair rates against arithmetic, and against filling everything anew.
#include "sim/network/fair_sharing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <random>

namespace rehearse {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
using Changes = std::vector<FairSharing::Change>;

TEST(FairSharing, AFlowOverTwoLinksTakesTheSmallerShare) {
  // Link 0 carries 2, link 1 carries 9. a: 0; b: 0, 1; c, d: 1.
  // Link 0 fills first: a = b = 1. Then link 1: c = d = (9 - 1) / 2 = 4.
  FairSharing sharing({2, 9});
  const auto a = sharing.add(std::array{0}, kUnlimited);
  const auto b = sharing.add(std::array{0, 1}, kUnlimited);
  const auto c = sharing.add(std::array{1}, kUnlimited);
  const auto d = sharing.add(std::array{1}, kUnlimited);
  Changes changed;
  sharing.settle(changed);
  EXPECT_EQ(changed.size(), 4u);
  EXPECT_DOUBLE_EQ(sharing.rate(a), 1);
  EXPECT_DOUBLE_EQ(sharing.rate(b), 1);
  EXPECT_DOUBLE_EQ(sharing.rate(c), 4);
  EXPECT_DOUBLE_EQ(sharing.rate(d), 4);
  EXPECT_EQ(sharing.flows_on(1), 3);

  // Without a, b is alone on link 0 and gets its 2; c and d share 7.
  sharing.remove(a);
  sharing.settle(changed);
  EXPECT_DOUBLE_EQ(sharing.rate(b), 2);
  EXPECT_DOUBLE_EQ(sharing.rate(c), 3.5);
  EXPECT_DOUBLE_EQ(sharing.rate(d), 3.5);
}

TEST(FairSharing, ALimitLeavesTheRestToOthers) {
  // 10 for three flows, one wants 1: the others get 4.5.
  FairSharing sharing({10});
  const auto slow = sharing.add(std::array{0}, 1);
  const auto a = sharing.add(std::array{0}, kUnlimited);
  const auto b = sharing.add(std::array{0}, 1e9);
  Changes changed;
  sharing.settle(changed);
  EXPECT_DOUBLE_EQ(sharing.rate(slow), 1);
  EXPECT_DOUBLE_EQ(sharing.rate(a), 4.5);
  EXPECT_DOUBLE_EQ(sharing.rate(b), 4.5);
}

TEST(FairSharing, OnlyWhatChangesIsNamed) {
  FairSharing sharing({2, 4, 100});
  sharing.add(std::array{0}, kUnlimited);
  const auto b = sharing.add(std::array{1, 2}, kUnlimited);
  Changes changed;
  sharing.settle(changed);
  sharing.settle(changed);
  EXPECT_TRUE(changed.empty());
  // Link 2 has room: the new flow on it disturbs nobody.
  const auto c = sharing.add(std::array{2}, kUnlimited);
  sharing.settle(changed);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].flow, c);
  EXPECT_EQ(changed[0].before, 0);
  EXPECT_DOUBLE_EQ(sharing.rate(c), 96);
  sharing.remove(b);
  sharing.settle(changed);
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_DOUBLE_EQ(changed[0].before, 96);
  EXPECT_DOUBLE_EQ(sharing.rate(c), 100);
}

// So many flows on link 0.
std::vector<FairSharing::Flow> fill_link(FairSharing& sharing, int n) {
  std::vector<FairSharing::Flow> flows;
  for (int i = 0; i < n; ++i) flows.push_back(sharing.add(std::array{0}, kUnlimited));
  Changes changed;
  sharing.settle(changed);
  return flows;
}

TEST(FairSharing, AFullLinkOfManyFlowsDriftsAndIsThenFilledAnew) {
  // 512 flows on a link of 512: 1 each. kDrift is 1 / 128, so that 4 more may come or go before
  // anything changes for the others.
  FairSharing sharing({512});
  std::vector<FairSharing::Flow> flows = fill_link(sharing, 512);
  Changes changed;
  for (int i = 0; i < 4; ++i) {
    flows.push_back(sharing.add(std::array{0}, kUnlimited));
    sharing.settle(changed);
    ASSERT_EQ(changed.size(), 1u);
    EXPECT_EQ(sharing.rate(flows.back()), 1);
  }
  // The 517th is too much: all get 512 / 517.
  flows.push_back(sharing.add(std::array{0}, kUnlimited));
  sharing.settle(changed);
  EXPECT_EQ(changed.size(), 517u);
  for (const auto flow : flows) EXPECT_DOUBLE_EQ(sharing.rate(flow), 512.0 / 517);
  // Without 4 of them 513 x 512 / 517 = 508.04 are in use, more than 508; without one more 507.05,
  // and the 512 that are left get 1 each.
  for (std::size_t i = 0; i < 4; ++i) {
    sharing.remove(flows[i]);
    sharing.settle(changed);
    ASSERT_TRUE(changed.empty());
  }
  sharing.remove(flows[4]);
  sharing.settle(changed);
  EXPECT_EQ(changed.size(), 512u);
  EXPECT_DOUBLE_EQ(sharing.rate(flows.back()), 1);
}

TEST(FairSharing, AFewFlowsOnALinkAreExact) {
  // 200 on a link of 200, then one more: 200 / 201 each.
  FairSharing sharing({200});
  const std::vector<FairSharing::Flow> flows = fill_link(sharing, 200);
  Changes changed;
  sharing.add(std::array{0}, kUnlimited);
  sharing.settle(changed);
  EXPECT_EQ(changed.size(), 201u);
  EXPECT_DOUBLE_EQ(sharing.rate(flows.front()), 200.0 / 201);
}

TEST(FairSharing, AFlowThatComesToManyKeepsToItsOtherLinks) {
  // 320 flows of 1 on link 0. A new one crosses link 1 of 0.5 as well, which is full with it alone.
  FairSharing sharing({320, 0.5});
  fill_link(sharing, 320);
  const auto flow = sharing.add(std::array{0, 1}, kUnlimited);
  Changes changed;
  sharing.settle(changed);
  EXPECT_DOUBLE_EQ(sharing.rate(flow), 0.5);
}

struct Asked {
  std::vector<LinkId> path;
  double most;
};

// Progressive filling of all flows: in every turn the rates of all that are not yet held back grow
// together until a link is full or a flow has what it wants.
std::map<int, double> filled(const std::vector<double>& capacities,
                             const std::map<int, Asked>& flows) {
  std::map<int, double> rates;
  std::vector<double> left = capacities;
  while (rates.size() < flows.size()) {
    std::vector<int> growing(left.size());
    for (const auto& [id, flow] : flows) {
      for (const LinkId l : flow.path) growing[static_cast<std::size_t>(l)] += !rates.contains(id);
    }
    double level = kUnlimited;
    for (std::size_t l = 0; l < left.size(); ++l) {
      if (growing[l] > 0) level = std::min(level, left[l] / growing[l]);
    }
    for (const auto& [id, flow] : flows) {
      if (!rates.contains(id)) level = std::min(level, flow.most);
    }
    std::vector<int> held;
    for (const auto& [id, flow] : flows) {
      if (rates.contains(id)) continue;
      const bool full = std::any_of(flow.path.begin(), flow.path.end(), [&](LinkId l) {
        const auto i = static_cast<std::size_t>(l);
        return left[i] / growing[i] <= level * (1 + 1e-12);
      });
      if (full || flow.most <= level) held.push_back(id);
    }
    for (const int id : held) {
      rates[id] = level;
      for (const LinkId l : flows.at(id).path) left[static_cast<std::size_t>(l)] -= level;
    }
  }
  return rates;
}

TEST(FairSharing, AnyOrderOfChangesGivesTheRatesOfFillingAnew) {
  std::mt19937_64 draw(1);
  const auto below = [&](int n) { return static_cast<int>(draw() % static_cast<unsigned>(n)); };
  for (int network = 0; network < 60; ++network) {
    std::vector<double> capacities;
    for (int l = 2 + below(20); l > 0; --l) capacities.push_back(1 + below(4));
    FairSharing sharing(capacities);
    std::map<int, Asked> flows;
    Changes changed;
    for (int turn = 0; turn < 60; ++turn) {
      // Several changes at once; more come than go at first.
      for (int change = 1 + below(4); change > 0; --change) {
        if (!flows.empty() && below(60) < turn) {
          const auto gone = std::next(flows.begin(), below(static_cast<int>(flows.size())));
          sharing.remove(gone->first);
          flows.erase(gone);
          continue;
        }
        std::vector<LinkId> path;
        for (std::size_t l = 0; l < capacities.size(); ++l) {
          if (below(4) == 0) path.push_back(static_cast<LinkId>(l));
        }
        const bool limited = path.empty() || below(3) == 0;
        const double most = limited ? 0.1 * (1 + below(20)) : kUnlimited;
        flows[sharing.add(path, most)] = {path, most};
      }
      sharing.settle(changed);
      for (const auto& change : changed) EXPECT_NE(sharing.rate(change.flow), change.before);
      for (const auto& [id, rate] : filled(capacities, flows)) {
        ASSERT_NEAR(sharing.rate(id) / rate, 1, 1e-7) << "network " << network << ", turn " << turn;
      }
    }
  }
}

}  // namespace
}  // namespace rehearse
