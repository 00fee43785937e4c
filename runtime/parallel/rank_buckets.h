// The buckets of a rank's gradients, and the pieces in which a chunk is computed where something is
// to be done between them. Internal to the making of rank programs.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/parallel/rank_program.h"

namespace rehearse {

// Where a bucket lies: in a chunk, whose layer `first_layer` is the last of the bucket whose
// gradient becomes ready.
struct BucketPlace {
  int chunk = 0;
  std::size_t first_layer = 0;
};

// Sets begins and buckets of a program that has its chunks. `cap`: ProgramOptions::bucket_elements.
std::vector<BucketPlace> place_parameters(RankProgram& program, const Layout& layout,
                                          const ProcessGrid& grid, int rank, std::int64_t cap);

// The ranks among which a bucket is shared out.
int owners_of(const GradientBucket& bucket, const Layout& layout, const ProcessGrid& grid);

// Layers [first, end) of a chunk, computed in one go with the parameters of these buckets: its own
// one first, where it has one, then those of layers that its layers are tied to.
struct Piece {
  std::size_t first = 0, end = 0;
  std::vector<std::size_t> buckets;
};

// In forward order.
std::vector<Piece> pieces_of(const RankProgram& program, const std::vector<BucketPlace>& places,
                             int chunk);

}  // namespace rehearse
