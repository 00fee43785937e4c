// Evaluations of a run as a checkpoint keeps them.
#pragma once

#include <vector>

#include "train/stopping.h"

namespace rehearse {

std::vector<double> evaluation_numbers(const std::vector<RunEvaluation>& evaluations);
// Of evaluation_numbers(); what is left over at the end is passed over.
std::vector<RunEvaluation> evaluations_of(const std::vector<double>& numbers);

}  // namespace rehearse
