// A layout as JSON and back.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "scenarios/layout_words.h"

namespace rehearse {
namespace {

Layout some_layout() {
  Layout layout;
  layout.data = 4;
  layout.tensor = layout.pipeline = 2;
  layout.sequence = true;
  layout.zero = 1;
  layout.shard_group = 4;
  layout.schedule = PipelineSchedule::zb_v;
  layout.virtual_stages = 2;
  layout.microbatch = 2;
  layout.microbatches = 16;
  layout.stages = {3, 3, 3, 3};
  layout.recompute = {Recompute::Mode::kinds, {LayerKind::gelu}};
  layout.offload_optimizer = 0.5;
  layout.overlap.expert = true;
  layout.overlap.slowdown = 1.3;
  layout.expert_dispatch = ExpertDispatch::deduplicated;
  layout.expert_nodes = 4;
  layout.expert_fp8 = true;
  return layout;
}

TEST(LayoutWords, AreThoseOfTheContract) {
  const nlohmann::ordered_json json = layout_value(some_layout());
  for (const char* key : {"data", "tensor", "pipeline", "context", "expert", "sequence", "zero",
                          "shard_group", "schedule", "microbatch", "microbatches", "virtual_stages",
                          "stages", "recompute", "offload", "order"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  EXPECT_EQ(json.at("schedule"), "zb_v");
  EXPECT_EQ(json.at("recompute"), nlohmann::json::array({"gelu"}));
  EXPECT_EQ(json.at("stages"), nlohmann::json::array({3, 3, 3, 3}));
  EXPECT_EQ(json.at("order"), "tp-cp-ep-dp-pp");
  const Layout plain;
  EXPECT_EQ(layout_value(plain).at("recompute"), "none");
}

TEST(LayoutWords, ComeBack) {
  const Layout layout = some_layout();
  const JsonDocument json = JsonDocument::adopt(layout_value(layout), "layout.json");
  const Layout again = layout_of(json.root());
  EXPECT_EQ(layout_value(again), layout_value(layout));
  EXPECT_EQ(again.ranks(), 16);
  EXPECT_EQ(again.overlap, layout.overlap);
  EXPECT_EQ(to_text(layout),
            "data 4, tensor 2 with sequence, pipeline 2 (zb_v), 16 microbatches of 2, zero 1, "
            "recompute some kinds, 50 % of the optimizer offloaded");
}

}  // namespace
}  // namespace rehearse
