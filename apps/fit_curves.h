// calibrate convergence: a fit to the learning curves of runs.
#pragma once

#include <string>
#include <vector>

namespace rehearse {

struct FitCurves {
  std::vector<std::string> runs;  // files, or folders of runs
  std::string target;             // "test_accuracy=0.9"
  std::string output;             // file; empty: none is written
  bool quiet = false;
};

// Prints the fit and writes it. A run that does not reach the target is left out with a warning.
// Throws Error::input.
int fit_curves(const FitCurves& options);

}  // namespace rehearse
