// The key training.parallelism.recompute.
#pragma once

#include <string>
#include <vector>

#include "base/json_reader.h"
#include "kernels/models/recompute.h"

namespace rehearse {

// "none" (default), "selective", "full" or an array of kinds of layers. Where it changes nothing of
// the model a remark says so. Throws Error::input.
Recompute read_recompute(ObjectReader& parallelism, const Model& model,
                         std::vector<std::string>& remarks);

}  // namespace rehearse
