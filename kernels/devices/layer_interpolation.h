// The time of a layer that was not measured, from measured layers of its kind.
#pragma once

#include "kernels/devices/measured_layers.h"
#include "kernels/models/layer.h"

namespace rehearse {

// Convolutions and dense layers do their operations, all others move their bytes, at the weighted
// geometric mean of the rates that measured layers of the kind reach in the direction; a layer
// weighs 1 / (d^2 + 0.01), d being the distance in the logarithms of operations and bytes (inverse
// distance weighting, Shepard 1968). Kinds of which nothing was measured are taken as if their
// bytes moved at the rate of any other kind that moves bytes. Zero where there is no work.
MeasuredTime interpolate(const MeasuredLayers& layers, LayerKind kind, Direction direction,
                         const Work& work);

}  // namespace rehearse
