#include "scenarios/parallelism_reader.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "scenarios/framework.h"
#include "scenarios/known_keys.h"
#include "scenarios/parallelism_check.h"
#include "scenarios/recompute_reader.h"

namespace rehearse {
namespace {

const std::vector<std::string_view>& keys() {
  static const std::vector<std::string_view> kKeys{"data",
                                                   "tensor",
                                                   "pipeline",
                                                   "context",
                                                   "expert",
                                                   "sequence",
                                                   "zero",
                                                   "shard_group",
                                                   "order",
                                                   "schedule",
                                                   "stages",
                                                   "virtual_stages",
                                                   "microbatch",
                                                   "recompute",
                                                   "offload",
                                                   "overlap",
                                                   "expert_imbalance",
                                                   "expert_tensor",
                                                   "expert_dispatch",
                                                   "expert_nodes",
                                                   "expert_fp8",
                                                   "context_exchange",
                                                   "dense",
                                                   "split",
                                                   "spatial"};
  return kKeys;
}

// Whether tensor parallelism is that of products next to each other: else it is the split of dense
// layers, as files have it that are older than `dense`.
bool splits_products(const Model& model) {
  return model.tokens_per_sample() > 0 || std::ranges::any_of(model.layers(), [](const Layer& l) {
           return l.kind == LayerKind::attention;
         });
}

class Reading {
 public:
  Reading(ObjectReader reader, Scenario& scenario, std::optional<bool> overlap)
      : reader_(std::move(reader)), scenario_(scenario), reduced_(overlap) {}

  ParallelismOptions read() {
    expect_known(reader_, keys());
    read_data();
    read_tensor();
    layout_.pipeline = degree("pipeline");
    layout_.context = degree("context");
    read_tiles();
    layout_.expert = degree("expert");
    if (!opens("sequence")) {
      layout_.sequence = reader_.optional_boolean("sequence").value_or(false);
    }
    if (!opens("zero")) layout_.zero = static_cast<int>(integer("zero", 0, 3).value_or(0));
    layout_.shard_group = count("shard_group").value_or(0);
    if (!opens("order")) {
      layout_.order = reader_.optional_string("order").value_or(layout_.order);
    }
    read_experts();
    read_context_exchange();
    read_microbatch();
    read_stages();
    if (!opens("recompute")) {
      options_.recompute = read_recompute(reader_, *scenario_.model, scenario_.remarks);
    }
    read_offload();
    opens("schedule");
    opens("virtual_stages");
    ParallelismCheck check(reader_, scenario_, options_);
    check.expect_sizes();
    check.settle_schedule();
    check.set_aside();
    check.expect_compatible();
    read_overlap();
    return options_;
  }

 private:
  // Whether the key is "auto": then a search finds it.
  bool opens(std::string_view key) {
    if (!is_text(reader_, key) || reader_.string(key) != "auto") return false;
    options_.open.emplace_back(key);
    return true;
  }

  std::optional<std::int64_t> integer(std::string_view key, std::int64_t least, std::int64_t most) {
    return reader_.optional_integer(key, least, most);
  }

  std::optional<int> count(std::string_view key) {
    if (opens(key)) return std::nullopt;
    const auto value = integer(key, 1, kMostWorkers);
    return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
  }

  int degree(std::string_view key) { return count(key).value_or(1); }

  void read_data() {
    if (is_text(reader_, "data") && reader_.string("data") == "auto") return;
    layout_.data = static_cast<int>(integer("data", 1, kMostWorkers).value_or(0));
  }

  void read_tensor() {
    options_.dense = degree("dense");
    const int tensor = degree("tensor");
    if (splits_products(*scenario_.model)) {
      layout_.tensor = tensor;
    } else if (tensor > 1) {
      if (reader_.has("dense")) {
        throw reader_.error_at("tensor", "both 'tensor' and 'dense' are given",
                               "'tensor' of a network that reads no tokens is read as 'dense'",
                               "give 'dense'");
      }
      options_.dense = tensor;
      scenario_.remarks.emplace_back(
          "training.parallelism.tensor of a network that reads no tokens is read as dense, the "
          "split of its dense layers");
    }
    constexpr auto kSplitNames = enum_names<SplitRule>("auto", "all");
    const auto rule = kSplitNames.read_optional(reader_, "split");
    if (!rule) return;
    options_.split = *rule;
    if (options_.dense > 1) return;
    scenario_.remarks.emplace_back("training.parallelism.split is not used: dense is 1");
  }

