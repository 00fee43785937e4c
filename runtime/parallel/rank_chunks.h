// What a rank of a layout computes: of each of its parts of the model the layers, their parameters,
// and what they exchange with other ranks.
//
//   const ProcessGrid grid(layout);
//   const std::vector<RankPart> parts = rank_parts(model, layout, grid, rank);
//   const std::vector<RankChunk> chunks = rank_chunks(model, layout, parts);
//
// A chunk is a part of the model on one stage of a pipeline (runtime/parallel/pipeline_shape.h).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "kernels/models/model_part.h"
#include "runtime/parallel/layout.h"
#include "runtime/parallel/pipeline_shape.h"
#include "runtime/parallel/process_grid.h"

namespace rehearse {

// A layer of a chunk that computes something, has parameters or exchanges numbers.
struct ChunkLayer {
  std::size_t layer = 0;                 // as numbered in the part's Model
  std::vector<std::int64_t> parameters;  // elements of each tensor
  std::optional<Exchange> exchange{};    // Exchange::elements of a sample
  std::optional<std::int64_t> block{};   // Layer::block
  std::optional<std::size_t> tied{};     // the layer of the chunk whose weights it uses
  // Whose gradients are summed over which ranks: those of experts over the ranks that have the same
  // ones (GridAxis::expert_copies); of what tensor ranks have alike, but compute a part of each,
  // over these; of the first tensor, where the first and the last stage have a copy of it, over
  // both.
  bool of_experts = false, of_tensor_ranks = false, of_ends = false;
  double work = 1;  // of its passes, in any unit: how a pass is divided where it is not whole

  [[nodiscard]] std::int64_t elements() const;  // of its parameters
};

struct RankChunk {
  int part = 0;                         // of the model
  std::vector<ChunkLayer> layers;       // in forward order
  std::int64_t received = 0, sent = 0;  // elements of a sample that come from and go to other parts

  [[nodiscard]] std::int64_t elements() const;  // of its parameters
};

// One chunk of a rank.
struct RankPart {
  int part = 0;
  PartShape shape{};
  ModelPart of;
};

PipelineShape pipeline_of(const Layout& layout);
// Of any rank, where it does not matter whose part it is; and of a certain one.
PartShape part_shape(const Layout& layout);
PartShape part_shape(const Layout& layout, const ProcessGrid& grid, int rank);

// The layers of each part of the pipeline (kernels/models/pipeline_cut.h). Throws Error::input
// where there are fewer blocks than parts, or Layout::stages are not those of the model.
std::vector<LayerRange> pipeline_parts(const Model& model, const Layout& layout);

// Those of a rank, by chunk. Throws Error::input where the model cannot be laid out so.
std::vector<RankPart> rank_parts(const Model& model, const Layout& layout, const ProcessGrid& grid,
                                 int rank);
std::vector<RankChunk> rank_chunks(const Model& model, const Layout& layout,
                                   const std::vector<RankPart>& parts);

}  // namespace rehearse
