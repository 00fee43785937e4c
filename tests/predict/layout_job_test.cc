// The step of a layout: bubbles, what is hidden, what slows it down.
#include "predict/layout_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "base/error.h"
#include "predict/job_costs.h"
#include "tests/predict/layout_fixture.h"

namespace rehearse {
namespace {

using test::layout_scenario;
using test::layout_without_overlap;
using test::LayoutUnderTest;
using test::small_llama;

Layout pipeline(int stages, std::int64_t microbatches,
                PipelineSchedule schedule = PipelineSchedule::one_f_one_b, int chunks = 1) {
  Layout layout = layout_without_overlap();
  layout.pipeline = stages;
  layout.microbatches = microbatches;
  layout.schedule = schedule;
  layout.virtual_stages = chunks;
  return layout;
}

// 4 stages of 2 blocks, 8 microbatches. Of the last stage 0.2 % is the scores.
TEST(LayoutJob, BubbleOfEqualStages) {
  const auto bubble = [](PipelineSchedule schedule, int chunks) {
    const LayoutUnderTest test(layout_scenario(small_llama()), pipeline(4, 8, schedule, chunks));
    return test.phase(StepPhase::pipeline_bubble);
  };
  const LayoutUnderTest test(layout_scenario(small_llama()), pipeline(4, 8));
  const PartCost& part = test.job->parts()[1];
  const double f = part.forward, b = part.backward_input, w = part.backward_weights;
  // (p - 1) (F + B + W); of v = 2 parts on a stage half of that.
  const double whole = 3 * (f + b + w);
  EXPECT_NEAR(bubble(PipelineSchedule::one_f_one_b, 1), whole, 0.02 * whole);
  EXPECT_NEAR(bubble(PipelineSchedule::gpipe, 1), whole, 0.02 * whole);
  EXPECT_NEAR(bubble(PipelineSchedule::interleaved, 2), whole / 2, 0.02 * whole);
  // (p - 1) (F + B - W) where F = B = W; here B is a little longer.
  EXPECT_NEAR(bubble(PipelineSchedule::zb_h1, 1), 3 * (f + b - w), 0.1 * whole);
  // Of the step (p - 1) / (m + p - 1) = 3 / 11, but for the update.
  const LayoutStep step = test.job->step();
  const double update = step.parts[StepPhase::optimizer].value();
  EXPECT_NEAR(step.parts[StepPhase::pipeline_bubble].value() / (step.seconds - update), 3.0 / 11,
              0.01);
  // One stage has none.
  EXPECT_EQ(LayoutUnderTest(layout_scenario(small_llama()), pipeline(1, 8))
                .phase(StepPhase::pipeline_bubble),
            0);
}

// A seeded sample of layouts of the small model, with 8 blocks and 8 heads.
std::vector<Layout> random_layouts(int count) {
  std::mt19937 random(7);
  const auto pick = [&](const std::vector<int>& of) { return of[random() % of.size()]; };
  std::vector<Layout> all;
  while (static_cast<int>(all.size()) < count) {
    Layout layout;
    layout.tensor = pick({1, 2, 4, 8});
    layout.sequence = layout.tensor > 1 && pick({0, 1}) == 1;
    layout.pipeline = pick({1, 2, 4});
    layout.context = pick({1, 2, 4});
    layout.context_exchange = static_cast<ContextExchange>(pick({0, 1, 2}));
    layout.data = pick({1, 2, 8});
    layout.zero = pick({0, 1, 2, 3});
    layout.shard_group = layout.data * layout.context;
    layout.microbatch = pick({1, 2});
    layout.microbatches = pick({8, 16});
    layout.recompute.mode = pick({0, 1}) == 1 ? Recompute::Mode::full : Recompute::Mode::none;
    layout.schedule = static_cast<PipelineSchedule>(pick({0, 1, 2, 3, 5, 6}));
    if (layout.schedule == PipelineSchedule::interleaved ||
        layout.schedule == PipelineSchedule::zb_v ||
        layout.schedule == PipelineSchedule::dualpipe) {
      layout.virtual_stages = 2;
    }
    if (layout.pipeline == 1) {
      layout.schedule = PipelineSchedule::one_f_one_b;
      layout.virtual_stages = 1;
    }
    layout.overlap.gradients = pick({0, 1}) == 1;
    layout.overlap.parameters = pick({0, 1}) == 1;
    layout.overlap.tensor = pick({0, 1}) == 1;
    layout.overlap.pipeline = pick({0, 1}) == 1;
    layout.overlap.slowdown = pick({0, 1}) == 1 ? 1.13 : 1;
    all.push_back(layout);
  }
  return all;
}

std::vector<std::pair<GridAxis, double>> every_axis(double seconds_per_byte) {
  std::vector<std::pair<GridAxis, double>> slow;
  for (int axis = 0; axis < kGridAxes; ++axis) {
    slow.emplace_back(static_cast<GridAxis>(axis), seconds_per_byte);
  }
  return slow;
}

TEST(LayoutJob, BreakdownAddsUp) {
  for (const Layout& layout : random_layouts(60)) {
    for (const Framework framework : {Framework::pytorch, Framework::megatron}) {
      Scenario scenario = layout_scenario(small_llama());
      scenario.framework = framework;
      const LayoutUnderTest test(scenario, layout, every_axis(1e-10));
      const LayoutStep step = test.job->step();
      EXPECT_NEAR(step.parts.sum().value(), step.seconds, 1e-9 * step.seconds);
      for (const StepPhase phase : kStepPhases) {
        EXPECT_GE(step.parts[phase].value(), -1e-9 * step.seconds) << to_text(phase);
      }
      EXPECT_GE(step.hidden, -1e-12);
    }
  }
}

// Twice the bandwidth of everything, or faster devices.
TEST(LayoutJob, MoreIsNeverSlower) {
  for (const Layout& layout : random_layouts(60)) {
    const Scenario scenario = layout_scenario(small_llama());
    const LayoutUnderTest slow(scenario, layout, every_axis(2e-10));
    const LayoutUnderTest fast(scenario, layout, every_axis(1e-10));
    EXPECT_LE(fast.seconds(), slow.seconds() * (1 + 1e-9));
    EXPECT_LE(slow.job->step({.bandwidth = 0.5}).seconds, slow.seconds() * (1 + 1e-9));
    EXPECT_GE(slow.job->step({.compute = 1.1}).seconds, slow.seconds() * (1 - 1e-9));
  }
}

TEST(LayoutJob, FullRecomputationTakesAForwardPassMore) {
  Layout layout = pipeline(4, 8);
  const LayoutUnderTest kept(layout_scenario(small_llama()), layout);
  layout.recompute.mode = Recompute::Mode::full;
  const LayoutUnderTest again(layout_scenario(small_llama()), layout);
  EXPECT_LT(again.memory(MemoryPart::activations), kept.memory(MemoryPart::activations) / 2);
  EXPECT_GT(again.seconds(), kept.seconds());
  // 8 microbatches of 2 blocks.
  const double forward = kept.job->parts()[1].forward;
  EXPECT_NEAR(again.phase(StepPhase::recompute), 8 * forward, 1e-9);
  EXPECT_EQ(kept.phase(StepPhase::recompute), 0);
}

// Reduced at once 1 s / 100 kB; beside the last backward pass what that takes is hidden, but never
// the last bucket.
TEST(LayoutJob, GradientsAreReducedUnderTheLastBackwardPass) {
  Layout layout = layout_without_overlap();
  layout.data = 4;
  layout.microbatches = 4;
  const Scenario scenario = [] {
    Scenario of = layout_scenario(small_llama());
    of.all_reduce.fusion = Bytes(1e6);
    return of;
  }();
  const auto step = [&](bool overlap, double seconds_per_byte, double slowdown = 1) {
    Layout of = layout;
    of.overlap.gradients = overlap;
    of.overlap.slowdown = slowdown;
    return LayoutUnderTest(scenario, of, {{GridAxis::replicas, seconds_per_byte}}).job->step();
  };
  const LayoutUnderTest plain(scenario, layout);
  const PartCost& part = plain.job->parts()[0];
  const double backward = part.backward_input + part.backward_weights;
  const double bytes = 4.0 * static_cast<double>(part.parameters);
  // Twice the backward pass: half of it is left.
  const double slow = 2 * backward / (2 * bytes);
  EXPECT_NEAR(step(false, slow).seconds - step(true, slow).seconds, backward, 1e-9);
  EXPECT_NEAR(step(true, slow).hidden, backward, 1e-9);
  // A tenth of it: a bucket of 1 MB is left.
  const double fast = 0.1 * backward / (2 * bytes);
  const double alone = step(false, 0).seconds;
  EXPECT_NEAR(step(true, fast).seconds - alone, 2e6 * fast, 1e-9 * alone);
  // What is hidden makes the computing beside it slower by 13 %.
  const double hidden = step(true, fast).hidden;
  const LayoutStep slower = step(true, fast, 1.13);
  EXPECT_NEAR(slower.seconds - step(true, fast).seconds, 0.13 * hidden, 1e-9);
  EXPECT_NEAR(
      (slower.parts[StepPhase::compute] - step(true, fast).parts[StepPhase::compute]).value(),
      0.13 * hidden, 1e-9);
}

// Megatron-LM sums gradients of inputs while it computes those of weights.
TEST(LayoutJob, TensorExchangesGoOnBesideGradientsOfWeights) {
  Layout layout = pipeline(4, 8);
  layout.tensor = 4;
  Scenario scenario = layout_scenario(small_llama());
  const auto of = [&](Framework framework, double seconds_per_byte) {
    scenario.framework = framework;
    const LayoutUnderTest test(scenario, layout, {{GridAxis::tensor, seconds_per_byte}});
    return test.job->parts()[1];
  };
  const PartCost torch = of(Framework::pytorch, 1e-13), megatron = of(Framework::megatron, 1e-13);
  EXPECT_EQ(torch.hidden, 0);
  EXPECT_EQ(megatron.forward_exchanges.seconds, torch.forward_exchanges.seconds);
  // 1e-13 s a byte is shorter than the products: all of the backward pass is hidden.
  EXPECT_NEAR(megatron.backward_exchanges.seconds, 0, 1e-15);
  EXPECT_NEAR(megatron.hidden, torch.backward_exchanges.seconds, 1e-15);
  // At 1 s a byte next to nothing is.
  EXPECT_NEAR(of(Framework::megatron, 1).backward_exchanges.seconds /
                  of(Framework::pytorch, 1).backward_exchanges.seconds,
              1, 1e-6);
}

// The first chunk of 4 is computed with a rank's own keys; then the keys of three others go round.
TEST(LayoutJob, KeysGoRoundBesideTheAttention) {
  Layout layout = layout_without_overlap();
  layout.context = 4;
  const LayoutUnderTest fast(layout_scenario(small_llama()), layout, {{GridAxis::context, 1e-14}});
  EXPECT_NEAR(fast.job->parts()[0].forward_exchanges.seconds, 0, 1e-15);
  EXPECT_GT(fast.job->parts()[0].hidden, 0);
  layout.context_exchange = ContextExchange::all_gather;
  const LayoutUnderTest gathers(layout_scenario(small_llama()), layout,
                                {{GridAxis::context, 1e-14}});
  EXPECT_GT(gathers.job->parts()[0].forward_exchanges.seconds, 0);
  EXPECT_EQ(gathers.job->parts()[0].hidden, 0);
}

TEST(LayoutJob, MessagesOf1F1BBlock) {
  Layout layout = pipeline(4, 8);
  const LayoutUnderTest blocking(layout_scenario(small_llama()), layout,
                                 {{GridAxis::pipeline, 1e-10}});
  layout.overlap.pipeline = true;
  const LayoutUnderTest beside(layout_scenario(small_llama()), layout,
                               {{GridAxis::pipeline, 1e-10}});
  EXPECT_LT(beside.seconds(), blocking.seconds());
}

// Each unit is gathered for itself, every time: nothing is left to gather at the end.
TEST(LayoutJob, Zero3GathersUnitByUnit) {
  Layout layout = layout_without_overlap();
  layout.data = layout.shard_group = 4;
  layout.zero = 3;
  layout.microbatches = 2;
  const LayoutUnderTest alone(layout_scenario(small_llama()), layout);
  const LayoutUnderTest test(layout_scenario(small_llama()), layout, {{GridAxis::shards, 1e-6}});
  // m Psi (2 + 2 + 4)
  const double bytes = 2.0 * 8 * static_cast<double>(test.job->parts()[0].parameters);
  EXPECT_NEAR(test.seconds() - alone.seconds(), 1e-6 * bytes, 1e-9 * bytes * 1e-6);
  layout.overlap.gradients = layout.overlap.parameters = true;
  const LayoutUnderTest ahead(layout_scenario(small_llama()), layout, {{GridAxis::shards, 1e-6}});
  EXPECT_LT(ahead.seconds(), test.seconds());
}

TEST(LayoutJob, ImbalanceIsSlower) {
  zoo::TransformerConfig config = small_llama();
  config.experts = {.experts = 8, .active = 2, .features = 1024};
  Layout layout = layout_without_overlap();
  layout.data = layout.expert = 4;
  layout.expert_tensor = 1;
  const LayoutUnderTest even(layout_scenario(config), layout, {{GridAxis::expert, 1e-10}});
  layout.expert_imbalance = 1.5;
  const LayoutUnderTest uneven(layout_scenario(config), layout, {{GridAxis::expert, 1e-10}});
  EXPECT_GT(uneven.phase(StepPhase::compute), even.phase(StepPhase::compute));
  EXPECT_NEAR(uneven.phase(StepPhase::exposed_communication),
              1.5 * even.phase(StepPhase::exposed_communication), 1e-9);
  EXPECT_GT(uneven.memory(MemoryPart::activations), even.memory(MemoryPart::activations));
}

// bf16 with gradients in fp32: gradient 4, master copy 8, weight 2, two slots 16, in all 30 bytes;
// of lamb the master copy and the slots once more, 12.
TEST(LayoutJob, TrafficOfAnUpdate) {
  Scenario scenario = layout_scenario(small_llama());
  EXPECT_EQ(update_traffic(scenario, 10), Bytes(300));
  scenario.optimizer.rule.name = "lamb";
  EXPECT_EQ(update_traffic(scenario, 10), Bytes(420));
  scenario.precision = Precision::fp32;  // weight 8, gradient 4, slots 16, and 12
  EXPECT_EQ(update_traffic(scenario, 10), Bytes(400));
}

// Half of the states: (4 + 2) bytes of 0.5 Psi over a link of 10 GB/s, and the update there.
TEST(LayoutJob, Offload) {
  Layout layout = layout_without_overlap();
  const LayoutUnderTest kept(layout_scenario(small_llama()), layout);
  layout.offload_optimizer = 0.5;
  const LayoutUnderTest half(layout_scenario(small_llama()), layout);
  EXPECT_EQ(half.memory(MemoryPart::optimizer), kept.memory(MemoryPart::optimizer) / 2);
  const double moved = static_cast<double>(half.job->parts()[0].parameters) / 2;
  // Adam: 4 + 8 + 2 + 16 = 30 bytes.
  const double rate = half.scenario.strategy.servers.update_bandwidth.value();
  EXPECT_NEAR(half.phase(StepPhase::offload), moved * 6 / 10e9 + moved * 30 / rate, 1e-9);
  EXPECT_EQ(kept.phase(StepPhase::offload), 0);
  layout.offload_optimizer = 0;
  layout.offload_activations = 1;
  const LayoutUnderTest away(layout_scenario(small_llama()), layout);
  EXPECT_EQ(away.memory(MemoryPart::activations), 0);
  EXPECT_GT(away.seconds(), kept.seconds());
}

TEST(LayoutJob, MorePartsThanBlocks) {
  EXPECT_THROW(LayoutUnderTest(layout_scenario(small_llama()), pipeline(16, 16)), Error);
}

}  // namespace
}  // namespace rehearse
