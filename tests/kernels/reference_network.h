// The slow obvious twin of an executor: the loss of a network in double precision, by loops over
// plain arrays as the definitions read. Gradients are its finite differences.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse::test {

struct ReferenceMode {
  bool training = true;
  std::uint64_t dropout_seed = 1;
  std::uint64_t dropout_stream = 0;
};

struct Batch {
  std::vector<float> images;
  std::vector<std::int32_t> labels;
};

// Values around 0 and labels that differ; the same for equal arguments.
Batch random_batch(const Model& model, std::int64_t batch, std::uint64_t seed);

// `parameters` in plain order, tensors as Executor::parameters() has them. `statistics`: running
// means and variances as Executor::statistics() has them, read in evaluation only.
double reference_loss(const Model& model, const Batch& batch, const std::vector<double>& parameters,
                      const ReferenceMode& mode = {}, const std::vector<double>& statistics = {});

}  // namespace rehearse::test
