// Which operators run forward a second time, in the backward pass, so that less is kept.
//
//   Recompute recompute{Recompute::Mode::full};
#pragma once

#include <set>

#include "kernels/models/model.h"

namespace rehearse {

// none: nothing. selective: the core of each attention, scores and softmax, from queries, keys and
// values (Korthikanti et al., arXiv:2205.05198, section 5). full: each block (a layer of a
// transformer), from its input. kinds: operators of some kinds, whose outputs are not kept; of an
// attention the output is.
struct Recompute {
  enum class Mode { none, selective, full, kinds };

  Mode mode = Mode::none;
  std::set<LayerKind> kinds{};  // of Mode::kinds

  // Whether the layer runs forward again.
  [[nodiscard]] bool runs_again(const Layer& layer) const;
  // Whether its output is made again instead of kept.
  [[nodiscard]] bool discards_output(const Layer& layer) const;
};

// Whether a mode changes anything of the model: full needs blocks, selective attention, kinds
// layers of these.
bool applies(const Recompute& recompute, const Model& model);

}  // namespace rehearse
