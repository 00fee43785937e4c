// Steps on their way to experts: copies, bytes, times, and what goes on beside them.
#include "predict/expert_dispatch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "base/error.h"
#include "predict/exchange_prices.h"
#include "predict/job_places.h"
#include "predict/job_point.h"
#include "predict/layout_network.h"
#include "predict/layout_traffic.h"
#include "tests/predict/layout_fixture.h"
#include "tests/predict/tiny.h"

namespace rehearse {
namespace {

using test::layout_scenario;
using test::layout_without_overlap;
using test::LayoutUnderTest;
using test::small_llama;

TEST(ExpertDispatch, SharesMet) {
  // 2 of 4 experts in shares of 2: of the 6 pairs 2 lie in one share, 4 in two: (2 + 8) / 6.
  EXPECT_NEAR(shares_met(4, 2, 2), 10.0 / 6, 1e-12);
  // 2 of 8 in shares of 2: 4 (1 - C(6, 2) / C(8, 2)) = 4 (1 - 15 / 28) = 13 / 7.
  EXPECT_NEAR(shares_met(8, 2, 2), 13.0 / 7, 1e-12);
  // Shares of one expert are as many as experts; one share of all is met once; 7 of 8 leave none
  // of 4 shares of 2 out.
  EXPECT_NEAR(shares_met(8, 1, 3), 3, 1e-12);
  EXPECT_NEAR(shares_met(8, 8, 3), 1, 1e-12);
  EXPECT_NEAR(shares_met(8, 2, 7), 4, 1e-12);
}

// Means over drawn steps; `limit` nodes are drawn first.
StepCopies drawn(int experts, int active, int nodes, int ranks, int limit) {
  std::mt19937 random(5);
  constexpr int kDraws = 20'000;
  StepCopies sum;
  std::vector<int> node(static_cast<std::size_t>(nodes));
  std::iota(node.begin(), node.end(), 0);
  for (int draw = 0; draw < kDraws; ++draw) {
    std::shuffle(node.begin(), node.end(), random);
    std::vector<int> candidates;
    for (int i = 0; i < limit; ++i) {
      for (int e = 0; e < experts / nodes; ++e) {
        candidates.push_back(node[static_cast<std::size_t>(i)] * (experts / nodes) + e);
      }
    }
    std::shuffle(candidates.begin(), candidates.end(), random);
    std::set<int> nodes_met, ranks_met;
    for (int i = 0; i < active; ++i) {
      nodes_met.insert(candidates[static_cast<std::size_t>(i)] / (experts / nodes));
      ranks_met.insert(candidates[static_cast<std::size_t>(i)] / (experts / ranks));
    }
    sum.nodes += static_cast<double>(nodes_met.size()) / kDraws;
    sum.ranks += static_cast<double>(ranks_met.size()) / kDraws;
  }
  return sum;
}

// DeepSeek-V3: 8 of 256 experts on 64 ranks of 8 nodes, of 4 nodes at most or of any. A count
// differs from its mean by 0.9 at most on average, the mean of 20,000 by 0.0064: four times that.
TEST(ExpertDispatch, CopiesAreThoseOfDrawnSteps) {
  const StepCopies any = step_copies(256, 8, 8, 64, 0), four = step_copies(256, 8, 8, 64, 4);
  // 8 (1 - 0.338168), 64 (1 - 0.880066), 4 (1 - 0.092747), 32 (1 - 0.770020).
  EXPECT_NEAR(any.nodes, 5.29465, 1e-5);
  EXPECT_NEAR(any.ranks, 7.67575, 1e-5);
  EXPECT_NEAR(four.nodes, 3.62901, 1e-5);
  EXPECT_NEAR(four.ranks, 7.35937, 1e-5);
  const StepCopies of_any = drawn(256, 8, 8, 64, 8), of_four = drawn(256, 8, 8, 64, 4);
  EXPECT_NEAR(any.nodes, of_any.nodes, 0.026);
  EXPECT_NEAR(any.ranks, of_any.ranks, 0.026);
  EXPECT_NEAR(four.nodes, of_four.nodes, 0.026);
  EXPECT_NEAR(four.ranks, of_four.ranks, 0.026);
  // A limit beyond the nodes is none; one node has 2 of 16 experts, which cannot serve 4.
  EXPECT_EQ(step_copies(256, 8, 8, 64, 9).nodes, any.nodes);
  EXPECT_THROW(step_copies(16, 4, 8, 8, 1), Error);
}

// Notes what it is asked for: 2 nodes of 4 ranks.
class Noted final : public LayoutExchanges {
 public:
  ExchangeTime collective(GridAxis, Operation, Bytes bytes) override {
    swapped = bytes.value();
    return {};
  }
  [[nodiscard]] int size(GridAxis) const override { return 8; }
  [[nodiscard]] int experts_in_node() const override { return 4; }
  ExchangeTime by_nodes(Bytes a, Bytes w) override {
    across = a.value();
    within = w.value();
    return {};
  }

