// A layer as training programs see it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rehearse {

// What the training program must know of a model: layers in forward order, and for each the
// elements of its trainable parameters on one worker (none for most). Layers without gradients to
// compute may be left out.
struct TrainingLayer {
  std::size_t layer = 0;                 // as numbered in the Model
  std::vector<std::int64_t> parameters;  // elements per tensor

  // Of a split layer, in elements over the group.
  bool split = false;
  std::int64_t gathered = 0;   // inputs: samples of the group x features
  bool scatters = true;        // the gradient of the inputs is wanted
  std::int64_t exchanged = 0;  // outputs of one worker; 0: a split layer takes them as they are

  // Elements that all workers sum in each direction before they go on: the means and variances of a
  // synchronised batch normalisation. Strategy 'sync' does so.
  std::int64_t summed = 0;
};

}  // namespace rehearse
