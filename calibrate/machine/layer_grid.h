// Layers of usual shapes, measured so that layers nobody measured can be interpolated.
#pragma once

#include "kernels/models/model.h"

namespace rehearse {

// A chain of convolutions, batch normalisations, rectifiers, pools and dense layers over the sizes
// that image networks use; 3x64x64 in. Its dense layer of 2048 by 2048 shows the largest rate.
Model layer_grid();

}  // namespace rehearse
