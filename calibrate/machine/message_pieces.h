// The time of a message as a function of its size: pieces of latency + size / bandwidth, one per
// protocol of the library (eager, rendezvous, segmented, …).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/units.h"

namespace rehearse {

struct MessagePoint {
  Bytes size;
  Duration time;
};

// Holds for messages of `from` bytes up to the next piece's `from`.
struct FittedPiece {
  Bytes from;
  Duration latency;
  Bandwidth bandwidth;
};

struct MessageFit {
  std::vector<FittedPiece> pieces;  // ascending; the first is from 0
  double median_error = 0;          // of |predicted / measured - 1| over the points
  double worst_error = 0;
};

// The pieces that minimise the squared relative error; breakpoints by dynamic programming over all
// splits of the points (Bellman, CACM 4(6), 1961), as many pieces, four at most, as Schwarz's
// criterion wants (BIC, Annals of Statistics 6(2), 1978; three parameters per piece). A breakpoint
// is reported as the first size that was measured beyond it. REQUIRES: at least two sizes; sizes
// ascending and not negative, times positive.
MessageFit fit_messages(std::span<const MessagePoint> points);

// REQUIRES: pieces not empty.
Duration message_time(std::span<const FittedPiece> pieces, Bytes size);

}  // namespace rehearse
