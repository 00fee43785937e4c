// Minimises a function of few variables without derivatives.
//
//   std::vector<double> best = nelder_mead(f, {0, 0}, {0.5, 0.5}, {.most_evaluations = 100});
//
// The simplex method of Nelder and Mead (Computer Journal 7(4), 1965) with the usual coefficients
// 1, 2, 1/2, 1/2. Meant for functions that are slightly noisy and slow.
#pragma once

#include <functional>
#include <vector>

namespace rehearse {

struct NelderMeadOptions {
  int most_evaluations = 150;
  double smallest_step = 1e-3;  // ends when the simplex is smaller in every variable
};

// `steps`: the extent of the first simplex in each variable. REQUIRES: as many steps as variables,
// no step zero, at least one evaluation more than variables.
std::vector<double> nelder_mead(const std::function<double(const std::vector<double>&)>& function,
                                const std::vector<double>& start, const std::vector<double>& steps,
                                const NelderMeadOptions& options);

}  // namespace rehearse
