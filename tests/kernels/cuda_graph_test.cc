// The graphs that layers ask cuDNN for, without a GPU.
#include "kernels/cuda/graph.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/cuda/attention_graph.h"
#include "kernels/cuda/convolution_graph.h"

namespace rehearse::cuda {
namespace {

Layer depthwise() {
  Layer layer;
  layer.kind = LayerKind::convolution;
  layer.output = {.channels = 6, .height = 4, .width = 9};
  layer.window = {.kernel_height = 3,
                  .kernel_width = 1,
                  .stride_height = 2,
                  .stride_width = 1,
                  .padding_height = 1,
                  .padding_width = 0};
  layer.groups = 3;
  return layer;
}

TEST(CudaGraph, ChannelsOfImagesLieTogether) {
  // 2 samples of 3 channels of 4 x 5: a sample has 60 elements, a row of 5 pixels 15.
  const Arrangement at = image(2, 3, 4, 5);
  EXPECT_EQ(at.extents, (Extents{2, 3, 4, 5}));
  EXPECT_EQ(at.strides, (Extents{60, 1, 15, 3}));
}

TEST(CudaGraph, ConvolutionsKeepWindowAndGroups) {
  // Heights 8 -> (8 + 2 - 3) / 2 + 1 = 4. Each of 3 groups has 2 of 6 input channels.
  const ConvolutionShape shape =
      convolution_shape(depthwise(), {.channels = 6, .height = 8, .width = 9}, 7);
  EXPECT_EQ(shape.input().extents, (Extents{7, 6, 8, 9}));
  EXPECT_EQ(shape.output().extents, (Extents{7, 6, 4, 9}));
  EXPECT_EQ(shape.weights().extents, (Extents{6, 2, 3, 1}));
  // Output, height, width, input channel: 3 * 1 * 2 elements of an output, 2 of a row.
  EXPECT_EQ(shape.weights().strides, (Extents{6, 1, 2, 2}));
  EXPECT_EQ(shape.bias().extents, (Extents{1, 6, 1, 1}));
  EXPECT_EQ(shape.window.strides, (std::array<std::int64_t, 2>{2, 1}));
  EXPECT_EQ(shape.window.padding, (std::array<std::int64_t, 2>{1, 0}));
}

TEST(CudaGraph, ConvolutionsFuseWhatFollows) {
  const ConvolutionShape shape =
      convolution_shape(depthwise(), {.channels = 6, .height = 8, .width = 9}, 7);
  const auto steps = [&](bool bias, bool relu) {
    const ConvolutionGraph made = convolution_forward(shape, GraphType::bfloat16, bias, relu);
    EXPECT_TRUE(made.graph.is_sound());
    EXPECT_EQ(made.graph.operations().back().output, made.tensors.y);
    return made.graph.operations().size();
  };
  EXPECT_EQ(steps(false, false), 1u);
  EXPECT_EQ(steps(true, false), 2u);
  EXPECT_EQ(steps(false, true), 2u);
  EXPECT_EQ(steps(true, true), 3u);
}

TEST(CudaGraph, IsItsOwnKey) {
  const ConvolutionShape shape =
      convolution_shape(depthwise(), {.channels = 6, .height = 8, .width = 9}, 7);
  ConvolutionShape other = shape;
  other.window.padding[0] = 2;
  const auto graph = [](const ConvolutionShape& of, GraphType type) {
    return convolution_backward_data(of, type).graph;
  };
  EXPECT_EQ(graph(shape, GraphType::float16), graph(shape, GraphType::float16));
  EXPECT_NE(graph(shape, GraphType::float16), graph(shape, GraphType::bfloat16));
  EXPECT_NE(graph(shape, GraphType::float16), graph(other, GraphType::float16));
}

AttentionProblem problem() {
  // 4 heads of queries and 2 of keys and values, 16 features each, packed: (4 + 2 + 2) 16 = 128.
  return {.batch = 3,
          .steps = 10,
          .heads = 4,
          .kv_heads = 2,
          .head_dim = 16,
          .value_dim = 16,
          .query_stride = 128,
          .key_stride = 128,
          .value_stride = 128};
}

TEST(CudaGraph, AttentionIsSound) {
  for (const bool causal : {false, true}) {
    for (const std::int64_t window : {0, 4}) {
      AttentionProblem p = problem();
      p.causal = causal;
      p.window = causal ? window : 0;
      EXPECT_TRUE(attention_forward(p).graph.is_sound());
      for (const bool deterministic : {false, true}) {
        EXPECT_TRUE(attention_backward(p, deterministic).graph.is_sound());
      }
    }
  }
}

TEST(CudaGraph, AttentionReadsPackedHeads) {
  const AttentionGraph made = attention_forward(problem());
  const auto& tensors = made.graph.tensors();
  // A sample has 10 steps of 128 features, a head lies 16 features behind the one before.
  EXPECT_EQ(tensors[made.tensors.q].at, (Arrangement{{3, 4, 10, 16}, {1280, 16, 128, 1}}));
  // Keys enter the product by their transpose.
  EXPECT_EQ(tensors[made.tensors.k].at, (Arrangement{{3, 2, 16, 10}, {1280, 16, 1, 128}}));
  // The output has the 4 heads of a step one behind the other.
  EXPECT_EQ(tensors[made.tensors.out].at, (Arrangement{{3, 4, 10, 16}, {640, 16, 64, 1}}));
  EXPECT_EQ(tensors[made.tensors.logarithms].at, (Arrangement{{3, 4, 10, 1}, {40, 10, 1, 1}}));
}

TEST(CudaGraph, SharedKeysSumTheirGradients) {
  const auto reductions = [](const AttentionProblem& p) {
    const Graph graph = attention_backward(p, true).graph;
    return std::ranges::count_if(graph.operations(), [](const GraphOperation& operation) {
      return operation.step == GraphStep::reduction;
    });
  };
  AttentionProblem own = problem();
  own.kv_heads = 4;
  EXPECT_EQ(reductions(own), 1);        // output times its gradient
  EXPECT_EQ(reductions(problem()), 3);  // and the gradients of keys and values
}

TEST(CudaGraph, FusedEnginesTakeSmallNumbersAndHeads) {
  EXPECT_TRUE(may_fuse(problem()));
  AttentionProblem p = problem();
  p.type = GraphType::float32;
  EXPECT_FALSE(may_fuse(p));
  p = problem();
  p.head_dim = 12;  // no multiple of 8
  EXPECT_FALSE(may_fuse(p));
  p = problem();
  p.value_dim = 264;
  EXPECT_FALSE(may_fuse(p));
  p = problem();
  p.causal = false;
  p.window = 4;
  EXPECT_FALSE(may_fuse(p));
}

TEST(CudaGraph, FindsWhatIsNotWritten) {
  Graph graph;
  const TensorId x = graph.tensor({}, GraphType::float32);
  const TensorId between = graph.between({});
  const TensorId y = graph.tensor({}, GraphType::float32);
  graph.pointwise(Pointwise::add, {x, between}, y);
  EXPECT_FALSE(graph.is_sound());
}

}  // namespace
}  // namespace rehearse::cuda
