// The "measured" object of a device profile.
#pragma once

#include "kernels/devices/device_profile.h"

namespace rehearse {

class ObjectReader;

// Throws Error::input for unknown keys and for rates, times and counts out of range.
MeasuredDevice read_measured_device(ObjectReader reader);

}  // namespace rehearse
