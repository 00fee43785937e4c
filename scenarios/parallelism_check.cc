#include "scenarios/parallelism_check.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "runtime/parallel/process_grid.h"
#include "scenarios/framework.h"
#include "scenarios/parallelism_reader.h"

namespace rehearse {
namespace {

bool has_experts(const Model& model) {
  return std::ranges::any_of(model.layers(),
                             [](const Layer& l) { return l.kind == LayerKind::experts; });
}

std::string word_of(PipelineSchedule schedule) {
  return std::string(kPipelineScheduleNames.text(schedule));
}

}  // namespace

bool ParallelismCheck::is_open(std::string_view key) const {
  return std::ranges::count(options_.open, key) > 0;
}

bool ParallelismCheck::uses(std::string_view key, int degree) const {
  return degree > 1 || is_open(key);
}

void ParallelismCheck::remark(const std::string& key, const std::string& why) {
  scenario_.remarks.push_back("training.parallelism." + key + " is not used: " + why);
}

void ParallelismCheck::expect_sizes() const {
  const std::int64_t stages = std::int64_t{layout_.tensor} * layout_.pipeline;
  if (stages > kMostWorkers || stages * layout_.context > kMostWorkers) {
    throw reader_.error_at("", "a replica would have more than a million devices",
                           "it has tensor x pipeline x context", "use fewer of them");
  }
  if (std::int64_t{layout_.tiles.rows} * layout_.tiles.columns > kMostWorkers) {
    throw reader_.error_at("spatial", "an image would have more than a million tiles", "",
                           "use fewer of them");
  }
  if (std::int64_t{layout_.expert} * layout_.expert_tensor > kMostWorkers) {
    throw reader_.error_at("expert", "experts would be shared out over more than a million devices",
                           "they have expert x expert_tensor", "use fewer of them");
  }
  try {
    Layout one;
    one.order = layout_.order;
    expect_grid(one);
  } catch (const Error& error) {
    throw error.at(reader_.file(), reader_.path() + "/order");
  }
  if (layout_.expert == 1 || has_experts(*scenario_.model)) return;
  throw reader_.error_at("expert", "the model has no experts to share out", "", "use 1");
}

void ParallelismCheck::settle_schedule() {
  std::optional<int> parts;
  if (!is_open("virtual_stages")) {
    const auto given = reader_.optional_integer("virtual_stages", 1, kMostWorkers);
    if (given) parts = static_cast<int>(*given);
  }
  std::optional<PipelineSchedule> schedule;
  if (!is_open("schedule")) schedule = kPipelineScheduleNames.read_optional(reader_, "schedule");
  layout_.schedule = schedule.value_or(default_schedule(parts.value_or(1)));
  layout_.virtual_stages = parts.value_or(default_virtual_stages(layout_.schedule));
  if (layout_.pipeline == 1) return;
  const int fixed = default_virtual_stages(layout_.schedule);
  const bool interleaved = layout_.schedule == PipelineSchedule::interleaved;
  if (interleaved && layout_.virtual_stages == 1) {
    throw reader_.error_at("virtual_stages", "schedule 'interleaved' needs two parts on a stage",
                           "with one it is '1f1b'", "use 2 or more, or schedule \"1f1b\"");
  }
  if (!interleaved && fixed == 2 && layout_.virtual_stages == 1) layout_.virtual_stages = 2;
  if (interleaved || layout_.virtual_stages == fixed) return;
  throw reader_.error_at("virtual_stages",
                         "schedule '" + word_of(layout_.schedule) + "' has " +
                             (fixed == 1 ? "one part" : "two parts") + " on a stage",
                         "", "leave virtual_stages out, or use schedule \"interleaved\"");
}

void ParallelismCheck::set_aside() {
  if (layout_.sequence && !uses("tensor", layout_.tensor)) {
    remark("sequence", "tensor is 1");
    layout_.sequence = false;
  }
  if (!uses("pipeline", layout_.pipeline)) {
    if (layout_.schedule != PipelineSchedule::one_f_one_b && reader_.has("schedule")) {
      remark("schedule", "pipeline is 1");
    }
    if (layout_.virtual_stages > 1 && reader_.has("virtual_stages")) {
      remark("virtual_stages", "pipeline is 1");
    }
    if (!layout_.stages.empty()) remark("stages", "pipeline is 1");
    layout_.schedule = PipelineSchedule::one_f_one_b;
    layout_.virtual_stages = 1;
    layout_.stages.clear();
  }
  if (layout_.zero == 0 && !is_open("zero") && layout_.shard_group > 0) {
    remark("shard_group", "zero is 0");
    layout_.shard_group = 0;
  }
  if (layout_.context_exchange != ContextExchange::ring && !uses("context", layout_.context)) {
    remark("context_exchange", "context is 1");
    layout_.context_exchange = ContextExchange::ring;
  }
  if (layout_.expert_imbalance > 1 && !uses("expert", layout_.expert)) {
    remark("expert_imbalance", "expert is 1");
    layout_.expert_imbalance = 1;
  }
  if (!uses("expert", layout_.expert)) set_dispatch_aside();
  if (layout_.expert_nodes > 0 && layout_.expert_dispatch == ExpertDispatch::all_to_all) {
    remark("expert_nodes", "a copy goes to each expert");
    layout_.expert_nodes = 0;
  }
  if (has_experts(*scenario_.model) || is_open("expert")) return;
  if (layout_.expert_tensor > 1 && reader_.has("expert_tensor")) {
    remark("expert_tensor", "the model has no experts");
  }
  layout_.expert_tensor = layout_.tensor;
}

void ParallelismCheck::set_dispatch_aside() {
  const bool deduplicated = layout_.expert_dispatch == ExpertDispatch::deduplicated;
  if (deduplicated && reader_.has("expert_dispatch")) remark("expert_dispatch", "expert is 1");
  if (layout_.expert_nodes > 0) remark("expert_nodes", "expert is 1");
  if (layout_.expert_fp8) remark("expert_fp8", "expert is 1");
  layout_.expert_dispatch = ExpertDispatch::all_to_all;
  layout_.expert_nodes = 0;
  layout_.expert_fp8 = false;
}

// Files from before there were microbatches may write 1, as the format's example does, and mean
// none.
void ParallelismCheck::forget_neutral_microbatch() {
  if (!options_.microbatch_given || layout_.microbatch != 1) return;
  options_.microbatch_given = false;
  const bool alone = scenario_.model->tokens_per_sample() == 0 && beyond_data(options_).empty();
  options_.microbatch_given = !alone && scenario_.strategy.kind == StrategyKind::sync;
}

void ParallelismCheck::expect_compatible() {
  forget_neutral_microbatch();
  const StrategyKind kind = scenario_.strategy.kind;
  const std::string word(kStrategyNames.text(kind));
  const char* const dense = reader_.has("dense") ? "dense" : "tensor";
  if (options_.dense > 1) {
    expect_dense_layers();
    if (scenario_.all_reduce.batching == AllReduceOptions::Batching::priority) {
      throw reader_.error_at(dense, "layers are not split under batching 'priority'",
                             "a split layer's exchanges and the gradients of others would meet",
                             "use 1, or training.allreduce.batching \"buckets\"");
    }
    if (kind != StrategyKind::sync) {
      throw reader_.error_at(
          dense, "layers are split under strategy 'sync' only, not '" + word + "'", "", "use 1");
    }
  }
  const std::string key = beyond_data(options_);
  if (key.empty()) return;
  if (layout_.tiles.count() > 1) expect_images();
  if (options_.dense > 1) {
    throw reader_.error_at(key, "dense layers are split beside data parallelism only",
                           "training.parallelism.dense is " + std::to_string(options_.dense),
                           "leave one of the two out");
  }
  if (kind != StrategyKind::sync) {
    throw reader_.error_at(key, "layouts work under strategy 'sync' only, not '" + word + "'",
                           "a worker of the others is one device with the whole model",
                           "leave the key out");
  }
  if (scenario_.all_reduce.batching == AllReduceOptions::Batching::priority) {
    throw reader_.error_at(key, "layouts do not work under batching 'priority'",
                           "it is about replicas of one device",
                           "use training.allreduce.batching \"buckets\"");
  }
  if (scenario_.all_reduce.compression == Compression::none) return;
  throw reader_.error_at(key, "layouts do not work with compressed gradients", "",
                         "use training.allreduce.compression \"none\"");
}

// Tiles of images, beside which nothing of the model is split.
void ParallelismCheck::expect_images() const {
  const std::array<std::pair<const char*, int>, 4> others{{{"tensor", layout_.tensor},
                                                           {"pipeline", layout_.pipeline},
                                                           {"context", layout_.context},
                                                           {"expert", layout_.expert}}};
  for (const auto& [key, degree] : others) {
    if (!uses(key, degree)) continue;
    throw reader_.error_at(key, "images are shared out by tiles beside data parallelism only",
                           "training.parallelism.spatial is given", "leave one of the two out");
  }
  try {
    expect_tiles(*scenario_.model, layout_.tiles);
  } catch (const Error& error) {
    throw error.at(reader_.file(), reader_.path() + "/spatial");
  }
}

// Every dense layer can be split, if all are to be; at least one there is.
void ParallelismCheck::expect_dense_layers() const {
  const char* const key = reader_.has("dense") ? "dense" : "tensor";
  bool any = false;
  for (const Layer& layer : scenario_.model->layers()) {
    if (layer.kind != LayerKind::dense) continue;
    any = true;
    if (options_.split == SplitRule::automatic || layer.output.channels % options_.dense == 0) {
      continue;
    }
    throw reader_.error_at(key,
                           "the " + std::to_string(layer.output.channels) + " features of '" +
                               layer.name + "' do not divide by " + std::to_string(options_.dense),
                           "split \"all\" takes every dense layer",
                           "use a divisor, or split \"auto\"");
  }
  if (any) return;
  throw reader_.error_at(key, "the model has no dense layer to split",
                         "all other layers stay on every device", "use 1");
}

}  // namespace rehearse
