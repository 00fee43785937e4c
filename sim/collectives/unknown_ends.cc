#include "sim/collectives/unknown_ends.h"

#include <string>

#include "base/error.h"

namespace rehearse {

void refuse_unknown_ends(const StackProfile& profile) {
  const MessageEnds& ends = profile.ends;
  const char* unknown = ends.acknowledgement_share > 0      ? "acknowledgement_share"
                        : ends.idle_burst > Bytes(0)        ? "idle_burst"
                        : ends.departure_skew > Duration(0) ? "departure_skew"
                        : ends.departure_spread > 0         ? "departure_spread"
                        : ends.wake_up > Duration(0)        ? "wake_up"
                                                            : nullptr;
  if (unknown == nullptr) return;
  throw Error::input("fidelity 'analytic' does not know '" + std::string(unknown) +
                         "' of fabric '" + profile.name + "'",
                     "it depends on what each rank sends and receives when",
                     "use fidelity flow, or leave it out");
}

}  // namespace rehearse
