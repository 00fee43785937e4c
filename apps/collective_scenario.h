// The machine of `rehearse collective` as a scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct CollectiveMachine {
  std::string network;  // a preset's name, a network file, or a scenario file
  std::optional<std::string> stack, placement, device, fidelity;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> sets;  // KEY=VALUE of the scenario
};

// A scenario of one collective on the machine: of a scenario file the cluster, noise, background,
// fidelity and seed; of a preset all its nodes, or as many as the ranks need where it has no number
// of its own. Without `device` it has the preset's usual one, or where the preset names none
// kDevice, and kHostDevice where nodes have one: that matters for the choice of a stack only.
// Throws Error::input.
JsonDocument collective_document(const CollectiveMachine& machine, Operation operation,
                                 std::int64_t ranks, std::optional<int> ranks_per_node);

inline constexpr const char* kDevice = "a100-sxm4-80gb";
inline constexpr const char* kHostDevice = "xeon-platinum-8480";

}  // namespace rehearse
