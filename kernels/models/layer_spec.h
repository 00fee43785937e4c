// What a layer of a model was made from.
#pragma once

#include <cstddef>

#include "kernels/models/model.h"

namespace rehearse {

// A ModelBuilder that has the same layers makes the same one of it.
LayerSpec spec_of(const Model& model, std::size_t layer);

}  // namespace rehearse
