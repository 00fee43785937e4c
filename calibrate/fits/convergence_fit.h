// Fits how the samples to a target grow with the samples of an update and with staleness:
//
//   samples = a (1 + B / c) (1 + s sigma)
//
// a samples_at_small_batch, c critical_batch, s staleness_penalty, sigma the mean staleness
// (scenarios/convergence_options.h), by least squares of the relative errors.
#pragma once

#include <string>
#include <vector>

#include "scenarios/convergence_options.h"

namespace rehearse {

struct ConvergencePoint {
  std::string file;
  double update_samples = 0;
  double staleness = 0;
  double samples = 0;  // to the target

  // The name of the file; of a run.json, whose name tells nothing, with that of its folder.
  [[nodiscard]] std::string name() const;
};

struct ConvergenceFit {
  ConvergenceOptions convergence;
  std::vector<ConvergencePoint> points;
  std::vector<double> fitted;  // samples, one per point

  [[nodiscard]] double residual(std::size_t point) const {
    return fitted[point] / points[point].samples - 1;
  }
};

// The penalty is fitted where the runs differ in their staleness, else it is 0: what staleness all
// of them have is then in the samples. Throws Error::input where the points do not determine the
// numbers: fewer than two different batches, batch and staleness that change together, samples that
// do not grow with the batch or that grow as it does.
ConvergenceFit fit_convergence(const std::vector<ConvergencePoint>& points,
                               const MetricTarget& target);

// As a file of the format rehearse-convergence-1.
std::string convergence_file(const ConvergenceFit& fit);

}  // namespace rehearse
