// The places of a pipeline as numbers, and who follows whom: what timing a schedule reads.
//
// A place is a chunk of a stage: stage * chunks + chunk. A microbatch goes forward from place to
// place by next() and backward by previous(); both are -1 at the ends of the model.
#pragma once

#include <cstddef>
#include <vector>

#include "runtime/parallel/pipeline_shape.h"

namespace rehearse {

class PipelineWiring {
 public:
  // Throws Error::input where expect_pipeline does.
  explicit PipelineWiring(const PipelineShape& shape);

  [[nodiscard]] int places() const { return static_cast<int>(part_.size()); }
  [[nodiscard]] int stage(int place) const { return place / chunks_; }

  [[nodiscard]] int part(int place) const { return part_[static_cast<std::size_t>(place)]; }
  [[nodiscard]] int next(int place) const { return next_[static_cast<std::size_t>(place)]; }
  [[nodiscard]] int previous(int place) const { return previous_[static_cast<std::size_t>(place)]; }

  // Is there a message between a place and the one that follows it? Not at the turn of a V.
  [[nodiscard]] bool sends(int place, int following) const {
    return following >= 0 && stage(place) != stage(following);
  }

 private:
  int chunks_;
  std::vector<int> part_, next_, previous_;
};

}  // namespace rehearse
