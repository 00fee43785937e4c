// What is left over between the model and a machine once the uncertain parameters are right: a
// normal deviation of ln(step) that changes little from one job to a similar one.
//
// Over the workers and over the batch it walks at random in the logarithm to base 2, so that two
// runs share what their smaller one has seen, and far from a run little is known. (A model with a
// discrepancy of its own: Kennedy, O'Hagan, "Bayesian calibration of computer models", J. R.
// Statist. Soc. B 63(3), 2001.)
#pragma once

#include <cstdint>

namespace rehearse {

struct JobSize {
  std::int64_t workers = 1;
  std::int64_t batch = 1;  // of a worker

  bool operator==(const JobSize&) const = default;
};

// Where the numbers come from: docs/models/pilot.md.
struct LeftOver {
  double at_one_worker = 0.01;
  double per_doubling_of_workers = 0.02;  // times the root of the number of doublings
  double per_doubling_of_batch = 0.1;     // the same, either way from `batch`
  std::int64_t batch = 1;                 // of the pilot

  [[nodiscard]] double covariance(const JobSize& a, const JobSize& b) const;
};

}  // namespace rehearse
