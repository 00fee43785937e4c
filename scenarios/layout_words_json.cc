#include <cmath>
#include <nlohmann/json.hpp>

#include "scenarios/known_keys.h"
#include "scenarios/layout_words.h"
#include "scenarios/recompute_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const Recompute& recompute) {
  switch (recompute.mode) {
    case Recompute::Mode::none:
      return "none";
    case Recompute::Mode::selective:
      return "selective";
    case Recompute::Mode::full:
      return "full";
    case Recompute::Mode::kinds:
      break;
  }
  Json kinds = Json::array();
  for (const LayerKind kind : recompute.kinds) {
    kinds.push_back(std::string(kLayerKindNames.text(kind)));
  }
  return kinds;
}

void read_degree(ObjectReader& reader, const char* key, int& value) {
  value = static_cast<int>(reader.optional_integer(key, 1, kMostWorkers).value_or(value));
}

void read_overlap(ObjectReader reader, LayoutOverlap& overlap) {
  expect_known(reader, {"gradients", "parameters", "tensor", "pipeline", "expert", "slowdown"});
  overlap.gradients = reader.optional_boolean("gradients").value_or(overlap.gradients);
  overlap.parameters = reader.optional_boolean("parameters").value_or(overlap.parameters);
  overlap.tensor = reader.optional_boolean("tensor").value_or(overlap.tensor);
  overlap.pipeline = reader.optional_boolean("pipeline").value_or(overlap.pipeline);
  overlap.expert = reader.optional_boolean("expert").value_or(overlap.expert);
  overlap.slowdown = reader.optional_number("slowdown", 1, 1e6).value_or(overlap.slowdown);
}

}  // namespace

nlohmann::ordered_json layout_value(const Layout& layout) {
  const LayoutOverlap& overlap = layout.overlap;
  return {{"data", layout.data},
          {"tensor", layout.tensor},
          {"pipeline", layout.pipeline},
          {"context", layout.context},
          {"expert", layout.expert},
          {"sequence", layout.sequence},
          {"zero", layout.zero},
          {"shard_group", layout.shard_group},
          {"schedule", std::string(kPipelineScheduleNames.text(layout.schedule))},
          {"microbatch", layout.microbatch},
          {"microbatches", layout.microbatches},
          {"virtual_stages", layout.virtual_stages},
          {"stages", layout.stages},
          {"recompute", value_of(layout.recompute)},
          {"offload",
           {{"optimizer", layout.offload_optimizer}, {"activations", layout.offload_activations}}},
          {"order", layout.order},
          {"expert_tensor", layout.expert_tensor},
          {"expert_imbalance", layout.expert_imbalance},
          {"expert_dispatch", std::string(kExpertDispatchNames.text(layout.expert_dispatch))},
          {"expert_nodes", layout.expert_nodes},
          {"expert_fp8", layout.expert_fp8},
          {"context_exchange", std::string(kContextExchangeNames.text(layout.context_exchange))},
          {"spatial", {layout.tiles.rows, layout.tiles.columns}},
          {"overlap",
           {{"gradients", overlap.gradients},
            {"parameters", overlap.parameters},
            {"tensor", overlap.tensor},
            {"pipeline", overlap.pipeline},
            {"expert", overlap.expert},
            {"slowdown", overlap.slowdown}}}};
}