  // A number is one of rows of tiles.
  void read_tiles() {
    Tiles& tiles = layout_.tiles;
    if (is_number(reader_, "spatial")) {
      tiles.rows = static_cast<int>(reader_.integer("spatial", 1, kMostWorkers));
    } else if (reader_.has("spatial")) {
      const std::vector<std::int64_t> sides = reader_.integers("spatial", 1, kMostWorkers);
      if (sides.size() != 2) {
        throw reader_.error_at("spatial", "a list of " + std::to_string(sides.size()),
                               "tiles lie in rows and columns", "write for example [2, 2], or 4");
      }
      tiles = {static_cast<int>(sides[0]), static_cast<int>(sides[1])};
    }
  }

  void read_experts() {
    const auto tensor = count("expert_tensor");
    layout_.expert_tensor = tensor.value_or(layout_.expert > 1 ? 1 : layout_.tensor);
    layout_.expert_nodes = static_cast<int>(integer("expert_nodes", 1, kMostWorkers).value_or(0));
    const auto dispatch = kExpertDispatchNames.read_optional(reader_, "expert_dispatch");
    // Routers choose experts of few nodes so that steps need not cross to others.
    layout_.expert_dispatch = dispatch.value_or(
        layout_.expert_nodes > 0 ? ExpertDispatch::deduplicated : ExpertDispatch::all_to_all);
    layout_.expert_fp8 = reader_.optional_boolean("expert_fp8").value_or(false);
    if (opens("expert_imbalance")) return;
    constexpr double kMostImbalance = 1e6;
    layout_.expert_imbalance =
        reader_.optional_number("expert_imbalance", 1, kMostImbalance).value_or(1);
  }

  void read_context_exchange() {
    if (opens("context_exchange")) return;
    layout_.context_exchange = kContextExchangeNames.read_optional(reader_, "context_exchange")
                                   .value_or(ContextExchange::ring);
  }

  void read_microbatch() {
    if (opens("microbatch")) return;
    const auto size = integer("microbatch", 1, kMostWorkerBatch);
    options_.microbatch_given = size.has_value();
    layout_.microbatch = size.value_or(1);
  }

  void read_stages() {
    if (opens("stages") || !reader_.has("stages")) return;
    for (const std::int64_t blocks : reader_.integers("stages", 1, kMostWorkers)) {
      layout_.stages.push_back(static_cast<int>(blocks));
    }
    if (!layout_.stages.empty()) return;
    throw reader_.error_at("stages", "no stage is listed", "",
                           "list the blocks of each part, for example [12, 12]");
  }

  void read_offload() {
    if (opens("offload")) return;
    expect_object(reader_, "offload",
                  {.of_text = {}, .of_number = {"optimizer", "activations"}, .of_list = {}});
    auto shares = reader_.optional_object("offload");
    if (!shares) return;
    expect_known(*shares, {"optimizer", "activations"});
    layout_.offload_optimizer = shares->optional_number("optimizer", 0, 1).value_or(0);
    layout_.offload_activations = shares->optional_number("activations", 0, 1).value_or(0);
  }

  void read_overlap() {
    const bool accelerator = scenario_.device.is_accelerator();
    LayoutOverlap& overlap = layout_.overlap;
    overlap = default_overlap(scenario_.framework, layout_);
    overlap.gradients = reduced_.value_or(overlap.gradients);
    options_.overlap.gradients = reduced_;
    std::optional<double> slowdown;
    if (!opens("overlap")) {
      expect_object(reader_, "overlap", {.of_text = {}, .of_number = {"slowdown"}, .of_list = {}});
      if (auto given = reader_.optional_object("overlap")) slowdown = read_given_overlap(*given);
    }
    overlap.slowdown = slowdown.value_or(default_slowdown(overlap, accelerator));
  }

