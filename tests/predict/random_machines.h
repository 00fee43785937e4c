// Machines of all kinds for tests of what holds on any of them.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/scenario.h"
#include "topologies/graph/network_spec.h"
#include "topologies/graph/node_spec.h"

namespace rehearse {

struct AnyMachine {
  std::string name;
  NetworkSpec network;
  NodeSpec node;
  std::int64_t nodes = 32;
  StackProfile stack;  // ideal, or a library with levels
  Background background;
};

// Nodes of 1 to 8 devices and 1 to 8 NICs on one switch, on trees of 1:1 to 4:1 or on dragonflies;
// every third with NCCL's levels, one of eight with direct links inside. `number` seeds it, and
// all rates are `rate` times as high.
AnyMachine random_machine(std::uint64_t number, double rate = 1);

// The machine as a scenario for collectives.
Scenario scenario_of(const AnyMachine& machine, Fidelity fidelity);

}  // namespace rehearse
