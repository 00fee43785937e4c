// Bytes of a step and rank against formulas. Exchanges take 1 s for each byte that a rank sends
// round a ring (the factor (n - 1) / n left out), so that times are bytes.
#include <gtest/gtest.h>

#include <random>

#include "tests/predict/layout_fixture.h"

namespace rehearse {
namespace {

using test::layout_scenario;
using test::layout_without_overlap;
using test::LayoutUnderTest;
using test::small_llama;

constexpr double kSteps = 256, kHidden = 512, kKeys = 512, kLayers = 8;

// Of the middle part, which has nothing but blocks: bytes of a microbatch on one axis.
struct Sent {
  double forward, backward;
};
Sent sent(const Scenario& scenario, const Layout& layout, GridAxis axis) {
  const LayoutUnderTest test(scenario, layout, {{axis, 1}});
  const PartCost& part = test.job->parts()[1];
  return {part.forward_exchanges.seconds, part.backward_exchanges.seconds};
}

struct Drawn {
  Layout layout;
  double t, c, p, b, m;
};

std::vector<Drawn> drawn(int count, bool sequence) {
  std::mt19937 random(11);
  const auto pick = [&](const std::vector<int>& of) { return of[random() % of.size()]; };
  std::vector<Drawn> all;
  for (int i = 0; i < count; ++i) {
    Layout layout = layout_without_overlap();
    layout.tensor = pick({2, 4, 8});
    layout.sequence = sequence;
    layout.context = pick({1, 2, 4});
    layout.pipeline = pick({4, 8});
    layout.data = pick({1, 2, 4});
    layout.microbatch = pick({1, 2, 3});
    layout.microbatches = pick({8, 16});
    all.push_back({layout, static_cast<double>(layout.tensor), static_cast<double>(layout.context),
                   static_cast<double>(layout.pipeline), static_cast<double>(layout.microbatch),
                   static_cast<double>(layout.microbatches)});
  }
  return all;
}

TEST(LayoutTraffic, TensorAxisWithSequence) {
  for (const Drawn& d : drawn(30, true)) {
    // 2 gathers and 2 reduce-scatters of 2 T h / c bytes each way, T = b s, in L / p blocks.
    const double each = 2 * d.b * kSteps * kHidden / d.c;
    const Sent all = sent(layout_scenario(small_llama()), d.layout, GridAxis::tensor);
    EXPECT_NEAR(all.forward, kLayers / d.p * 4 * each, 1e-3);
    EXPECT_NEAR(all.backward, kLayers / d.p * 4 * each, 1e-3);
  }
}

TEST(LayoutTraffic, TensorAxisWithoutSequence) {
  for (const Drawn& d : drawn(30, false)) {
    // 2 all-reduces, which send their bytes twice, each way.
    const double each = 2 * d.b * kSteps * kHidden / d.c;
    const Sent all = sent(layout_scenario(small_llama()), d.layout, GridAxis::tensor);
    EXPECT_NEAR(all.forward, kLayers / d.p * 2 * 2 * each, 1e-3);
    EXPECT_NEAR(all.backward, kLayers / d.p * 2 * 2 * each, 1e-3);
  }
}

// The exposed communication of a step is m times that of a microbatch, and the ends: 3 more
// exchanges of the embedding and the scores, the loss and the gradients of norms.
TEST(LayoutTraffic, TensorAxisOfAStep) {
  for (Drawn& d : drawn(30, true)) {
    d.layout.pipeline = 1;
    const LayoutUnderTest test(layout_scenario(small_llama()), d.layout, {{GridAxis::tensor, 1}});
    const double each = 2 * d.b * kSteps * kHidden / d.c;
    // The embedding's scatter and the scores' gather, there and back; 12 bytes a step of a loss.
    const double ends = 4 * each + 2 * 12 * d.b * kSteps / d.c;
    // Once a step 17 norms of h in fp32, and the sum of all squares.
    const double once = 2 * 4 * 17 * kHidden + 2 * 4;
    EXPECT_NEAR(test.phase(StepPhase::exposed_communication),
                d.m * (kLayers * 8 * each + ends) + once, 1e-2);
  }
}

TEST(LayoutTraffic, ContextAxis) {
  for (Drawn& d : drawn(30, true)) {
    d.layout.context = 4;
    const double c = 4;
    const auto of = [&](ContextExchange how) {
      d.layout.context_exchange = how;
      return sent(layout_scenario(small_llama()), d.layout, GridAxis::context);
    };
    const double blocks = kLayers / d.p;
    // c - 1 steps of 2 (T / c) 2 kv / t bytes, twice as many back. The attention meanwhile takes
    // less than 1e-3 s.
    const double keys = 2 * d.b * kSteps / c * 2 * kKeys / d.t;
    const Sent ring = of(ContextExchange::ring);
    EXPECT_NEAR(ring.forward, blocks * (c - 1) * keys, 1e-2);
    EXPECT_NEAR(ring.backward, blocks * 2 * (c - 1) * keys, 1e-2);
    // A gather of 2 T 2 kv / t, and a reduce-scatter.
    const Sent gather = of(ContextExchange::all_gather);
    EXPECT_NEAR(gather.forward, blocks * c * keys, 1e-2);
    EXPECT_NEAR(gather.backward, blocks * c * keys, 1e-2);
    // 2 (T / c) (2 q + 2 kv) / t, and its mirror.
    const Sent turned = of(ContextExchange::all_to_all);
    const double queries = 2 * d.b * kSteps / c * kHidden / d.t;
    EXPECT_NEAR(turned.forward, blocks * (2 * queries + keys), 1e-2);
    EXPECT_NEAR(turned.backward, blocks * (2 * queries + keys), 1e-2);
  }
}

// Dispatch and combine each way: 4 T k h B, T of one rank.
TEST(LayoutTraffic, ExpertAxis) {
  zoo::TransformerConfig config = small_llama();
  config.experts = {.experts = 8, .active = 2, .features = 256};
  for (Drawn& d : drawn(30, true)) {
    d.layout.data = 8;
    d.layout.expert = 8;
    d.layout.expert_tensor = 1;
    const double each = d.b * kSteps / (d.c * d.t) * 2 * kHidden * 2;
    const Sent all = sent(layout_scenario(config), d.layout, GridAxis::expert);
    EXPECT_NEAR(all.forward, kLayers / d.p * 2 * each, 1e-2);
    EXPECT_NEAR(all.backward, kLayers / d.p * 2 * each, 1e-2);
  }
}

// A microbatch goes on once forward and once back: 2 m messages of 2 T h / (c t) bytes between two
// stages; of 4 stages the inner ones wait for both of their neighbours'.
TEST(LayoutTraffic, Messages) {
  for (const Drawn& d : drawn(30, true)) {
    LayoutUnderTest test(layout_scenario(small_llama()), d.layout, {{GridAxis::pipeline, 1}});
    const double bytes = 2 * d.b * kSteps * kHidden / (d.c * d.t);
    EXPECT_EQ(stage_message(test.job->parts()[0].output, test.context()).seconds, bytes);
    // On the mean of all stages 2 m (p - 1) / p are sent; the norm's sum is 2 * 4 bytes.
    EXPECT_NEAR(test.phase(StepPhase::exposed_communication), 2 * d.m * (d.p - 1) / d.p * bytes + 8,
                1e-2);
  }
  // Without sequence parallelism Megatron-LM sends a share from each tensor rank and gathers them.
  for (const Drawn& d : drawn(30, false)) {
    Scenario scenario = layout_scenario(small_llama());
    scenario.framework = Framework::megatron;
    LayoutUnderTest test(scenario, d.layout, {{GridAxis::pipeline, 1}});
    const double bytes = 2 * d.b * kSteps * kHidden / d.c;
    EXPECT_EQ(stage_message(test.job->parts()[0].output, test.context()).seconds, bytes / d.t);
  }
}

// With v = 2 parts on each of 4 stages a microbatch passes 4 * 2 - 1 = 7 cuts each way.
TEST(LayoutTraffic, MessagesOfInterleavedParts) {
  Layout layout = layout_without_overlap();
  layout.pipeline = 4;
  layout.virtual_stages = 2;
  layout.schedule = PipelineSchedule::interleaved;
  layout.overlap.pipeline = false;
  for (const std::int64_t m : {4, 8, 16}) {
    layout.microbatches = m;
    const LayoutUnderTest test(layout_scenario(small_llama()), layout, {{GridAxis::pipeline, 1}});
    const double bytes = 2 * kSteps * kHidden;
    EXPECT_NEAR(test.phase(StepPhase::exposed_communication),
                2 * static_cast<double>(m) * 7 / 4 * bytes + 8, 1e-2);
  }
}

// Gradients of g = 4 bytes and weights of 2, Psi of a stage.
TEST(LayoutTraffic, Replicas) {
  for (Drawn& d : drawn(30, true)) {
    d.layout.data = 4;
    d.layout.shard_group = d.layout.data * d.layout.context;
    for (const bool buckets : {false, true}) {
      Scenario scenario = layout_scenario(small_llama());
      scenario.all_reduce.fusion = Bytes(1e5);
      d.layout.overlap.gradients = d.layout.overlap.parameters = buckets;
      const auto work = [&](int zero) {
        d.layout.zero = zero;
        LayoutUnderTest test(
            scenario, d.layout,
            {{GridAxis::replicas, 1}, {GridAxis::shards, 1}, {GridAxis::shard_copies, 1}});
        StageParameters parameters;
        parameters.add(test.job->parts()[1]);
        return work_of(parameters, test.context());
      };
      const LayoutUnderTest any(scenario, d.layout);
      const double psi = static_cast<double>(any.job->parts()[1].parameters);
      EXPECT_NEAR(work(0).reduce.seconds, 2 * psi * 4, 1e-3);
      EXPECT_EQ(work(0).gather.seconds, 0);
      EXPECT_NEAR(work(1).reduce.seconds, psi * 4, 1e-3);
      EXPECT_NEAR(work(1).gather.seconds, psi * 2, 1e-3);
      // Zero 2 has shared its gradients out already, zero 3 its parameters as well.
      EXPECT_EQ(work(2).reduce.seconds, 0);
      EXPECT_NEAR(work(2).gather.seconds, psi * 2, 1e-3);
      EXPECT_EQ(work(3).gather.seconds, 0);
    }
  }
}

TEST(LayoutTraffic, EveryMicrobatchUnderZero2And3) {
  for (Drawn& d : drawn(30, true)) {
    d.layout.data = 4;
    d.layout.shard_group = d.layout.data * d.layout.context;
    for (const int zero : {2, 3}) {
      d.layout.zero = zero;
      LayoutUnderTest test(layout_scenario(small_llama()), d.layout, {{GridAxis::shards, 1}});
      const PartCost& part = test.job->parts()[1];
      const StreamedUnits stream = streamed(part, 1e-3, 1e-3, test.context(), {});
      const double psi = static_cast<double>(part.parameters);
      // Gathered twice (2 bytes), reduced once (4 bytes).
      EXPECT_NEAR(stream.forward, zero == 3 ? psi * 2 : 0, 1e-3);
      EXPECT_NEAR(stream.backward, psi * 4 + (zero == 3 ? psi * 2 : 0), 1e-3);
    }
  }
}

// 8 replicas in shard groups of 4: inside as with 4; then the shard of Psi / 4 is summed over 2.
TEST(LayoutTraffic, ShardGroups) {
  Layout layout = layout_without_overlap();
  layout.data = 8;
  layout.zero = 1;
  layout.shard_group = 4;
  LayoutUnderTest test(layout_scenario(small_llama()), layout, {{GridAxis::shard_copies, 1}});
  StageParameters parameters;
  parameters.add(test.job->parts()[0]);
  const double psi = static_cast<double>(test.job->parts()[0].parameters);
  EXPECT_NEAR(work_of(parameters, test.context()).reduce.seconds, 2 * psi / 4 * 4, 1e-3);
}

// First and last stage send each other the gradients of an embedding of 50,000 * 512 / 2, 4 bytes
// each. Without ties, or on one stage, there is nothing to send.
TEST(LayoutTraffic, TiedEmbeddings) {
  zoo::TransformerConfig config = small_llama();
  config.vocabulary = 50'000;
  Layout layout = layout_without_overlap();
  layout.tensor = 2;
  layout.microbatches = 8;
  const auto exposed = [&](bool tied, int stages, PipelineSchedule schedule) {
    config.tied = tied;
    layout.pipeline = stages;
    layout.schedule = schedule;
    layout.virtual_stages = schedule == PipelineSchedule::zb_v ? 2 : 1;
    const LayoutUnderTest test(layout_scenario(config), layout, {{GridAxis::pipeline, 1}});
    return test.phase(StepPhase::exposed_communication) * stages;
  };
  constexpr auto kPlain = PipelineSchedule::one_f_one_b;
  const double both = 2 * 4 * 50'000.0 * 512 / 2;
  EXPECT_NEAR(exposed(true, 4, kPlain) - exposed(false, 4, kPlain), both, 1);
  EXPECT_EQ(exposed(true, 1, kPlain), 0);
  // A V has both ends on the first stage.
  EXPECT_NEAR(exposed(true, 4, PipelineSchedule::zb_v), exposed(false, 4, PipelineSchedule::zb_v),
              1);
}

}  // namespace
}  // namespace rehearse
