// Which parameters of a model a rank's part of it has: initial values and checkpoints of whole
// models are cut into parts, and put together again.
//
//   const std::vector<float> all = initial_parameters(model, seed);
//   net->import_parameters(cut_parameters(model, part, shape, all));
//
// Arrays are in the plain order of kernels/executor.h. A share of a vocabulary that does not divide
// has rows beyond it, which are zero and stay so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "kernels/models/model_part.h"

namespace rehearse {

// Elements [part, part + elements) of the part's array are [whole, whole + elements) of the
// model's.
struct ParameterRun {
  std::int64_t part = 0, whole = 0, elements = 0;
};

// In ascending order of `part`. REQUIRES: `part` is a part of `whole` by this shape.
std::vector<ParameterRun> parameter_runs(const Model& whole, const ModelPart& part,
                                         const PartShape& shape);

// REQUIRES: `plain` has the size of the model, `of_part` that of the part.
std::vector<float> cut_parameters(const Model& whole, const ModelPart& part, const PartShape& shape,
                                  std::span<const float> plain);
// Writes what the part has to its place in the model.
void put_parameters(const Model& whole, const ModelPart& part, const PartShape& shape,
                    std::span<const float> of_part, std::span<float> plain);

}  // namespace rehearse
