// What a training program reports of a step: one record per step and rank.
#pragma once

#include <cstdint>
#include <vector>

#include "base/breakdown.h"
#include "base/units.h"
#include "runtime/collectives/collectives.h"
#include "runtime/world/world.h"

namespace rehearse {

// One thing that a rank did together with others, on this rank's clock.
struct StepSpan {
  enum class What : std::uint8_t {
    gradients,   // a collective over the gradients [first, end), numbered as they become ready
    weights,     // a collective over the weights of these gradients
    agreement,   // on how many gradients are ready on all ranks; moves no elements
    coding,      // a rank packs the gradients [first, end) or unpacks them; moves no elements
    activations  // a collective over activations of layer `first`, or over their gradients
  };

  What what;
  std::int64_t first = 0, end = 0;
  Group group;  // in the lane in which it was called
  CollectiveCall call{};
  std::int64_t elements = 0;
  ElementType type = ElementType::float32;
  Duration arrived{};  // this rank entered
  Duration started{};  // the last rank had entered
  Duration ended{};
};

struct StepRecord {
  Duration begin, end;
  Breakdown parts;                // add up to end - begin
  Duration hidden_communication;  // under the backward pass; not a part of the step
  Duration backward_end;
  Bytes sent;  // payload of this rank during the step (Transport::sent)
  // All that this rank has computed so far was summed by the end of the step: word that travels
  // with collectives (runtime/worlds/alarm.h) has reached all ranks, in the same step.
  bool settled = true;
  std::vector<StepSpan> spans;
};

}  // namespace rehearse
