// Predictions of scenarios whose layout is open.
#pragma once

#include "predict/predict.h"
#include "predict/search.h"

namespace rehearse {

// As predict(); where keys of training.parallelism, or fusion and cycle of training.allreduce, are
// open, each point of the sweep has the layout that is best there (best_layout,
// predict/gradient_fusion.h). Throws Error::input as predict and search.
Prediction predict_best_layouts(const Scenario& scenario, const PredictOptions& options);

}  // namespace rehearse
