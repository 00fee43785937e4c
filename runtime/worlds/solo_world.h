// The real world of a single rank: its collectives have nobody to talk to.
#pragma once

#include <functional>

#include "runtime/worlds/host_world.h"

namespace rehearse {

void run_alone(const HostWorld::Compute& compute, const std::function<void(World&)>& program);

}  // namespace rehearse
