// How finely a collective is simulated; docs/models.md says what each level does.
#pragma once

namespace rehearse {

enum class CollectiveFidelity { flow, message };

}  // namespace rehearse
