// Repeats a timed operation on all ranks of a world until its share of the time is used up.
#pragma once

#include <functional>

#include "calibrate/collectives.h"

namespace rehearse {

class Repeater {
 public:
  // `sizes` are those that measure() will be called with: larger ones get more of the time, because
  // they take more of it. Keeps `world`.
  Repeater(World& world, const CollectiveOptions& options, const std::vector<Bytes>& sizes);

  // Calls `operation` on all ranks together; it returns the time on this rank, zero on those that
  // do not take part. All ranks get the same result. Called by all ranks.
  RepeatedTime measure(Bytes size, const std::function<Duration()>& operation);

 private:
  [[nodiscard]] bool agree_to_go_on(int done, Duration deadline);
  [[nodiscard]] Duration greatest(Duration mine);

  World& world_;
  CollectiveOptions options_;
  double total_ = 0;  // shares of the time
  double due_ = 0;
  Duration begin_;
};

// The median and its absolute deviation. REQUIRES: times not empty.
RepeatedTime summarise(Bytes size, const std::vector<double>& seconds);

// Of the medians; no pieces below two sizes.
MessageFit fit_times(const std::vector<RepeatedTime>& times);

}  // namespace rehearse
