// The sequences of make_synthetic. Internal to the folder.
#pragma once

#include <memory>

#include "runtime/data/dataset.h"

namespace rehearse {

// REQUIRES: options in range, a shape of two or more steps.
std::unique_ptr<Dataset> make_synthetic_sequences(const SyntheticOptions& options);

}  // namespace rehearse
