// Every layout trains as one rank does that has the whole model and the whole batch: the oracle is
// a plain loop over one executor.
#include "runtime/strategies/layout_sgd.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/models/zoo/transformer.h"
#include "runtime/worlds/nccl/nccl_world.h"
#include "tests/runtime/fake_nccl/fake_nccl_world.h"
#include "tests/runtime/layout_job.h"

namespace rehearse {
namespace {

using test::LayoutJob;
using test::LayoutRun;

constexpr std::int64_t kSteps = 8;

// Learnt positions, layer norms, biases; a vocabulary that neither 2 nor 4 divides.
Model gpt(bool tied, std::int64_t layers = 4) {
  zoo::TransformerConfig c{.name = "small gpt", .layers = layers, .hidden = 16, .vocabulary = 27};
  c.attention = {.heads = 4, .kv_heads = 4, .head_dim = 4, .value_dim = 4};
  c.ffn = 32;
  c.norm = zoo::Norm::layer_norm;
  c.unit = zoo::Unit::gelu;
  c.positions = kSteps;
  c.qkv_bias = c.output_bias = c.ffn_bias = true;
  c.tied = tied;
  return zoo::transformer(c, kSteps);
}

// Rotary positions, grouped queries, gated units.
Model llama() {
  zoo::TransformerConfig c{.name = "small llama", .layers = 2, .hidden = 16, .vocabulary = 32};
  c.attention = {.heads = 4, .kv_heads = 2, .head_dim = 4, .value_dim = 4};
  c.ffn = 24;
  return zoo::transformer(c, kSteps);
}

Model mixture() {
  zoo::TransformerConfig c{.name = "small mixture", .layers = 2, .hidden = 16, .vocabulary = 32};
  c.attention = {.heads = 4, .kv_heads = 2, .head_dim = 4, .value_dim = 4};
  c.experts = {.experts = 4, .active = 2, .features = 12};
  c.ffn = 24;
  return zoo::transformer(c, kSteps);
}

double norm(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += static_cast<double>(value) * static_cast<double>(value);
  return std::sqrt(sum);
}

double relative_difference(const std::vector<float>& a, const std::vector<float>& b) {
  std::vector<float> difference(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) difference[i] = a[i] - b[i];
  return norm(difference) / norm(b);
}

void expect_like_alone(LayoutJob job) {
  const LayoutRun alone = test::train_alone(job);
  const LayoutRun run = test::train_laid_out(job);
  ASSERT_EQ(run.losses.size(), alone.losses.size());
  for (std::size_t i = 0; i < run.losses.size(); ++i) {
    ASSERT_NEAR(run.losses[i], alone.losses[i], 1e-4 * alone.losses[i]) << "step " << i;
  }
  EXPECT_LT(std::ranges::min(alone.losses), 0.98 * alone.losses.front());
  if (!run.gradients.empty()) {
    EXPECT_LT(relative_difference(run.gradients, alone.gradients), 1e-5);
  }
  EXPECT_LT(relative_difference(run.parameters, alone.parameters), 1e-4);
  for (const auto& of_rank : run.records) {
    for (const StepRecord& record : of_rank) {
      EXPECT_NEAR(record.parts.sum().value(), (record.end - record.begin).value(), 1e-9);
      for (const StepPhase phase : kStepPhases) {
        EXPECT_GE(record.parts[phase].value(), -1e-3) << to_text(phase);
      }
    }
  }
}

// By the collectives that a GPU's library has of its own.
LayoutJob over_nccl(LayoutJob job, FakeMemory memory) {
  job.run_ranks = [memory](int ranks, const MemoryWorldOptions& options,
                           const std::function<void(World&)>& program) {
    run_over_fake_nccl(memory, ranks, options, program);
  };
  job.call = [](GridAxis, Operation operation, double) { return nccl_call(operation); };
  return job;
}

LayoutJob job_of(const Model& model, const Layout& layout) {
  LayoutJob job{.model = &model, .layout = layout};
  job.rule = {.name = "sgd", .momentum = 0.9};
  job.lr = 0.02;
  job.program.bucket_elements = 1000;
  return job;
}

TEST(LayoutSgd, OneRankTakesMicrobatches) {
  const Model model = gpt(true);
  expect_like_alone(job_of(model, {.microbatch = 4}));
  expect_like_alone(job_of(model, {.microbatch = 2, .microbatches = 4}));
}

TEST(LayoutSgd, DataParallel) {
  const Model model = gpt(true);
  expect_like_alone(job_of(model, {.data = 2, .microbatch = 2, .microbatches = 2}));
  Layout layout{.data = 4, .microbatch = 2};
  layout.overlap.gradients = false;
  expect_like_alone(job_of(model, layout));
}

TEST(LayoutSgd, TensorParallel) {
  for (const bool tied : {true, false}) {
    const Model model = gpt(tied);
    for (const int tensor : {2, 4}) {
      expect_like_alone(job_of(model, {.tensor = tensor, .microbatch = 4}));
      expect_like_alone(job_of(model, {.tensor = tensor, .sequence = true, .microbatch = 4}));
    }
  }
  const Model model = llama();
  expect_like_alone(job_of(model, {.tensor = 2, .microbatch = 2, .microbatches = 2}));
  expect_like_alone(job_of(model, {.tensor = 2, .sequence = true, .microbatch = 4}));
}

TEST(LayoutSgd, Pipelines) {
  for (const bool tied : {true, false}) {
    const Model model = gpt(tied);
    for (const auto schedule : {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b}) {
      for (const int stages : {2, 4}) {
        for (const bool overlap : {false, true}) {
          Layout layout{.pipeline = stages, .schedule = schedule, .microbatch = 1};
          layout.microbatches = 4;
          layout.overlap.pipeline = overlap;
          expect_like_alone(job_of(model, layout));
        }
      }
    }
    Layout layout{.pipeline = 2, .schedule = PipelineSchedule::interleaved};
    layout.virtual_stages = 2;
    layout.microbatch = 1;
    layout.microbatches = 4;
    expect_like_alone(job_of(model, layout));
  }
}

TEST(LayoutSgd, ShardedStates) {
  const Model model = gpt(true);
  for (const int zero : {1, 2, 3}) {
    for (const int data : {2, 4}) {
      for (const bool overlap : {true, false}) {
        Layout layout{.data = data, .zero = zero, .shard_group = data, .microbatch = 1};
        layout.microbatches = 2;
        layout.overlap.gradients = overlap;
        layout.overlap.parameters = overlap;
        LayoutJob job = job_of(model, layout);
        // Gradients that should be zero and are not quite do not count.
        job.rule = {.name = "adam", .epsilon = 1e-3};
        expect_like_alone(job);
      }
    }
  }
}

TEST(LayoutSgd, ExpertParallel) {
  const Model model = mixture();
  // Experts over two replicas, and over tensor ranks with steps of their own.
  expect_like_alone(job_of(model, {.data = 2, .expert = 2, .microbatch = 2}));
  expect_like_alone(job_of(model, {.data = 4, .expert = 4, .microbatch = 2}));
  expect_like_alone(job_of(model, {.tensor = 2, .expert = 2, .sequence = true, .microbatch = 4}));
  expect_like_alone(
      job_of(model, {.data = 2, .tensor = 2, .expert = 4, .sequence = true, .microbatch = 2}));
  // Each expert on two ranks.
  for (const bool sequence : {false, true}) {
    Layout layout{.data = 2, .tensor = 2, .expert = 2, .expert_tensor = 2, .sequence = sequence};
    layout.microbatch = 1;
    layout.microbatches = 2;
    expect_like_alone(job_of(model, layout));
    layout.expert = 1;
    expect_like_alone(job_of(model, layout));
  }
  Layout layout{.data = 2, .pipeline = 2, .expert = 2, .microbatch = 1, .microbatches = 4};
  expect_like_alone(job_of(model, layout));
  layout.zero = 1;
  layout.shard_group = 2;
  expect_like_alone(job_of(model, layout));
}

TEST(LayoutSgd, AllAtOnce) {
  for (const bool tied : {true, false}) {
    const Model model = gpt(tied);
    for (const int zero : {0, 1, 2, 3}) {
      Layout layout{.data = 2, .tensor = 2, .pipeline = 2, .sequence = true, .zero = zero};
      layout.shard_group = 2;
      layout.microbatch = 1;
      layout.microbatches = 4;
      expect_like_alone(job_of(model, layout));
    }
  }
}

// A power of two changes no digit; gradients that are infinite on one rank hold all ranks back.
TEST(LayoutSgd, LossScale) {
  const Model model = gpt(true);
  for (const int zero : {0, 1, 3}) {
    Layout layout{.data = 2, .pipeline = 2, .zero = zero};
    if (zero == 3) layout = {.data = 2, .zero = 3};
    layout.shard_group = zero > 0 ? 2 : 1;
    layout.microbatch = layout.microbatches = 2;
    LayoutJob job{.model = &model, .layout = layout, .steps = 12};
    const LayoutRun plain = test::train_laid_out(job);
    job.loss_scale = 1024;
    const LayoutRun scaled = test::train_laid_out(job);
    EXPECT_EQ(scaled.losses, plain.losses) << zero;
    EXPECT_EQ(scaled.parameters, plain.parameters) << zero;

    job.loss_scale = std::numeric_limits<double>::infinity();
    const LayoutRun still = test::train_laid_out(job);
    EXPECT_EQ(still.parameters, initial_parameters(model, job.seed)) << zero;
    const double first = std::ldexp(1, 134);
    job.loss_scale = first;
    const LayoutRun late = test::train_laid_out(job);
    const auto left_out = static_cast<std::size_t>(std::log2(first / late.loss_scales[0]));
    ASSERT_GT(left_out, 3U) << zero;
    ASSERT_LT(left_out + 2, late.losses.size()) << zero;
    for (const double scale : late.loss_scales) EXPECT_EQ(scale, late.loss_scales[0]) << zero;
    for (std::size_t i = 0; i < left_out; ++i) EXPECT_EQ(late.losses[i], still.losses[i]) << i;
    EXPECT_NE(late.parameters, still.parameters) << zero;
  }
}

TEST(LayoutSgd, OverNccl) {
  const Model model = gpt(true);
  const Model experts = mixture();
  Layout pipeline{.pipeline = 4, .schedule = PipelineSchedule::one_f_one_b, .microbatch = 1};
  pipeline.microbatches = 4;
  Layout sharded{.data = 4, .zero = 3, .shard_group = 4, .microbatch = 1};
  for (const FakeMemory memory : {FakeMemory::host, FakeMemory::device}) {
    for (const LayoutJob& job :
         {job_of(model, {.data = 4, .microbatch = 2}),
          job_of(model, {.tensor = 4, .microbatch = 4}),
          job_of(model, {.tensor = 4, .sequence = true, .microbatch = 4}), job_of(model, pipeline),
          job_of(model, sharded), job_of(experts, {.data = 4, .expert = 4, .microbatch = 2}),
          job_of(model, {.data = 2, .pipeline = 2, .microbatch = 2, .microbatches = 2})}) {
      expect_like_alone(over_nccl(job, memory));
    }
  }
}

}  // namespace
}  // namespace rehearse
