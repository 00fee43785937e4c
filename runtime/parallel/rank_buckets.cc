#include "runtime/parallel/rank_buckets.h"

#include <algorithm>
#include <optional>

#include "base/contract.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {
namespace {

void add_buckets(RankProgram& program, const Layout& layout, int index, std::int64_t cap,
                 std::vector<BucketPlace>& places) {
  const std::vector<ChunkLayer>& layers = program.chunks[static_cast<std::size_t>(index)].layers;
  bool open = false;
  std::optional<std::int64_t> block;
  for (std::size_t i = layers.size(); i-- > 0;) {
    const ChunkLayer& layer = layers[i];
    if (layer.parameters.empty()) continue;
    const ParameterRange range = program.range_of(index, i);
    if (open) {
      const GradientBucket& last = program.buckets.back();
      const bool same = last.of_experts == layer.of_experts && last.of_ends == layer.of_ends;
      const bool full = layout.zero == 3 ? block != layer.block : last.range.size() >= cap;
      open = same && !full;
    }
    if (!open) {
      program.buckets.push_back({{range.begin, range.begin}, layer.of_experts, layer.of_ends, {}});
      places.push_back({index, i});
    }
    open = true;
    block = layer.block;
    program.buckets.back().range.end = range.end;
    places.back().first_layer = i;
  }
}

// The bucket that has the parameters of a layer, as numbered in the part's Model.
std::size_t bucket_of(const RankProgram& program, int chunk, std::size_t model_layer) {
  const std::vector<ChunkLayer>& layers = program.chunks[static_cast<std::size_t>(chunk)].layers;
  const auto found = std::ranges::find(layers, model_layer, &ChunkLayer::layer);
  EXPECTS(found != layers.end());
  const auto at = program.range_of(chunk, static_cast<std::size_t>(found - layers.begin())).begin;
  const auto bucket = std::ranges::find_if(program.buckets, [at](const GradientBucket& of) {
    return of.range.begin <= at && at < of.range.end;
  });
  return static_cast<std::size_t>(bucket - program.buckets.begin());
}

}  // namespace

std::vector<BucketPlace> place_parameters(RankProgram& program, const Layout& layout,
                                          const ProcessGrid& grid, int rank, std::int64_t cap) {
  program.begins.resize(program.chunks.size());
  std::int64_t at = 0;
  for (std::size_t c = program.chunks.size(); c-- > 0;) {
    program.begins[c] = at;
    at += program.chunks[c].elements();
  }
  std::vector<BucketPlace> places;
  for (std::size_t c = program.chunks.size(); c-- > 0;) {
    add_buckets(program, layout, static_cast<int>(c), cap, places);
  }
  for (GradientBucket& bucket : program.buckets) {
    const auto [begin, end] = bucket.range;
    const int ways = owners_of(bucket, layout, grid);
    const int place = ways == 1 ? 0 : grid.place(rank, owner_axis(bucket));
    bucket.own = {begin + part_begin(end - begin, ways, place),
                  begin + part_begin(end - begin, ways, place + 1)};
  }
  return places;
}

int owners_of(const GradientBucket& bucket, const Layout& layout, const ProcessGrid& grid) {
  return layout.zero == 0 ? 1 : grid.size(owner_axis(bucket));
}

std::vector<Piece> pieces_of(const RankProgram& program, const std::vector<BucketPlace>& places,
                             int chunk) {
  const std::vector<ChunkLayer>& layers = program.chunks[static_cast<std::size_t>(chunk)].layers;
  std::vector<Piece> pieces;
  for (std::size_t b = program.buckets.size(); b-- > 0;) {
    if (places[b].chunk != chunk) continue;
    const std::size_t first = pieces.empty() ? 0 : places[b].first_layer;
    if (!pieces.empty()) pieces.back().end = first;
    pieces.push_back({first, layers.size(), {b}});
  }
  if (pieces.empty()) pieces.push_back({0, layers.size(), {}});
  for (Piece& piece : pieces) {
    for (std::size_t i = piece.first; i < piece.end; ++i) {
      if (layers[i].tied) piece.buckets.push_back(bucket_of(program, chunk, *layers[i].tied));
    }
  }
  return pieces;
}

}  // namespace rehearse
