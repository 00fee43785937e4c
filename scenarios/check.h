// What `check FILE` says of a file.
#pragma once

#include <string>

#include "base/json_reader.h"

namespace rehearse {

// Tells what the file is, from its format or else from its keys, and reads it strictly, except
// measurements, whose records are for who reads them. Returns the kind in words ("scenario",
// "device profile", "network preset", "network graph", "stack profile", "price list", "machine
// profile", "run record", "measurements", "prediction", "comparison", "collective",
// "convergence"). A scenario of
// the device "local" is checked as far as that goes without the profile of the machine; scenarios
// and profiles inside other files are checked as such, their messages name FILE#/KEY. Throws
// Error::input for anything wrong, also when it cannot be told what the file is.
std::string check_file(const std::string& path);

// The kind that its format or at least two of its keys tell, in the same words; empty if none.
std::string kind_of_file(const JsonDocument& file);

}  // namespace rehearse
