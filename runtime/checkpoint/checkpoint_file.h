// One checkpoint as one file. Internal to the checkpoint store.
#pragma once

#include <string>

#include "runtime/checkpoint/checkpoint.h"

namespace rehearse {

// Creates or replaces the file and brings it to the device. Throws Error::environment.
void write_checkpoint_file(const std::string& file, const Checkpoint& checkpoint);

// Throws Error::input for a file that is not an intact checkpoint, Error::environment for one that
// cannot be read. Memory is asked for only after the file has proven to be as long as it says.
Checkpoint read_checkpoint_file(const std::string& file);

}  // namespace rehearse
