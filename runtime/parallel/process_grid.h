// Ranks as places on axes, and the groups of ranks that differ in one of them.
//
//   ProcessGrid grid(layout);                        // tensor 2, pipeline 2, data 2: 8 ranks
//   grid.place(5, GridAxis::pipeline);               // 1
//   grid.groups(GridAxis::tensor);                   // {0, 1}, {2, 3}, {4, 5}, {6, 7}
//
// Layout::order says which place varies fastest: with Megatron-LM's "tp-cp-ep-dp-pp"
// rank = tensor + t (context + c (data + d pipeline)). Experts have a grid of their own over the
// same ranks, in the same order without cp: expert_tensor, expert, copies, pipeline
// (megatron/core/parallel_state.py). Where one rank of the tensor axis has a share of all experts,
// their copies are the replicas. Tiles of an image take the place of `context`: the columns of a
// row of tiles lie next to each other.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/parallel/layout.h"
#include "runtime/world/group.h"

namespace rehearse {

enum class GridAxis : std::uint8_t {
  tensor,
  context,
  data,
  pipeline,
  replicas,       // data and context or tiles together: those that hold the same parameters
  shards,         // of `replicas`, those that share one copy under zero (Layout::shard_group)
  shard_copies,   // of `replicas`, those that hold the same shard
  expert,         // ranks among which experts are shared out
  expert_tensor,  // those that share one expert
  expert_copies,  // those that hold the same experts
  ends,           // first and last stage, which both have a tied embedding
  tiles,          // of one image
  tile_rows,      // of them, those of the same column
  tile_columns    // of the same row
};

inline constexpr int kGridAxes = 14;

// The ranks that share the work of a layer.
GridAxis grid_axis(Exchange::Axis axis);

// Throws Error::input for an order that does not name each of tp, cp, ep, dp, pp once, for experts
// that do not fold onto the ranks, and for a shard_group that does not divide the replicas.
void expect_grid(const Layout& layout);

class ProcessGrid {
 public:
  // Throws as expect_grid.
  explicit ProcessGrid(const Layout& layout);

  [[nodiscard]] int ranks() const { return ranks_; }
  [[nodiscard]] int size(GridAxis axis) const;
  // 0 … size - 1. REQUIRES: for `ends` a rank of the first or the last stage.
  [[nodiscard]] int place(int rank, GridAxis axis) const;
  // All groups along an axis, in the order of their first ranks; each in the order of its places.
  // Ids are unique in a grid and not 0. Empty where the size is 1.
  [[nodiscard]] const std::vector<std::shared_ptr<const Group>>& groups(GridAxis axis) const;
  // Null where the axis has one place, and for ranks without `ends`.
  [[nodiscard]] const std::shared_ptr<const Group>& group_of(int rank, GridAxis axis) const;
  // The rank whose pipeline place is `stage` and whose other places are those of `rank`.
  [[nodiscard]] int on_stage(int rank, int stage) const;

 private:
  struct Family {
    std::vector<std::shared_ptr<const Group>> groups;
    std::vector<int> of_rank;  // index into the groups; -1: none
    std::vector<int> place;
    int size = 1;
  };

  void add(GridAxis axis, int size, const std::vector<int>& key, const std::vector<int>& place);
  void add_sharers(const Layout& layout, const std::vector<int>& key,
                   const std::vector<int>& place);
  [[nodiscard]] const Family& family(GridAxis axis) const {
    return families_[static_cast<std::size_t>(axis)];
  }

  int ranks_;
  int next_id_ = 1;
  std::array<Family, kGridAxes> families_;
};

}  // namespace rehearse
