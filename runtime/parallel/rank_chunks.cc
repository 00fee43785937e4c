#include "runtime/parallel/rank_chunks.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "base/error.h"
#include "kernels/models/ops/layer_op.h"
#include "kernels/models/pipeline_cut.h"
#include "kernels/models/work.h"

namespace rehearse {
namespace {

// Layers whose parameters all tensor ranks have, though each computes with a share of the steps
// (or, of norms of heads, of the heads).
bool is_shared_by_tensor_ranks(const Layer& layer, const Layout& layout) {
  if (layout.tensor == 1 || layer.parameters.empty()) return false;
  switch (layer.kind) {
    case LayerKind::dense:
    case LayerKind::embedding:
    case LayerKind::experts:
      return false;
    case LayerKind::head_norm:
      return true;
    default:
      return layout.sequence;
  }
}

// Where the whole model has a layer with the weights of another, whether a pipeline cuts between
// them, so that both ends have a copy.
bool is_copied(const Model& model, const ModelPart& part, std::size_t index) {
  const Layer& own = part.model.layers()[index];
  const std::size_t whole = part.whole[index];
  if (own.parameters.empty()) return false;
  if (own.kind == LayerKind::dense) return model.layers()[whole].tied.has_value();
  if (own.kind != LayerKind::embedding) return false;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const bool inside = std::ranges::find(part.whole, i) != part.whole.end();
    if (model.layers()[i].tied == whole && !inside) return true;
  }
  return false;
}

double work_of(const Model& model, std::size_t layer) {
  double sum = 0;
  for (const Direction direction : {Direction::backward_data, Direction::backward_weights}) {
    const Work of = work(model, layer, direction, 1, Precision::fp32);
    constexpr double kFlopsPerByte = 10;
    sum += of.flops.value() + kFlopsPerByte * of.bytes.value();
  }
  return sum;
}

std::int64_t ends_of(const Layer& layer) { return layer.output.elements(); }

}  // namespace

std::int64_t ChunkLayer::elements() const {
  return std::accumulate(parameters.begin(), parameters.end(), std::int64_t{0});
}

std::int64_t RankChunk::elements() const {
  std::int64_t sum = 0;
  for (const ChunkLayer& layer : layers) sum += layer.elements();
  return sum;
}

PipelineShape pipeline_of(const Layout& layout) {
  const auto microbatches = static_cast<int>(layout.microbatches);
  if (layout.pipeline == 1) return {.microbatches = microbatches};
  return {.schedule = layout.schedule,
          .stages = layout.pipeline,
          .microbatches = microbatches,
          .chunks = layout.virtual_stages};
}

PartShape part_shape(const Layout& layout) {
  PartShape shape;
  shape.tensor = layout.tensor;
  shape.sequence = layout.sequence && layout.tensor > 1;
  shape.context = layout.context;
  shape.context_exchange = layout.context_exchange;
  shape.tiles = layout.tiles;
  shape.expert = layout.expert;
  shape.expert_tensor = layout.expert_tensor;
  shape.expert_imbalance = layout.expert_imbalance;
  return shape;
}

PartShape part_shape(const Layout& layout, const ProcessGrid& grid, int rank) {
  PartShape shape = part_shape(layout);
  shape.tensor_rank = grid.place(rank, GridAxis::tensor);
  shape.expert_rank = grid.place(rank, GridAxis::expert);
  shape.expert_tensor_rank = grid.place(rank, GridAxis::expert_tensor);
  return shape;
}

std::vector<LayerRange> pipeline_parts(const Model& model, const Layout& layout) {
  const int parts = pipeline_of(layout).parts(), blocks = block_count(model);
  if (blocks < parts) {
    throw Error::input("a pipeline of " + std::to_string(parts) + " parts",
                       "the model can be cut into " + std::to_string(blocks),
                       "lower training.parallelism.pipeline or virtual_stages");
  }
  const std::vector<int>& given = layout.stages;
  if (given.empty()) return ranges_of(model, even_cut(blocks, parts));
  const bool fits = static_cast<int>(given.size()) == parts &&
                    std::accumulate(given.begin(), given.end(), 0) == blocks &&
                    std::ranges::all_of(given, [](int size) { return size >= 1; });
  if (!fits) {
    throw Error::input(
        "the stages do not have the " + std::to_string(blocks) + " blocks of the model",
        "each of the " + std::to_string(parts) + " parts has at least one",
        "correct training.parallelism.stages");
  }
  return ranges_of(model, given);
}

std::vector<RankPart> rank_parts(const Model& model, const Layout& layout, const ProcessGrid& grid,
                                 int rank) {
  const PipelineShape pipeline = pipeline_of(layout);
  const std::vector<LayerRange> ranges = pipeline_parts(model, layout);
  const PartShape shape = part_shape(layout, grid, rank);
  const int stage = grid.place(rank, GridAxis::pipeline);
  std::vector<RankPart> parts;
  for (int chunk = 0; chunk < pipeline.chunks; ++chunk) {
    const int part = part_at(pipeline, stage, chunk);
    parts.push_back({part, shape, part_of(model, ranges[static_cast<std::size_t>(part)], shape)});
  }
  return parts;
}

std::vector<RankChunk> rank_chunks(const Model& model, const Layout& layout,
                                   const std::vector<RankPart>& parts) {
  const int last = pipeline_of(layout).parts() - 1;
  std::vector<RankChunk> chunks;
  for (const RankPart& part : parts) {
    RankChunk& chunk = chunks.emplace_back();
    chunk.part = part.part;
    const Model& own = part.of.model;
    for (std::size_t i = 1; i < own.layers().size(); ++i) {
      const Layer& layer = own.layers()[i];
      ChunkLayer& of = chunk.layers.emplace_back();
      of.layer = i;
      for (const ParameterTensor& tensor : layer.parameters)
        of.parameters.push_back(tensor.elements);
      if (layer.kind == LayerKind::exchange) of.exchange = layer.exchange;
      of.block = layer.block;
      of.tied = layer.tied;
      const bool shared_out = layout.expert * layout.expert_tensor * layout.tensor > 1;
      of.of_experts = layer.kind == LayerKind::experts && shared_out;
      of.of_tensor_ranks = is_shared_by_tensor_ranks(layer, layout);
      of.of_ends = is_copied(model, part.of, i);
      of.work = work_of(own, i);
    }
    if (part.part > 0) chunk.received = ends_of(own.layers().front());
    if (part.part < last) chunk.sent = ends_of(own.layers().back());
  }
  return chunks;
}

}  // namespace rehearse