Layout layout_of(ObjectReader reader) {
  constexpr std::int64_t kMostMicrobatches = 1'000'000'000'000;
  expect_known(reader, {"data",
                        "tensor",
                        "pipeline",
                        "context",
                        "expert",
                        "sequence",
                        "zero",
                        "shard_group",
                        "schedule",
                        "microbatch",
                        "microbatches",
                        "virtual_stages",
                        "stages",
                        "recompute",
                        "offload",
                        "order",
                        "expert_tensor",
                        "expert_imbalance",
                        "context_exchange",
                        "spatial",
                        "overlap",
                        "expert_dispatch",
                        "expert_nodes",
                        "expert_fp8"});
  Layout layout;
  read_degree(reader, "data", layout.data);
  read_degree(reader, "tensor", layout.tensor);
  read_degree(reader, "pipeline", layout.pipeline);
  read_degree(reader, "context", layout.context);
  read_degree(reader, "expert", layout.expert);
  read_degree(reader, "expert_tensor", layout.expert_tensor);
  read_degree(reader, "shard_group", layout.shard_group);
  read_degree(reader, "virtual_stages", layout.virtual_stages);
  layout.sequence = reader.optional_boolean("sequence").value_or(false);
  layout.zero = static_cast<int>(reader.optional_integer("zero", 0, 3).value_or(0));
  layout.schedule =
      kPipelineScheduleNames.read_optional(reader, "schedule").value_or(layout.schedule);
  layout.microbatch = reader.optional_integer("microbatch", 1, kMostWorkerBatch).value_or(1);
  layout.microbatches = reader.optional_integer("microbatches", 1, kMostMicrobatches).value_or(1);
  if (reader.has("stages")) {
    for (const std::int64_t blocks : reader.integers("stages", 1, kMostWorkers)) {
      layout.stages.push_back(static_cast<int>(blocks));
    }
  }
  if (reader.has("spatial")) {
    const std::vector<std::int64_t> sides = reader.integers("spatial", 1, kMostWorkers);
    if (sides.size() == 2) layout.tiles = {static_cast<int>(sides[0]), static_cast<int>(sides[1])};
  }
  layout.recompute = recompute_of(reader);
  if (auto offload = reader.optional_object("offload")) {
    expect_known(*offload, {"optimizer", "activations"});
    layout.offload_optimizer = offload->optional_number("optimizer", 0, 1).value_or(0);
    layout.offload_activations = offload->optional_number("activations", 0, 1).value_or(0);
  }
  layout.order = reader.optional_string("order").value_or(layout.order);
  layout.expert_imbalance = reader.optional_number("expert_imbalance", 1, 1e6).value_or(1);
  layout.expert_dispatch = kExpertDispatchNames.read_optional(reader, "expert_dispatch")
                               .value_or(ExpertDispatch::all_to_all);
  layout.expert_nodes =
      static_cast<int>(reader.optional_integer("expert_nodes", 0, kMostWorkers).value_or(0));
  layout.expert_fp8 = reader.optional_boolean("expert_fp8").value_or(false);
  layout.context_exchange = kContextExchangeNames.read_optional(reader, "context_exchange")
                                .value_or(ContextExchange::ring);
  if (auto overlap = reader.optional_object("overlap")) read_overlap(*overlap, layout.overlap);
  return layout;
}

std::string to_text(const Layout& layout) {
  std::string text = "data " + std::to_string(layout.data);
  const auto degree = [&](const char* word, int value) {
    if (value > 1) text += std::string(", ") + word + " " + std::to_string(value);
  };
  degree("tensor", layout.tensor);
  if (layout.sequence) text += " with sequence";
  degree("pipeline", layout.pipeline);
  if (layout.pipeline > 1) {
    text += " (" + std::string(kPipelineScheduleNames.text(layout.schedule));
    if (layout.schedule == PipelineSchedule::interleaved) {
      text += " x " + std::to_string(layout.virtual_stages);
    }
    text += ")";
  }
  degree("context", layout.context);
  degree("expert", layout.expert);
  if (layout.tiles.count() > 1) {
    text += ", spatial " + std::to_string(layout.tiles.rows) + " x " +
            std::to_string(layout.tiles.columns);
  }
  text += ", " + std::to_string(layout.microbatches) +
          (layout.microbatches == 1 ? " microbatch of " : " microbatches of ") +
          std::to_string(layout.microbatch);
  if (layout.zero > 0) text += ", zero " + std::to_string(layout.zero);
  if (layout.zero > 0 && layout.shard_group < layout.data * layout.sharers()) {
    text += " in groups of " + std::to_string(layout.shard_group);
  }
  if (layout.recompute.mode != Recompute::Mode::none) {
    const Json word = value_of(layout.recompute);
    text += ", recompute " + (word.is_string() ? word.get<std::string>() : "some kinds");
  }
  if (layout.offload_optimizer > 0) {
    const long share = std::lround(100 * layout.offload_optimizer);
    text += share == 100 ? ", optimizer offloaded"
                         : ", " + std::to_string(share) + " % of the optimizer offloaded";
  }
  return text;
}

}  // namespace rehearse
