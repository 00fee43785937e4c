// Where a pipeline cuts a model: parts of consecutive blocks, counted in blocks.
//
//   even_cut(12, 5);                         // {2, 2, 3, 3, 2} of 12 blocks
//   ranges_of(gpt2, {3, 3, 3, 3});           // layers of each part, embedding and scores included
//
// What comes before the first block belongs to the first part, what comes behind the last to the
// last. Of a model without blocks the pieces between which one tensor passes count as blocks
// (units_of).
#pragma once

#include <vector>

#include "kernels/models/model_part.h"

namespace rehearse {

// How many there are to share out, at least 1.
int block_count(const Model& model);

// As many blocks for every part; what does not divide goes to parts before the last, which has the
// scores. REQUIRES: 1 <= parts <= blocks.
std::vector<int> even_cut(int blocks, int parts);

// REQUIRES: counts of at least 1 whose sum is block_count(model).
std::vector<LayerRange> ranges_of(const Model& model, const std::vector<int>& blocks);

}  // namespace rehearse
