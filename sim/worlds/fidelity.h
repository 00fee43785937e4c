// How finely a collective is simulated; docs/models.md says what each level does. Under analytic
// one rank stands for all.
#pragma once

namespace rehearse {

enum class CollectiveFidelity { flow, message, analytic };

}  // namespace rehearse
