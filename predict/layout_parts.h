// The parts of a model that the stages of a pipeline compute: which units each has, and what a
// microbatch costs there.
#pragma once

#include <cstdint>
#include <vector>

#include "predict/layout_exchanges.h"
#include "predict/layout_units.h"
#include "runtime/parallel/rank_chunks.h"

namespace rehearse {

// Units [first, end) of each part: blocks as Layout::stages says, else evenly; what comes before
// the first block belongs to the first part, what comes behind the last one to the last. Throws
// Error::input for more parts than blocks.
struct UnitRange {
  std::size_t first = 0, end = 0;
};
std::vector<UnitRange> units_of_parts(const LayoutUnits& units, const Layout& layout);

// Of one part: what a microbatch takes, and what the part holds.
struct PartCost {
  double forward = 0, backward_input = 0, backward_weights = 0;         // computed, s
  double again = 0;                                                     // of it, forward once more
  ExchangeTime forward_exchanges, backward_exchanges, exchanges_again;  // the part waits for them
  // Of these, of the expert axis: they may go on beside the passes of another microbatch
  // (LayoutOverlap::expert). The second includes those of what runs again.
  ExchangeTime forward_experts, backward_experts;
  double forward_host = 0, backward_host = 0;  // the device waits for its host, s
  double hidden = 0;                           // exchanges beside computing, s
  // Scores whose embedding is in the same part have no copy of it.
  std::int64_t parameters = 0, experts = 0, repeated = 0, embedding = 0, tied = 0;
  Bytes kept, for_again, transient, output;
  std::int64_t largest_unit = 0;  // parameters
  // Equal units one behind the other, with the parameters of each.
  struct Units {
    int count = 0;
    std::int64_t dense = 0, experts = 0;
  };
  std::vector<Units> units;
};

// `asynchronous`: the exchanges of the tensor axis in the backward pass go on beside the gradients
// of weights (Megatron-LM).
PartCost part_cost(LayoutUnits& units, const UnitRange& range, const Layout& layout,
                   LayoutExchanges& exchanges, bool asynchronous);

}  // namespace rehearse
