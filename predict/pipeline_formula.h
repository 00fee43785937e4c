// A pipeline in closed form: how long a step of it takes and how much it holds, from what a
// microbatch takes on each kind of stage. The longest path (runtime/parallel/pipeline_timeline.h)
// is what these formulas stand for where there are too many pipelines to time each of them.
//
// A step is the slowest stage's work on all its microbatches, and a bubble: the work of all other
// stages on one microbatch (GPipe, 1F1B), that divided by the parts of a stage (interleaved), that
// less the weight gradients that fill it (zero bubble); arXiv:2104.04473, 2401.10241, 2405.15362.
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/parallel/layout.h"
#include "runtime/parallel/pipeline_timeline.h"

namespace rehearse {

// Stages that are alike: their parts are.
struct StageSums {
  PartTimes each;           // of a microbatch, all parts of a stage together, s
  int first = 0, last = 0;  // stages
  int count = 1;
};

struct PipelineEstimate {
  double seconds = 0;
  std::vector<double> earlier;  // by kind: so long before the end its first stage has done its work
};

// `message`: between two stages, s. `blocks`: nothing is computed meanwhile. The result is written
// into `estimate`, whose memory is used again.
void estimate_pipeline(const Layout& layout, const std::vector<StageSums>& kinds, double message,
                       bool blocks, PipelineEstimate& estimate);

// Microbatches that a stage holds at most of each of its parts, by chunk, at the moment when it
// holds most.
void held_microbatches(const Layout& layout, int stage, std::vector<double>& held);

}  // namespace rehearse
