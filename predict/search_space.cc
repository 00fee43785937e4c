#include "predict/search_space.h"

#include <algorithm>
#include <numeric>

#include "base/contract.h"
#include "base/error.h"
#include "kernels/models/pipeline_cut.h"
#include "scenarios/framework.h"

namespace rehearse {
namespace {

std::vector<std::int64_t> divisors(std::int64_t number) {
  std::vector<std::int64_t> small, large;
  for (std::int64_t i = 1; i * i <= number; ++i) {
    if (number % i != 0) continue;
    small.push_back(i);
    if (i * i < number) large.push_back(number / i);
  }
  small.insert(small.end(), large.rbegin(), large.rend());
  return small;
}

}  // namespace

std::int64_t LayoutOptions::count() const {
  std::int64_t schedules = 0;
  for (const PipelineFrame& frame : frames) {
    schedules += static_cast<std::int64_t>(frame.schedules.size());
  }
  std::int64_t product = schedules;
  for (const std::size_t size :
       {experts.size(), sequence.size(), shardings.size(), microbatches.size(), recompute.size()}) {
    product *= static_cast<std::int64_t>(size);
  }
  return product;
}

SearchSpace::SearchSpace(const Scenario& scenario, std::int64_t devices)
    : scenario_(scenario), given_(scenario.parallelism.layout), devices_(devices) {
  EXPECTS(scenario.model != nullptr && devices >= 1);
  const Model& model = *scenario.model;
  bool attention = false;
  for (const Layer& layer : model.layers()) {
    attention = attention || layer.attention.heads > 0;
    if (layer.experts.experts > 0) experts_ = std::gcd(experts_, layer.experts.experts);
  }
  blocks_ = block_count(model);
  splits_products_ = model.tokens_per_sample() > 0 || attention;
  has_sequence_ = attention && model.input_shape().sequence > 1;
  const auto values = [&](std::string_view key, int given, bool applies) {
    std::vector<std::int64_t> list{given};
    if (is_open(key)) list = applies ? divisors(devices) : std::vector<std::int64_t>{1};
    return list;
  };
  for (const std::int64_t tensor : values("tensor", given_.tensor, splits_products_)) {
    for (const std::int64_t pipeline : values("pipeline", given_.pipeline, true)) {
      for (const std::int64_t context : values("context", given_.context, has_sequence_)) {
        const std::int64_t replica = tensor * pipeline * context;
        if (replica > devices) continue;
        Layout& layout = degrees_.emplace_back(given_);
        layout.tensor = static_cast<int>(tensor);
        layout.pipeline = static_cast<int>(pipeline);
        layout.context = static_cast<int>(context);
        const bool whole = devices % replica == 0;
        const auto data = static_cast<int>(whole ? devices / replica : 0);
        layout.data = given_.data != 0 && given_.data != data ? 0 : data;
      }
    }
  }
}

bool SearchSpace::is_open(std::string_view key) const {
  return std::ranges::count(scenario_.parallelism.open, key) > 0;
}

std::int64_t SearchSpace::batch(const Layout& degrees) const {
  if (scenario_.scaling == Scaling::weak) return scenario_.batch_per_worker;
  if (degrees.data == 0 || scenario_.global_batch % degrees.data != 0) return 0;
  return scenario_.global_batch / degrees.data;
}

std::int64_t SearchSpace::global_batch(const Layout& degrees) const {
  return batch(degrees) * degrees.data;
}

std::vector<LayoutSharding> SearchSpace::shardings(const Layout& degrees) const {
  const int replicas = std::max(1, degrees.data * degrees.context);
  const int node = scenario_.node.devices;
  std::vector<double> offloads{given_.offload_optimizer};
  if (is_open("offload")) {
    offloads = {0};
    if (scenario_.device.is_accelerator()) offloads.push_back(1);
  }
  std::vector<int> zeros{given_.zero};
  if (is_open("zero")) zeros = {0, 1, 2, 3};
  std::vector<int> groups{given_.shard_group > 0 ? given_.shard_group : replicas};
  if (is_open("shard_group")) {
    groups = {replicas};
    const int inside = node % degrees.tensor == 0 ? node / degrees.tensor : 1;
    if (inside > 1 && inside < replicas && replicas % inside == 0) groups.push_back(inside);
  }
  std::vector<LayoutSharding> list;
  for (const int zero : zeros) {
    for (const int group : groups) {
      // A group of one replica shares nothing: that is zero 0. Without zero there are no groups.
      if (zero > 0 && group == 1 && experts_ == 0 && zeros.size() > 1) continue;
      if (zero == 0 && group != groups.front()) continue;
      for (const double offload : offloads) list.push_back({zero, zero == 0 ? 1 : group, offload});
    }
  }
  return list;
}

std::vector<PipelineFrame> SearchSpace::frames(int pipeline) const {
  using enum PipelineSchedule;
  if (pipeline == 1) return {{1, {one_f_one_b}}};
  const bool any_count = is_open("virtual_stages");
  const auto counts = [&](std::vector<int> list) {
    if (!any_count) std::erase_if(list, [&](int v) { return v != given_.virtual_stages; });
    return list;
  };
  std::vector<int> several;
  for (int v = 2; v * pipeline <= blocks_; ++v) {
    if (has_parts(pipeline, v * pipeline)) several.push_back(v);
  }
  std::vector<PipelineFrame> list;
  const bool open = is_open("schedule");
  const auto wanted = [&](std::vector<PipelineSchedule> schedules) {
    if (!open) std::erase_if(schedules, [&](auto s) { return s != given_.schedule; });
    return schedules;
  };
  const auto add = [&](int v, std::vector<PipelineSchedule> schedules) {
    schedules = wanted(std::move(schedules));
    if (!schedules.empty()) list.push_back({v, std::move(schedules)});
  };
  for (const int v : counts({1})) add(v, {one_f_one_b, gpipe, zb_h1, zb_h2});
  for (const int v : counts({2})) {
    add(v, {zb_v});
    if (open) continue;
    add(v, {dualpipe});
    add(v, {dualpipe_v});
  }
  for (const int v : counts(several)) add(v, {interleaved});
  return list;
}

LayoutOptions SearchSpace::options(const Layout& degrees) const {
  LayoutOptions options;
  const int tensor = degrees.tensor;
  if (experts_ == 0) {
    options.experts = {{1, tensor}};
  } else {
    std::vector<std::int64_t> ranks{given_.expert};
    if (is_open("expert")) ranks = divisors(experts_);
    for (const std::int64_t expert : ranks) {
      std::vector<int> tensors{given_.expert_tensor};
      if (is_open("expert_tensor")) tensors = {1};
      if (is_open("expert_tensor") && tensor > 1) tensors.push_back(tensor);
      for (const int of : tensors) options.experts.push_back({static_cast<int>(expert), of});
    }
  }
  options.sequence = {given_.sequence && tensor > 1};
  if (is_open("sequence")) options.sequence = {false};
  if (is_open("sequence") && tensor > 1 && has_sequence_) options.sequence.push_back(true);
  options.shardings = shardings(degrees);
  options.frames = frames(degrees.pipeline);
  options.microbatches = {given_.microbatch};
  if (is_open("microbatch") || !scenario_.parallelism.microbatch_given) {
    options.microbatches = divisors(std::max<std::int64_t>(1, batch(degrees)));
  }
  options.recompute = {scenario_.parallelism.recompute};
  if (is_open("recompute")) {
    options.recompute = {Recompute{}};
    for (const auto mode : {Recompute::Mode::selective, Recompute::Mode::full}) {
      if (applies({mode}, *scenario_.model)) options.recompute.push_back({mode});
    }
  }
  return options;
}

bool SearchSpace::divides(const Layout& degrees) const {
  return degrees.data > 0 && batch(degrees) > 0;
}

bool SearchSpace::has_shares(const Layout& layout) const {
  const std::int64_t ways =
      layout.context_exchange == ContextExchange::all_to_all ? layout.context : 1;
  for (const Layer& layer : scenario_.model->layers()) {
    const std::int64_t heads = layer.attention.heads;
    if (heads > 0 && heads % (layout.tensor * ways) != 0) return false;
    if (layer.experts.experts == 0) continue;
    if (layer.experts.experts % layout.expert != 0) return false;
    if (layer.experts.features % layout.expert_tensor != 0) return false;
    if (layout.tensor > 1 && !layout.sequence && layout.expert_tensor != layout.tensor) {
      return false;
    }
  }
  const std::int64_t ranks = std::int64_t{layout.tensor} * layout.context * layout.data;
  if (ranks % (std::int64_t{layout.expert} * layout.expert_tensor) != 0) return false;
  const std::int64_t steps = scenario_.model->input_shape().sequence;
  const std::int64_t chunks =
      (layout.sequence ? layout.tensor : 1) * layout.context * (layout.context > 1 ? 2 : 1);
  return chunks == 1 || steps % chunks == 0;
}

bool SearchSpace::has_parts(int pipeline, int parts) const {
  if (parts > blocks_) return false;
  if (!given_.stages.empty()) return static_cast<int>(given_.stages.size()) == parts;
  if (blocks_ % parts == 0) return true;
  // The fullest part has at most a tenth more than the mean.
  constexpr double kUneven = 1.1;
  const int fullest = (blocks_ + parts - 1) / parts;
  return blocks_ % pipeline != 0 && fullest * parts <= kUneven * blocks_;
}

bool SearchSpace::has_turns(PipelineSchedule schedule, int pipeline, std::int64_t microbatches) {
  if (pipeline == 1) return true;
  switch (schedule) {
    case PipelineSchedule::interleaved:
      return microbatches % pipeline == 0;
    case PipelineSchedule::dualpipe:
      return pipeline % 2 == 0 && microbatches % 2 == 0 && microbatches >= 2 * pipeline;
    case PipelineSchedule::dualpipe_v:
      return microbatches >= 2 * pipeline;
    default:
      return true;
  }
}

Scenario with_layout(const Scenario& scenario, const Layout& layout) {
  Scenario copy = scenario;
  copy.parallelism.layout = layout;
  copy.parallelism.recompute = layout.recompute;
  copy.parallelism.microbatch_given = true;
  copy.parallelism.open.clear();
  copy.all_reduce.open.clear();
  copy.workers = {layout.ranks()};
  return copy;
}

}  // namespace rehearse
