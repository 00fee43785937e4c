// How many steps workers take that go on independently of one another.
//
// The rate of a run is the sum over workers of their steps per second in it. Workers come to a run
// at different times, and those who are late find the servers idle when the others have ended; so
// all rates are scaled to that of the window in which all workers are at work: from when the last
// has ended its warm-up until the first has ended.
#pragma once

#include <cstdint>
#include <vector>

#include "base/units.h"
#include "sim/noise/noise.h"

namespace rehearse {

class StepRates {
 public:
  // Keeps the noise, whose runs and steps they are.
  StepRates(const NoiseOptions& noise, int workers);

  void add(int worker, std::int64_t step, Duration begin, Duration end);

  // Steps of all workers per second, by run; zeros where no worker has reached the end of its runs.
  [[nodiscard]] std::vector<double> of_runs() const;

 private:
  // In the window of all.
  [[nodiscard]] double common_rate() const;

  const NoiseOptions& noise_;
  std::vector<Duration> begins_;             // of the first step that counts, by worker
  std::vector<std::vector<Duration>> ends_;  // of the steps that count
};

}  // namespace rehearse
