// What `check FILE` says of a file.
#pragma once

#include <string>

namespace rehearse {

// Tells what the file is from its keys and reads it strictly, then holds it against the schema that
// ships with the project. Returns the kind in words ("scenario", "device profile", "network
// preset", "network graph", "fabric profile", "machine profile", "run record", "measurements",
// "prediction"). A scenario of the device "local" is checked as far as that goes without the
// profile of the machine; scenarios and profiles inside other files are checked as such, their
// messages name FILE#/KEY. Throws Error::input for anything wrong, also when it cannot be told what
// the file is.
std::string check_file(const std::string& path);

}  // namespace rehearse
