// How finely the network is simulated; docs/models.md says what each level does. Under analytic one
// rank stands for all.
#pragma once

#include "base/enum_names.h"

namespace rehearse {

enum class Fidelity { analytic, flow, message };

inline constexpr auto kFidelityNames = enum_names<Fidelity>("analytic", "flow", "message");

}  // namespace rehearse