  double swapped = 0, across = 0, within = 0;
};

TEST(ExpertDispatch, Bytes) {
  // 100 steps of 64 elements of 2 bytes, each to 2 of 8 experts: 25,600 bytes.
  UnitMove move{Exchange::Kind::all_to_all, Exchange::Axis::expert, 8, Bytes(25'600), {}};
  move.to_experts = true;
  move.experts = 8;
  move.active = 2;
  move.element = Bytes(2);
  Layout layout;
  Noted noted;
  dispatch_time(move, false, layout, noted);
  EXPECT_EQ(noted.swapped, 25'600);
  EXPECT_EQ(noted.across, 0);
  layout.expert_dispatch = ExpertDispatch::deduplicated;
  dispatch_time(move, false, layout, noted);
  // A copy of all steps has 12,800 bytes; 2 (1 - C(4, 2) / C(8, 2)) = 11 / 7 nodes and 2 ranks.
  EXPECT_NEAR(noted.across, 12'800 * 11.0 / 7, 1e-6);
  EXPECT_NEAR(noted.within, 25'600, 1e-6);
  // 1 + 4 / 128 bytes of 2, forward only; of what comes back, backward only.
  layout.expert_fp8 = true;
  const auto within = [&](bool to_experts, bool backwards) {
    move.to_experts = to_experts;
    dispatch_time(move, backwards, layout, noted);
    return noted.within;
  };
  EXPECT_NEAR(within(true, false), 25'600 * 1.03125 / 2, 1e-6);
  EXPECT_NEAR(within(true, true), 25'600, 1e-6);
  EXPECT_NEAR(within(false, false), 25'600, 1e-6);
  EXPECT_NEAR(within(false, true), 25'600 * 1.03125 / 2, 1e-6);
}

zoo::TransformerConfig sparse() {
  zoo::TransformerConfig config = small_llama();
  config.experts = {.experts = 8, .active = 2, .features = 256};
  return config;
}

Layout over(int ranks) {
  Layout layout = layout_without_overlap();
  layout.data = layout.expert = ranks;
  layout.microbatches = 2;
  return layout;
}

// Each of 4 ranks counts as a node: 13 / 7 copies instead of 2.
TEST(ExpertDispatch, OfAStep) {
  Layout layout = over(4);
  const auto waited = [&] {
    const LayoutUnderTest test(layout_scenario(sparse()), layout, {{GridAxis::expert, 1e-6}});
    return test.phase(StepPhase::exposed_communication);
  };
  const double all = waited();
  // 2 microbatches, 8 blocks, 4 exchanges, 256 steps of 512 elements of 2 bytes, 2 copies.
  EXPECT_NEAR(all, 2 * 8 * 4 * 256 * 512 * 2 * 2 * 1e-6, 1e-9 * all);
  layout.expert_dispatch = ExpertDispatch::deduplicated;
  EXPECT_NEAR(waited(), all * 13 / 14, 1e-9 * all);
}

// 8 ranks on 2 nodes: 11 / 7 copies of which half leave, 2 of which 3 / 4 go to other ranks.
TEST(ExpertDispatch, Traffic) {
  Layout layout = over(8);
  layout.expert_dispatch = ExpertDispatch::deduplicated;
  LayoutUnderTest test(layout_scenario(sparse()), layout);
  const LayoutTraffic traffic = traffic_of(test.scenario, test.cost, test.units, layout, 4);
  const double copy = 2.0 * 8 * 4 * 256 * 512 * 2;
  EXPECT_NEAR(traffic.expert_within, copy * 2 * 3 / 4, 1);
  EXPECT_NEAR(traffic.expert - traffic.expert_within, copy * 11 / 7 / 2, 1);
  // 7 / 8 of two copies leave their rank.
  layout.expert_dispatch = ExpertDispatch::all_to_all;
  const LayoutTraffic plain = traffic_of(test.scenario, test.cost, test.units, layout, 4);
  EXPECT_NEAR(plain.expert, copy * 2 * 7 / 8, 1);
  EXPECT_EQ(plain.expert_within, 0);
}

// What is computed for one microbatch hides what another sends, and takes longer meanwhile.
TEST(ExpertDispatch, BesideAnotherMicrobatch) {
  Layout layout = over(4);
  const auto test_with = [&](double seconds_per_byte) {
    return std::make_unique<LayoutUnderTest>(
        layout_scenario(sparse()), layout,
        std::vector{std::pair{GridAxis::expert, seconds_per_byte}});
  };
  const auto free = test_with(0);
  const double computed = free->phase(StepPhase::compute);
  const double bytes = 2.0 * 8 * 4 * 256 * 512 * 2 * 2;
  layout.overlap.expert = true;
  layout.overlap.slowdown = 1.2;
  // Half of the computing is enough.
  const double half = computed / 2 / bytes;
  const auto hidden = test_with(half);
  EXPECT_NEAR(hidden->phase(StepPhase::exposed_communication), 0, 1e-9 * computed);
  EXPECT_NEAR(hidden->phase(StepPhase::compute), computed * (1 + 0.2 / 2), 1e-9 * computed);
  // Three times the computing: two thirds are waited for.
  const auto most = test_with(6 * half);
  EXPECT_NEAR(most->phase(StepPhase::exposed_communication), 2 * computed, 1e-9 * computed);
  EXPECT_NEAR(most->phase(StepPhase::compute), computed * 1.2, 1e-9 * computed);
  EXPECT_NEAR(most->job->step().hidden, computed, 1e-9 * computed);
}

// 16 ranks on 2 nodes of 8, 100 GB/s for each device inside and 10 GB/s for each node outside: of
// 80 MB for nodes half leave, those of 8 ranks in 32 ms; of 160 MB for ranks 7 / 8 leave, in 1.4
// ms.
TEST(ExpertDispatch, LegsOnANetwork) {
  JsonDocument document = JsonDocument::parse_text(tiny_scenario(), "s.json");
  for (const char* assignment :
       {R"(model={"zoo": "deepseek_v2_lite"})", R"(data={"samples": 1000, "sequence": 512})",
        R"(cluster.node={"device": "a100-sxm4-80gb", "devices": 8, "device_bandwidth": "100 GB/s",
            "device_latency": "1 us"})",
        R"(training={"batch": {"per_worker": 2}, "optimizer": {"name": "adam"}})",
        R"(training.parallelism={"expert": 16, "expert_dispatch": "deduplicated"})",
        "sweep.workers=[64]", "fidelity=analytic", "precision=bf16"}) {
    document.set(assignment);
  }
  const Scenario scenario = read_scenario(document);
  const BuiltNetwork built(scenario);
  const JobPoint job(scenario, 64);
  LayoutNetwork network(scenario, built, job.layout(), job_places(job, built.network));
  ExchangePrices prices(scenario, built, 64);
  PricedExchanges priced(job.layout(), prices);
  EXPECT_EQ(network.experts_in_node(), 8);
  EXPECT_EQ(priced.experts_in_node(), 8);
  const double across = 8 * 40e6 / 10e9, within = 140e6 / 100e9;
  EXPECT_NEAR(network.by_nodes(Bytes(80e6), Bytes(160e6)).seconds, across, 0.05 * across);
  EXPECT_NEAR(network.by_nodes(Bytes(8e5), Bytes(160e6)).seconds, within, 0.1 * within);
  for (const double bytes : {8e5, 80e6}) {
    const double exact = network.by_nodes(Bytes(bytes), Bytes(160e6)).seconds;
    EXPECT_NEAR(priced.by_nodes(Bytes(bytes), Bytes(160e6)).seconds, exact, 0.02 * exact);
  }
}

TEST(ExpertDispatch, PiecesFollowEachOther) {
  // 5 s of the slower, and the last piece of the faster.
  const ExchangeTime both = in_pieces({2, 0.1}, {5, 0.2});
  EXPECT_NEAR(both.seconds, 5.1, 1e-12);
  EXPECT_NEAR(both.latency, 0.3, 1e-12);
}

}  // namespace
}  // namespace rehearse