  std::optional<double> read_given_overlap(ObjectReader& given) {
    expect_known(given, {"gradients", "parameters", "tensor", "pipeline", "expert", "slowdown"});
    LayoutOverlap& overlap = layout_.overlap;
    if (const auto gradients = given.optional_boolean("gradients")) {
      if (reduced_ && *reduced_ != *gradients) {
        throw given.error_at("gradients", "training.allreduce.overlap says otherwise",
                             "both are about the reduction of gradients", "give one");
      }
      overlap.gradients = *gradients;
      options_.overlap.gradients = gradients;
      scenario_.all_reduce.overlap = *gradients;
    }
    const auto read = [&](const char* key, bool& value, std::optional<bool>& said, bool applies,
                          const char* why) {
      const auto on = given.optional_boolean(key);
      if (!on) return;
      said = on;
      value = *on && applies;
      if (*on && !applies) {
        scenario_.remarks.push_back("training.parallelism.overlap." + std::string(key) +
                                    " is not used: " + why);
      }
    };
    const auto open = [&](const char* key) {
      return std::ranges::count(options_.open, std::string(key)) > 0;
    };
    GivenOverlap& said = options_.overlap;
    read("parameters", overlap.parameters, said.parameters, layout_.zero > 0 || open("zero"),
         "zero is 0");
    read("tensor", overlap.tensor, said.tensor, layout_.tensor > 1 || open("tensor"),
         "tensor is 1");
    read("pipeline", overlap.pipeline, said.pipeline, layout_.pipeline > 1 || open("pipeline"),
         "pipeline is 1");
    const bool shares = layout_.expert > 1 || open("expert");
    read("expert", overlap.expert, said.expert,
         shares && (pairs_passes(layout_) || open("schedule") || open("pipeline")),
         shares ? "the schedule computes one microbatch at a time" : "expert is 1");
    constexpr double kMostSlowdown = 100;
    said.slowdown = given.optional_number("slowdown", 1, kMostSlowdown);
    return said.slowdown;
  }

  ObjectReader reader_;
  Scenario& scenario_;
  std::optional<bool> reduced_;  // under computation: training.allreduce.overlap, where given
  ParallelismOptions options_;
  Layout& layout_ = options_.layout;
};

}  // namespace

const std::vector<std::string>& open_keys() {
  static const std::vector<std::string> kKeys{
      "tensor", "pipeline",    "context",  "expert",     "sequence",
      "zero",   "shard_group", "schedule", "microbatch", "virtual_stages",
      "stages", "recompute",   "offload",  "order",      "expert_tensor"};
  return kKeys;
}

void read_parallelism(ObjectReader& training, Scenario& scenario) {
  ParallelismOptions& options = scenario.parallelism;
  if (is_text(training, "parallelism") && training.string("parallelism") == "auto") {
    if (scenario.strategy.kind != StrategyKind::sync) {
      throw training.error_at("parallelism", "layouts work under strategy 'sync' only", "",
                              "leave the key out, or use training.strategy \"sync\"");
    }
    options.open = open_keys();
    if (auto all_reduce = training.optional_object("allreduce")) {
      options.overlap.gradients = all_reduce->optional_boolean("overlap");
    }
    return;
  }
  expect_object(training, "parallelism",
                {.of_text = {}, .of_number = {"tensor", "pipeline"}, .of_list = {}});
  std::optional<bool> overlap;
  if (auto all_reduce = training.optional_object("allreduce")) {
    overlap = all_reduce->optional_boolean("overlap");
  }
  if (const auto reader = training.optional_object("parallelism")) {
    options = Reading(*reader, scenario, overlap).read();
    return;
  }
  LayoutOverlap& by_default = options.layout.overlap;
  by_default = default_overlap(scenario.framework, options.layout);
  by_default.gradients = overlap.value_or(by_default.gradients);
  options.overlap.gradients = overlap;
  by_default.slowdown = default_slowdown(by_default, scenario.device.is_accelerator());
}

std::string beyond_data(const ParallelismOptions& options) {
  const Layout& layout = options.layout;
  if (!options.open.empty()) return options.open.front();
  if (layout.tensor > 1) return "tensor";
  if (layout.pipeline > 1) return "pipeline";
  if (layout.context > 1) return "context";
  if (layout.tiles.count() > 1) return "spatial";
  if (layout.expert > 1) return "expert";
  if (layout.zero > 0) return "zero";
  if (layout.offload_optimizer > 0 || layout.offload_activations > 0) return "offload";
  return options.microbatch_given ? "microbatch" : "";
}

}  // namespace rehearse
