// What the list of a rank moves in a step, against the formulas of data, tensor and pipeline
// parallelism: random layouts of a small GPT. Rings of n ranks send (n - 1) / n of what they gather
// or scatter.
#include "runtime/parallel/rank_program.h"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <random>
#include <set>

#include "kernels/models/zoo/transformer.h"

namespace rehearse {
namespace {

using Kind = RankOp::Kind;

constexpr std::int64_t kHidden = 16, kSteps = 8, kVocabulary = 32, kBlocks = 8;

Model gpt(bool tied) {
  zoo::TransformerConfig c{.name = "gpt", .layers = kBlocks, .hidden = kHidden};
  c.vocabulary = kVocabulary;
  c.attention = {.heads = 4, .kv_heads = 4, .head_dim = 4, .value_dim = 4};
  c.ffn = 4 * kHidden;
  c.norm = zoo::Norm::layer_norm;
  c.unit = zoo::Unit::gelu;
  c.positions = kSteps;
  c.qkv_bias = c.output_bias = c.ffn_bias = true;
  c.tied = tied;
  return zoo::transformer(c, kSteps);
}

Layout random_layout(std::mt19937& random) {
  const auto pick = [&](std::initializer_list<int> of) {
    return *(of.begin() + static_cast<std::ptrdiff_t>(random() % of.size()));
  };
  Layout layout{.data = pick({1, 2, 3, 4}), .tensor = pick({1, 2, 4}), .pipeline = pick({1, 2, 4})};
  layout.sequence = layout.tensor > 1 && pick({0, 1}) == 1;
  layout.zero = pick({0, 1, 2, 3});
  layout.shard_group = layout.data == 4 && layout.zero > 0 ? pick({2, 4}) : layout.data;
  layout.microbatch = pick({1, 2});
  layout.microbatches = std::int64_t{pick({1, 2})} * layout.pipeline;
  if (layout.pipeline > 1) {
    layout.schedule = static_cast<PipelineSchedule>(pick({0, 1, 2}));
    layout.virtual_stages = layout.schedule == PipelineSchedule::interleaved ? 2 : 1;
  }
  layout.overlap.gradients = pick({0, 1}) == 1;
  layout.overlap.parameters = pick({0, 1}) == 1;
  layout.overlap.pipeline = pick({0, 1}) == 1;
  return layout;
}

std::int64_t elements_of(const RankOp& op) {
  std::int64_t sum = 0;
  for (const ParameterRange& range : op.ranges) sum += range.size();
  return sum;
}

// Elements that a rank sends in rings, by axis.
std::map<GridAxis, double> sent_by_axis(const RankProgram& program, const ProcessGrid& grid) {
  std::map<GridAxis, double> sent;
  for (const RankOp& op : program.ops) {
    if (op.kind != Kind::collect && op.kind != Kind::gather) continue;
    const double n = grid.size(op.axis), ways = op.operation == Operation::all_reduce ? 2 : 1;
    sent[op.axis] += ways * (n - 1) / n * static_cast<double>(elements_of(op));
  }
  return sent;
}

struct Rank {
  const Layout& layout;
  const ProcessGrid& grid;
  const RankProgram& program;
  int rank, stage;
};

// Data parallelism: gradients once, or under zero 2 and 3 for every microbatch; parameters once, or
// under zero 3 before every pass.
void expect_gradient_traffic(const Rank& of) {
  const Layout& layout = of.layout;
  double whole = 0, ends = 0;
  for (const GradientBucket& bucket : of.program.buckets) {
    (bucket.of_ends ? ends : whole) += static_cast<double>(bucket.range.size());
  }
  const auto sent = sent_by_axis(of.program, of.grid);
  const auto on = [&](GridAxis axis) { return sent.contains(axis) ? sent.at(axis) : 0; };
  const double d = layout.data, m = static_cast<double>(layout.microbatches);
  if (layout.zero == 0) {
    EXPECT_NEAR(on(GridAxis::replicas), 2 * (d - 1) / d * (whole + ends), 1e-6);
    return;
  }
  const double n = layout.shard_group, copies = d / n;
  const double per_gradients = layout.zero >= 2 ? m * whole + ends : whole + ends;
  double per_weights = whole + ends;
  if (layout.zero == 3) {
    per_weights = 2 * m * (whole + ends);
    // The scores of a model that is not cut read the embedding, which is in the bucket of all that
    // comes before the blocks, once more in each pass.
    for (const ChunkLayer& layer : of.program.chunks[0].layers) {
      if (layer.tied)
        per_weights += 2 * m * static_cast<double>(of.program.buckets.back().range.size());
    }
  }
  EXPECT_NEAR(on(GridAxis::shards), (n - 1) / n * (per_gradients + per_weights), 1e-6);
  double own = 0;
  for (const GradientBucket& bucket : of.program.buckets)
    own += static_cast<double>(bucket.own.size());
  EXPECT_NEAR(on(GridAxis::shard_copies), 2 * (copies - 1) / copies * own, 1e-6);
}

// The gradients of norms, positions and summed biases under sequence parallelism: 2 norms of 2 h
// and 2 biases of h for each block, the positions on the first stage, a norm on the last.
void expect_shared_traffic(const Rank& of) {
  const auto sent = sent_by_axis(of.program, of.grid);
  const double t = of.layout.tensor;
  const double of_block = 6.0 * kHidden, blocks = static_cast<double>(kBlocks) / of.layout.pipeline;
  double shared = of_block * blocks;
  if (of.stage == 0) shared += static_cast<double>(kSteps * kHidden);
  if (of.stage == of.layout.pipeline - 1) shared += 2.0 * kHidden;
  const double expected = of.layout.sequence ? 2 * (t - 1) / t * shared : 0;
  EXPECT_NEAR(sent.contains(GridAxis::tensor) ? sent.at(GridAxis::tensor) : 0, expected, 1e-6);
}

// Both ends of a pipeline add up their copies of a tied embedding.
void expect_tied_traffic(const Rank& of, bool tied) {
  const auto sent = sent_by_axis(of.program, of.grid);
  const bool at_end = of.stage == 0 || of.stage == of.layout.pipeline - 1;
  const bool sums = tied && of.layout.pipeline > 1 && at_end;
  const double share = static_cast<double>(kVocabulary * kHidden) / of.layout.tensor;
  EXPECT_NEAR(sent.contains(GridAxis::ends) ? sent.at(GridAxis::ends) : 0, sums ? share : 0, 1e-6);
}

// 2 m v messages between neighbours, of T h elements or a tensor rank's share of the steps.
void expect_messages(const Rank& of) {
  const Layout& layout = of.layout;
  std::int64_t sent = 0, received = 0, listened = 0;
  for (const RankOp& op : of.program.ops) {
    if (op.kind == Kind::send) ++sent;
    if (op.kind == Kind::listen) ++listened;
    if (op.kind == Kind::receive) ++received;
    if (op.kind == Kind::send || op.kind == Kind::receive) {
      EXPECT_NE(op.peer, of.stage);
      EXPECT_EQ(op.elements, kSteps * kHidden / (layout.sequence ? layout.tensor : 1));
    }
  }
  const std::int64_t m = layout.microbatches,
                     parts = std::int64_t{layout.pipeline} * layout.virtual_stages;
  std::int64_t expected = 0;  // into and out of each chunk, but at both ends of the model
  for (const RankChunk& chunk : of.program.chunks) {
    expected += (chunk.part > 0 ? m : 0) + (chunk.part < parts - 1 ? m : 0);
  }
  EXPECT_EQ(sent, expected);
  EXPECT_EQ(received, expected);
  EXPECT_LE(listened, received);
  if (!layout.overlap.pipeline) {
    EXPECT_EQ(listened, 0);
  }
}

// 4 all-reduces a block and microbatch, or as many all-gathers and reduce-scatters twice over: the
// same bytes. Then the embedding, the input of the scores, and three numbers a step of the loss.
void expect_exchanges(const Rank& of) {
  const double t = of.layout.tensor, steps = kSteps;
  double sent = 0;
  for (const RankChunk& chunk : of.program.chunks) {
    for (const ChunkLayer& layer : chunk.layers) {
      if (!layer.exchange) continue;
      const bool reduces = layer.exchange->kind == Exchange::Kind::copy ||
                           layer.exchange->kind == Exchange::Kind::sum ||
                           layer.exchange->kind == Exchange::Kind::statistics;
      EXPECT_EQ(reduces, !of.layout.sequence || layer.exchange->kind == Exchange::Kind::statistics);
      sent += 2 * (t - 1) / t * layer.exchange->elements;  // there and back
    }
  }
  double expected = 8 * (t - 1) / t * steps * kHidden * kBlocks / of.layout.pipeline;
  if (of.stage == 0) expected += 2 * (t - 1) / t * steps * kHidden;
  if (of.stage == of.layout.pipeline - 1) expected += 2 * (t - 1) / t * steps * (kHidden + 3);
  EXPECT_NEAR(sent, t > 1 ? expected : 0, 1e-6);
}

// Every layer of every chunk is computed once forward and once back for each microbatch, in a slot
// that no other microbatch has at that time, and what was awaited was begun before.
void expect_passes(const Rank& of) {
  std::map<std::tuple<bool, int, int>, std::size_t> layers;
  std::map<std::pair<int, int>, int> in_slot;
  std::set<std::size_t> beside;
  double share = 0;
  for (std::size_t i = 0; i < of.program.ops.size(); ++i) {
    const RankOp& op = of.program.ops[i];
    if (op.beside) beside.insert(i);
    if (op.kind == Kind::await) {
      EXPECT_EQ(beside.count(op.until), 1U);
    }
    if (op.kind != Kind::compute) continue;
    const bool forward = op.pass == PipelinePass::forward;
    EXPECT_LT(op.slot, of.program.slots[static_cast<std::size_t>(op.chunk)]);
    const auto slot = in_slot.try_emplace({op.chunk, op.slot}, op.microbatch).first;
    EXPECT_EQ(slot->second, op.microbatch);
    const auto& chunk = of.program.chunks[static_cast<std::size_t>(op.chunk)];
    std::size_t& done = layers[{forward, op.chunk, op.microbatch}];
    EXPECT_EQ(forward ? op.first : chunk.layers.size() - op.end, done);
    done += op.end - op.first;
    share += op.share;
    if (!forward && done == chunk.layers.size()) in_slot.erase({op.chunk, op.slot});
  }
  const auto passes = 2 * of.layout.microbatches * of.layout.virtual_stages;
  EXPECT_EQ(layers.size(), static_cast<std::size_t>(passes));
  EXPECT_NEAR(share, static_cast<double>(passes), 1e-6);
}

TEST(RankProgram, MovesWhatTheFormulasSay) {
  std::mt19937 random(7);
  for (int i = 0; i < 30; ++i) {
    const bool tied = i % 2 == 0;
    const Model model = gpt(tied);
    const Layout layout = random_layout(random);
    SCOPED_TRACE("layout " + std::to_string(i) + ": data " + std::to_string(layout.data) +
                 " tensor " + std::to_string(layout.tensor) + " pipeline " +
                 std::to_string(layout.pipeline) + " zero " + std::to_string(layout.zero));
    const ProcessGrid grid(layout);
    for (int rank = 0; rank < grid.ranks(); ++rank) {
      const auto parts = rank_parts(model, layout, grid, rank);
      const RankProgram program = rank_program(rank_chunks(model, layout, parts), layout, grid,
                                               rank, {.bucket_elements = 2000});
      const Rank of{layout, grid, program, rank, grid.place(rank, GridAxis::pipeline)};
      expect_gradient_traffic(of);
      expect_shared_traffic(of);
      expect_tied_traffic(of, tied);
      expect_messages(of);
      expect_exchanges(of);
      expect_passes(of);
    }
  }
}

// Runs the lists of all stages, each as far as it comes: what is received has been sent, microbatch
// by microbatch, and all come to their end.
void expect_to_fit(const std::vector<RankProgram>& stages) {
  std::map<std::array<int, 4>, std::vector<int>> under_way;  // from, to, part, pass
  std::vector<std::size_t> at(stages.size(), 0);
  const auto part_of = [&](std::size_t stage, const RankOp& op) {
    return stages[stage].chunks[static_cast<std::size_t>(op.chunk)].part;
  };
  const auto forward = [](const RankOp& op) { return op.pass == PipelinePass::forward ? 1 : 0; };
  for (bool moves = true; moves;) {
    moves = false;
    for (std::size_t s = 0; s < stages.size(); ++s) {
      for (; at[s] < stages[s].ops.size(); ++at[s], moves = true) {
        const RankOp& op = stages[s].ops[at[s]];
        const int me = static_cast<int>(s);
        if (op.kind == Kind::send) {
          const int part = part_of(s, op) + (forward(op) == 1 ? 1 : -1);
          under_way[{me, op.peer, part, forward(op)}].push_back(op.microbatch);
        } else if (op.kind == Kind::receive) {
          std::vector<int>& queue = under_way[{op.peer, me, part_of(s, op), forward(op)}];
          if (queue.empty()) break;
          EXPECT_EQ(queue.front(), op.microbatch);
          queue.erase(queue.begin());
        }
      }
    }
  }
  for (std::size_t s = 0; s < stages.size(); ++s) EXPECT_EQ(at[s], stages[s].ops.size()) << s;
  for (const auto& [way, queue] : under_way) EXPECT_TRUE(queue.empty()) << way[0] << way[1];
}

TEST(RankProgram, StagesOfEveryScheduleFitTogether) {
  const Model model = gpt(true);
  for (const auto schedule : kPipelineScheduleNames.values()) {
    for (const int zero : {0, 3}) {
      using enum PipelineSchedule;
      Layout layout{.data = 2, .pipeline = 4, .zero = zero, .schedule = schedule};
      layout.shard_group = 2;
      layout.microbatches = 8;
      const bool one_part =
          schedule == gpipe || schedule == one_f_one_b || schedule == zb_h1 || schedule == zb_h2;
      layout.virtual_stages = one_part ? 1 : 2;
      layout.overlap.pipeline = true;
      SCOPED_TRACE(kPipelineScheduleNames.text(schedule));
      const ProcessGrid grid(layout);
      std::vector<RankProgram> stages;
      for (int stage = 0; stage < 4; ++stage) {
        const int rank = grid.on_stage(0, stage);
        stages.push_back(rank_program(
            rank_chunks(model, layout, rank_parts(model, layout, grid, rank)), layout, grid, rank));
      }
      expect_to_fit(stages);
    }
  }
}

// Two layers of 300 and 5, and of 70 parameters: the 70 come first.
TEST(RankProgram, NumbersTensorsAsTheyBecomeReady) {
  RankChunk chunk;
  chunk.layers = {{.layer = 1, .parameters = {300, 5}}, {.layer = 2, .parameters = {70}}};
  const Layout layout{.data = 2};
  const ProcessGrid grid(layout);
  const RankProgram program = rank_program({chunk}, layout, grid, 0, {.bucket_elements = 70});
  std::vector<std::pair<std::int64_t, std::int64_t>> numbers;
  for (const RankOp& op : program.ops) {
    if (op.kind == Kind::collect) numbers.emplace_back(op.first_tensor, op.end_tensor);
  }
  const std::vector<std::pair<std::int64_t, std::int64_t>> expected{{0, 1}, {1, 3}};
  EXPECT_EQ(numbers, expected);
}

TEST(RankProgram, OwnersCoverAllParameters) {
  const Model model = gpt(true);
  Layout layout{.data = 4, .tensor = 2, .zero = 1, .shard_group = 4};
  const ProcessGrid grid(layout);
  for (int tensor = 0; tensor < 2; ++tensor) {
    std::int64_t owned = 0, all = 0;
    for (int replica = 0; replica < 4; ++replica) {
      const int rank = tensor + 2 * replica;
      const auto parts = rank_parts(model, layout, grid, rank);
      const RankProgram program =
          rank_program(rank_chunks(model, layout, parts), layout, grid, rank);
      all = program.parameter_elements();
      for (const GradientBucket& bucket : program.buckets) owned += bucket.own.size();
    }
    EXPECT_EQ(owned, all);
  }
}

}  // namespace
}  // namespace rehearse
