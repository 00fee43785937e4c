#include "kernels/models/pipeline_cut.h"

#include <gtest/gtest.h>

#include "kernels/models/zoo.h"

namespace rehearse {
namespace {

TEST(PipelineCut, EvenButForTheParts) {
  EXPECT_EQ(even_cut(12, 4), (std::vector<int>{3, 3, 3, 3}));
  EXPECT_EQ(even_cut(12, 5), (std::vector<int>{2, 2, 3, 3, 2}));
  EXPECT_EQ(even_cut(7, 4), (std::vector<int>{2, 2, 2, 1}));
  EXPECT_EQ(even_cut(5, 1), (std::vector<int>{5}));
}

// The first part has the embedding, the last the scores and the loss.
TEST(PipelineCut, RangesCoverTheModel) {
  const Model model = zoo_model("gpt2");
  EXPECT_EQ(block_count(model), 12);
  const std::vector<LayerRange> ranges = ranges_of(model, {1, 5, 6});
  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges.front().first, 1u);
  EXPECT_EQ(ranges.back().end, model.layers().size());
  for (std::size_t i = 1; i < ranges.size(); ++i) EXPECT_EQ(ranges[i].first, ranges[i - 1].end);
  EXPECT_EQ(model.layers()[ranges[1].first].block, model.layers()[ranges[0].end].block);
  EXPECT_NE(model.layers()[ranges[1].first].block, model.layers()[ranges[1].first - 1].block);
}

TEST(PipelineCut, ModelsWithoutBlocksAreCutBetweenLayers) {
  const Model model = zoo_model("vgg16");
  EXPECT_GT(block_count(model), 16);
  EXPECT_EQ(ranges_of(model, even_cut(block_count(model), 4)).size(), 4u);
}

}  // namespace
}  // namespace rehearse
