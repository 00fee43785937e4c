// The parameters of a model whose parts lie on the ranks of a layout.
#pragma once

#include <span>
#include <vector>

#include "runtime/parallel/process_grid.h"
#include "runtime/worlds/mpi/mpi_world.h"

namespace rehearse {

// All ranks, each with those of its own parts, the first chunk first, in plain order
// (kernels/executor.h). Returns those of the model in plain order, on all ranks.
std::vector<float> whole_parameters(const Model& model, const Layout& layout,
                                    const ProcessGrid& grid, std::span<const float> own,
                                    MpiSession& session);

}  // namespace rehearse
