// The key training.parallelism.recompute.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/models/recompute.h"

namespace rehearse {

// "none" (default), "selective", "full" or an array of kinds of layers. Throws Error::input.
Recompute recompute_of(ObjectReader& parallelism);

// The same for a model: where it changes nothing of it a remark says so, and nothing is recomputed.
Recompute read_recompute(ObjectReader& parallelism, const Model& model,
                         std::vector<std::string>& remarks);

}  // namespace rehearse
