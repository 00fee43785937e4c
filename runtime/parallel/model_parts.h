// Into how many parts a layout cuts a model.
#pragma once

#include "runtime/parallel/layout.h"

namespace rehearse {

// Each stage has `virtual_stages` of them. Under dualpipe two stages have the same two parts, one
// for each direction, so that there are only as many parts as stages.
inline int model_parts(const Layout& layout) {
  const bool both_ways = layout.schedule == PipelineSchedule::dualpipe && layout.pipeline > 1;
  return layout.pipeline * (both_ways ? 1 : layout.virtual_stages);
}

}  // namespace rehearse
