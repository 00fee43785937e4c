// Values that an optimizer keeps per parameter, in the order of elements that files use: they lie
// like the executor's parameters, whose order is the executor's own.
#pragma once

#include <span>
#include <vector>

#include "kernels/backend.h"

namespace rehearse {

// `slots`: a whole number of arrays of the size of the parameters, one behind the other. Both use
// the executor's parameters on the way: in_plain_order puts them back, from_plain_order leaves them
// undefined. `backend`: of the executor.
std::vector<float> in_plain_order(Executor& net, std::span<const float> slots,
                                  const Backend& backend = cpu_backend());
void from_plain_order(Executor& net, std::span<const float> plain, std::span<float> slots,
                      const Backend& backend = cpu_backend());

}  // namespace rehearse
