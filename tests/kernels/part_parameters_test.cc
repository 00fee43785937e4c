// Parts of a model have its parameters, each at one place, and give them back.
#include "kernels/models/part_parameters.h"

#include <gtest/gtest.h>

#include <numeric>

#include "kernels/models/zoo/transformer.h"

namespace rehearse {
namespace {

Model transformer(bool experts) {
  zoo::TransformerConfig c{.name = "small", .layers = 2, .hidden = 8, .vocabulary = 11};
  c.attention = {.heads = 4, .kv_heads = 2, .head_dim = 3, .value_dim = 3};
  c.ffn = 12;
  c.qkv_bias = true;
  if (experts) c.experts = {.experts = 4, .active = 2, .features = 6};
  return zoo::transformer(c, 4);
}

// Numbers from 1 on, so that none is the filling.
std::vector<float> numbered(const Model& model) {
  std::vector<float> all(static_cast<std::size_t>(model.parameter_count()));
  std::iota(all.begin(), all.end(), 1.0F);
  return all;
}

void expect_together(const Model& model, const std::vector<PartShape>& shapes) {
  const std::vector<float> all = numbered(model);
  std::vector<float> back(all.size());
  const std::size_t middle = units_of(model)[2].first;
  for (const PartShape& shape : shapes) {
    for (const LayerRange range :
         {LayerRange{1, middle}, LayerRange{middle, model.layers().size()}}) {
      const ModelPart part = part_of(model, range, shape);
      const std::vector<float> own = cut_parameters(model, part, shape, all);
      ASSERT_EQ(static_cast<std::int64_t>(own.size()), part.model.parameter_count());
      put_parameters(model, part, shape, own, back);
    }
  }
  EXPECT_EQ(back, all);
}

TEST(PartParameters, OfTensorRanks) {
  const Model model = transformer(false);
  for (const bool sequence : {false, true}) {
    std::vector<PartShape> shapes;
    for (int rank = 0; rank < 2; ++rank) {
      shapes.push_back({.tensor = 2, .sequence = sequence, .tensor_rank = rank});
    }
    expect_together(model, shapes);
  }
}

TEST(PartParameters, OfExpertRanks) {
  const Model model = transformer(true);
  std::vector<PartShape> shapes;
  for (int expert = 0; expert < 2; ++expert) {
    for (int share = 0; share < 2; ++share) {
      shapes.push_back(
          {.expert = 2, .expert_tensor = 2, .expert_rank = expert, .expert_tensor_rank = share});
    }
  }
  expect_together(model, shapes);
}

// Queries of heads 2 and 3, keys and values of head 1; of a vocabulary of 11 in shares of 6 the
// second has 5 rows and one of zeros.
TEST(PartParameters, FollowHeadsAndVocabulary) {
  const Model model = transformer(false);
  const std::vector<float> all = numbered(model);
  const PartShape shape{.tensor = 2, .tensor_rank = 1};
  const ModelPart part = part_of(model, {1, model.layers().size()}, shape);
  const std::vector<float> own = cut_parameters(model, part, shape, all);
  constexpr std::int64_t kHidden = 8;
  const auto table = own.end() - 6 * kHidden;  // the embedding is last
  EXPECT_EQ(*table, all[all.size() - 5 * kHidden]);
  for (auto filling = own.end() - kHidden; filling != own.end(); ++filling) EXPECT_EQ(*filling, 0);
  for (std::size_t i = 1; i < part.model.layers().size(); ++i) {
    const Layer& layer = part.model.layers()[i];
    if (layer.kind != LayerKind::attention || layer.block != 0) continue;
    EXPECT_EQ(layer.attention.heads, 2);
    EXPECT_EQ(layer.attention.kv_heads, 1);
  }
}

}  // namespace
}  // namespace rehearse
