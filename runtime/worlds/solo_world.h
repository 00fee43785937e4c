// The real world of a single rank: its collectives have nobody to talk to.
#pragma once

#include <functional>

#include "runtime/worlds/host_world.h"

namespace rehearse {

// Borrows the device.
void run_alone(Device& device, const std::function<void(World&)>& program);

}  // namespace rehearse
