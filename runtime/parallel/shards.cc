#include "runtime/parallel/shards.h"

#include <algorithm>
#include <numeric>

#include "base/contract.h"

namespace rehearse {
namespace {

// In the order of their creation.
std::vector<ParameterRange> all_tensors(std::span<const TrainingLayer> layers) {
  std::int64_t end = 0;
  for (const TrainingLayer& layer : layers) {
    for (const std::int64_t elements : layer.parameters) end += elements;
  }
  std::vector<ParameterRange> tensors;
  for (const TrainingLayer& layer : layers) {
    std::int64_t begin = end;  // of the layer: later layers come first in the array
    for (const std::int64_t elements : layer.parameters) begin -= elements;
    end = begin;
    for (const std::int64_t elements : layer.parameters) {
      tensors.push_back({begin, begin + elements});
      begin += elements;
    }
  }
  return tensors;
}

}  // namespace

std::vector<ParameterRange> ParameterShard::runs() const {
  std::vector<ParameterRange> sorted = tensors;
  std::ranges::sort(sorted, {}, &ParameterRange::begin);
  std::vector<ParameterRange> joined;
  for (const ParameterRange& one : sorted) {
    if (!joined.empty() && joined.back().end == one.begin) {
      joined.back().end = one.end;
    } else {
      joined.push_back(one);
    }
  }
  return joined;
}

std::vector<ParameterShard> deal_out(std::span<const TrainingLayer> layers, int owners,
                                     bool balanced) {
  EXPECTS(owners >= 1);
  std::vector<ParameterShard> shards(static_cast<std::size_t>(owners));
  std::size_t turn = 0;
  for (const ParameterRange& tensor : all_tensors(layers)) {
    ParameterShard& owner = balanced
                                ? *std::ranges::min_element(shards, {}, &ParameterShard::elements)
                                : shards[turn++ % shards.size()];
    owner.tensors.push_back(tensor);
    owner.elements += tensor.size();
  }
  return shards;
}

std::vector<Tensor> tensors_of(const ParameterShard& shard, const Tensor& all) {
  std::vector<Tensor> parts;
  for (const ParameterRange& range : shard.tensors)
    parts.push_back(all.part(range.begin, range.size()));
  return parts;
}

std::vector<Tensor> packed_tensors_of(const ParameterShard& shard, const Tensor& own) {
  std::vector<std::size_t> order(shard.tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return shard.tensors[i].begin; });
  std::vector<Tensor> parts(order.size());
  std::int64_t begin = 0;
  for (const std::size_t i : order) {
    parts[i] = own.part(begin, shard.tensors[i].size());
    begin += parts[i].elements;
  }
  return parts;
}

}  // namespace rehearse
