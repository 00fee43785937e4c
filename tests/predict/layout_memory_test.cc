// Memory of a layout: states by the tables of ZeRO, activations by what is in flight.
#include <gtest/gtest.h>

#include "kernels/models/zoo.h"
#include "tests/predict/layout_fixture.h"

namespace rehearse {
namespace {

using test::layout_scenario;
using test::layout_without_overlap;
using test::LayoutUnderTest;
using test::small_llama;

struct States {
  double weights, gradients, optimizer, buffers;
};

States states(const Scenario& scenario, const Layout& layout) {
  const LayoutUnderTest test(scenario, layout);
  return {test.memory(MemoryPart::weights), test.memory(MemoryPart::gradients),
          test.memory(MemoryPart::optimizer), test.memory(MemoryPart::buffers)};
}

// bf16, gradients and Adam in fp32: 2 + 4 + 12 bytes of a parameter, N = 4 replicas.
TEST(LayoutMemory, StatesByStageOfZero) {
  const Scenario scenario = layout_scenario(small_llama());
  const double n = 4, psi = static_cast<double>(scenario.model->parameter_count());
  Layout layout = layout_without_overlap();
  layout.data = layout.shard_group = 4;
  // A block is 4 h^2 + 3 h f + 2 h = 4 * 262,144 + 3 * 524,288 + 1,024 parameters.
  const double block = 2'622'464;
  const double expected[4][4] = {{2 * psi, 4 * psi, 12 * psi, 0},          // 18
                                 {2 * psi, 4 * psi, 12 * psi / n, 0},      // 6 + 12 / N
                                 {2 * psi, 4 * psi / n, 12 * psi / n, 0},  // 2 + 16 / N
                                 {2 * psi / n, 4 * psi / n, 12 * psi / n,  // 18 / N, and two
                                  (2 * 2 + 4) * block}};                   // units with one's
                                                                           // gradients
  for (int zero = 0; zero < 4; ++zero) {
    layout.zero = zero;
    const States is = states(scenario, layout);
    const double* was = expected[zero];
    EXPECT_EQ(is.weights, was[0]) << zero;
    EXPECT_EQ(is.gradients, was[1]) << zero;
    EXPECT_EQ(is.optimizer, was[2]) << zero;
    EXPECT_EQ(is.buffers, was[3]) << zero;
  }
  // Shards of 2 replicas.
  layout.shard_group = 2;
  EXPECT_EQ(states(scenario, layout).optimizer, 12 * psi / 2);
  // Context ranks hold the same parameters: 4 x 2 share the states.
  layout.context = 2;
  layout.shard_group = 8;
  layout.zero = 1;
  EXPECT_EQ(states(scenario, layout).optimizer, 12 * psi / 8);
}

// Llama-2-7B: 18 bytes are 121,291,481,088; of 64 replicas with zero 1 6.1875 are 41,693,946,624.
TEST(LayoutMemory, StatesOfLlama) {
  Scenario scenario = layout_scenario(small_llama());
  scenario.model = std::make_shared<const Model>(zoo_model("llama2_7b"));
  Layout layout = layout_without_overlap();
  const auto all = [&] {
    const States is = states(scenario, layout);
    return is.weights + is.gradients + is.optimizer;
  };
  EXPECT_EQ(all(), 121'291'481'088.0);
  layout.data = layout.shard_group = 64;
  layout.zero = 1;
  EXPECT_EQ(all(), 41'693'946'624.0);
}

// Scores that share the weights of the embedding have none of their own, unless they are on another
// stage. GPT-2: 124,439,808 parameters, 38,597,376 of the embedding.
TEST(LayoutMemory, TiedEmbeddingsAreOnceOnAStage) {
  Scenario scenario = layout_scenario(small_llama());
  scenario.model = std::make_shared<const Model>(zoo_model("gpt2"));
  Layout layout = layout_without_overlap();
  EXPECT_EQ(states(scenario, layout).weights, 2 * 124'439'808.0);
  EXPECT_EQ(LayoutUnderTest(scenario, layout).job->parts()[0].parameters, 124'439'808);
  layout.pipeline = 2;
  layout.microbatches = 4;
  const LayoutUnderTest two(scenario, layout);
  EXPECT_EQ(two.job->parts()[0].parameters + two.job->parts()[1].parameters,
            124'439'808 + 38'597'376);
  layout.schedule = PipelineSchedule::zb_v;
  layout.virtual_stages = 2;
  // Both ends and 6 blocks of 12 h^2 + 13 h = 7,087,872, positions 786,432 and the last norm 1,536.
  EXPECT_EQ(states(scenario, layout).weights,
            2 * (38'597'376.0 + 786'432 + 1'536 + 6 * 7'087'872.0));
}

// Expert parameters are shared by the ranks that hold the same experts: 8 replicas, 4 of which
// share the experts out, are 2 copies. 8 experts of 3 h f in each of 8 blocks.
TEST(LayoutMemory, StatesOfExperts) {
  zoo::TransformerConfig config = small_llama();
  config.experts = {.experts = 8, .active = 2, .features = 256};
  const Scenario scenario = layout_scenario(config);
  Layout layout = layout_without_overlap();
  layout.data = layout.shard_group = 8;
  layout.expert = 4;
  layout.zero = 1;
  const double experts = 8.0 * 8 * 3 * 512 * 256;
  const double dense = static_cast<double>(scenario.model->parameter_count()) - experts;
  const States is = states(scenario, layout);
  EXPECT_EQ(is.weights, 2 * (dense + experts / 4));
  EXPECT_EQ(is.optimizer, 12 * (dense / 8 + experts / 4 / 2));
}

// Microbatches of a part that the first of 4 stages holds, m = 8. It has more blocks than the
// others, so that it is the fullest.
TEST(LayoutMemory, ActivationsInFlight) {
  zoo::TransformerConfig config = small_llama();
  config.layers = 16;
  Layout layout = layout_without_overlap();
  layout.pipeline = 4;
  layout.microbatches = 8;
  const auto fold = [&](PipelineSchedule schedule, int chunks, double first, double second) {
    layout.schedule = schedule;
    layout.virtual_stages = chunks;
    layout.stages = chunks == 1 ? std::vector{10, 2, 2, 2} : std::vector{5, 1, 1, 1, 5, 1, 1, 1};
    const LayoutUnderTest test(layout_scenario(config), layout);
    const auto kept = [&](int chunk) {
      const int part = part_at(test.job->pipeline(), 0, chunk);
      return test.job->parts()[static_cast<std::size_t>(part)].kept.value();
    };
    const double expected = first * kept(0) + (chunks > 1 ? second * kept(1) : 0);
    EXPECT_EQ(test.memory(MemoryPart::activations), expected) << static_cast<int>(schedule);
  };
  fold(PipelineSchedule::gpipe, 1, 8, 0);        // m
  fold(PipelineSchedule::one_f_one_b, 1, 4, 0);  // min(m, p)
  fold(PipelineSchedule::zb_h1, 1, 4, 0);        // p
  // p (1 + (p - 1) / (p v)) = 5.5 of a stage are 11 parts of half a stage: 2 (p - 1) + (v - 1) p =
  // 10 forward passes before the first backward pass and one more. First they are 7 and 4; when a
  // microbatch has left the second part and another entered the first, 8 and 3.
  fold(PipelineSchedule::interleaved, 2, 8, 3);
}

// Each block keeps its input, 2 T h, and one is whole while it runs again.
TEST(LayoutMemory, FullRecomputationKeepsInputs) {
  Layout layout = layout_without_overlap();
  layout.pipeline = 4;
  layout.microbatches = 8;
  const LayoutUnderTest plain(layout_scenario(small_llama()), layout);
  layout.recompute.mode = Recompute::Mode::full;
  const LayoutUnderTest full(layout_scenario(small_llama()), layout);
  const double block = plain.job->parts()[1].kept.value() / 2;
  EXPECT_EQ(full.job->parts()[1].kept.value(), 2 * 2.0 * 256 * 512);
  EXPECT_EQ(full.job->parts()[1].for_again.value(), block);
  // On stage 0 four microbatches of two blocks: 8 inputs, and one block; 8 bytes of each token.
  EXPECT_EQ(full.memory(MemoryPart::activations), 8 * 2.0 * 256 * 512 + block + 4 * 8.0 * 256);
}

}  // namespace
}  // namespace rehearse
