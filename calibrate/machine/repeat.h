// Repeats a timed operation on all ranks of a world until its share of the time is used up.
#pragma once

#include <functional>
#include <optional>

#include "calibrate/machine/collectives.h"

namespace rehearse {

class Repeater {
 public:
  // `sizes` are those that measure() will be called with: larger ones get more of the time, because
  // they take more of it. The first size of a series is its smallest. Keeps `world`.
  Repeater(World& world, const CollectiveOptions& options, const std::vector<Bytes>& sizes);

  // Calls `operation` on all ranks together; it returns the time on this rank, zero on those that
  // do not take part. All ranks get the same result: nothing where the budget is over, or would be
  // before two calls have ended, by what the size before has taken; unless it is `needed`. Called
  // by all ranks.
  std::optional<RepeatedTime> measure(Bytes size, bool needed,
                                      const std::function<Duration()>& operation);

 private:
  [[nodiscard]] bool agree(bool mine);
  [[nodiscard]] bool is_worth_going_on(int done, Duration deadline) const;
  [[nodiscard]] bool has_time_for(Bytes size) const;
  [[nodiscard]] Duration greatest(Duration mine);

  World& world_;
  CollectiveOptions options_;
  double total_ = 0;  // shares of the time
  double due_ = 0;
  Duration begin_;
  Bytes last_size_;     // of the last measurement
  Duration last_call_;  // and the longest that a call of it took, with all that belongs to it
};

// The median and its absolute deviation. REQUIRES: times not empty.
RepeatedTime summarise(Bytes size, const std::vector<double>& seconds);

// Of the medians; no pieces below two sizes.
MessageFit fit_times(const std::vector<RepeatedTime>& times);

}  // namespace rehearse
