#include "kernels/devices/layer_table.h"

#include <gtest/gtest.h>

#include "kernels/models/zoo.h"
#include "tiny_models.h"

namespace rehearse {
namespace {

TEST(LayerTable, RowsByHand) {
  const std::vector<LayerRow> rows = layer_table(test::tiny(), Precision::fp32);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[0].kind, "input");
  EXPECT_EQ(rows[1].name, "conv");
  EXPECT_EQ(rows[1].kind, "convolution");
  EXPECT_EQ(rows[1].output, "4x8x8");
  EXPECT_EQ(rows[1].parameters, 112);                // 4*3*3*3 + 4
  EXPECT_EQ(rows[1].forward_flops, Flops(14'080));   // work_test.cc
  EXPECT_EQ(rows[1].forward_bytes, Bytes(4 * 560));  // 192 + 256 + 112 elements
  EXPECT_EQ(rows[1].activation, Bytes(4 * 256));
}

TEST(LayerTable, SumsToTheModel) {
  const Model model = zoo_model("inception_v3", {.aux = true});
  std::int64_t parameters = 0;
  for (const LayerRow& row : layer_table(model, Precision::bf16)) parameters += row.parameters;
  EXPECT_EQ(parameters, model.parameter_count());
}

}  // namespace
}  // namespace rehearse
