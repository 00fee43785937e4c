// Losses of an executor against the reference, and all its gradients against the reference's finite
// differences.
#pragma once

#include <cstdint>
#include <functional>

#include "tests/kernels/every_backend.h"

namespace rehearse::test {

using Put = std::function<void(ModelBuilder&, std::size_t)>;  // adds the layers under test

// REQUIRES: called by a test of an EveryBackend.
void check_gradients(const Model& model, std::int64_t samples, int threads = 1);

}  // namespace rehearse::test
