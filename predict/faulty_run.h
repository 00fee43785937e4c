// How long one run takes that fails at random (predict/failure_model.h has the mean).
//
// A run that trains for S seconds has checkpoints every dt, each of which holds it up for w, and
// fails N times. With the goodput g of the model it takes S/g in the mean and fails
// m = (S/dt) e^(l u) (e^(l (dt + w)) - 1) times, so that a failure costs
// c = 1/l + q - (dt + w) / (e^(l u) (e^(l (dt + w)) - 1)) in the mean. Then
//
//   time = S (dt + w)/dt + c N,   N by Poisson's law with the mean m.
//
// Where a failure strikes between two checkpoints is chance too, and left out: without restart and
// queue the time would spread by a factor sqrt(4/3) more at most. The rate l itself is log-normal
// where it is known only as well as published clusters agree; the quantiles are those of the
// mixture.
#pragma once

#include "predict/failure_model.h"
#include "predict/quantiles.h"

namespace rehearse {

struct FaultyRun {
  FailureModel failures{};
  double interval = 0;     // s of training between two checkpoints; infinite only without failures
  double worker_down = 0;  // s that a worker is away for each that it works; others go on
  double rate_spread = 0;  // standard deviation of the ln of all rates
};

// How often the whole run fails, in whole numbers. REQUIRES: seconds >= 0, of training.
Quantiles failures_of(const FaultyRun& run, double seconds);

// s, with all that failures and checkpoints cost. REQUIRES: seconds > 0, of training.
Quantiles time_of(const FaultyRun& run, double seconds);

// The same where the time of training is uncertain as well, for reasons of its own: ln of the two
// spreads add up as squares on either side of the medians. REQUIRES: quantiles above 0.
Quantiles time_of(const FaultyRun& run, const Quantiles& seconds);

// The share of the run's time that counts: p10 is the least. REQUIRES: seconds > 0, of training.
Quantiles goodput_of(const FaultyRun& run, double seconds);

}  // namespace rehearse
