// Where each parameter tensor lies in the flat arrays of an executor.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/models/model.h"

namespace rehearse {

struct ParameterTable {
  std::vector<std::vector<std::size_t>> offsets;  // [layer][tensor], in floats
  std::size_t floats = 0;
  // Tensors follow each other without gaps, so an odd one (a bias of 1000) moves all that follow
  // off the cache lines. So many floats before the first put most elements on lines of their own.
  std::size_t lead = 0;
};

ParameterTable parameter_table(const Model& model);

}  // namespace rehearse
