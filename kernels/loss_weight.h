// How the losses of a model with several heads add up.
#pragma once

#include <cstddef>

#include "kernels/models/model.h"

namespace rehearse {

// Whether the layer is the last loss.
bool is_main_loss(const Model& model, std::size_t layer);

// 1 of the main loss and 0.3 of an auxiliary head (Szegedy et al., "Rethinking the Inception
// architecture", arXiv:1512.00567, as torchvision trains it).
double loss_weight(const Model& model, std::size_t layer);

}  // namespace rehearse
