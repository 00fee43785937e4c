// Machines as words of the command line name them (search --machine).
#pragma once

#include <optional>
#include <string>

#include "base/json_reader.h"

namespace rehearse {

struct NamedMachine {
  std::string name;        // of a file, without folder and ending
  std::string assignment;  // KEY=VALUE: the whole cluster, as an override of a scenario
};

// A network preset, by name or path, with the device and the nodes that it tells; or a scenario, by
// name or path, whose cluster is taken. Throws Error::input for a word that is neither, and for a
// preset that tells no device.
NamedMachine machine_of(const std::string& word);

struct CutSweep {
  std::string note;        // what was left out, in words
  std::string assignment;  // KEY=VALUE: the sweep that is left
};

// The points of a scenario's sweep that its cluster can hold; nothing where it holds all.
std::optional<CutSweep> sweep_that_fits(JsonDocument scenario);

}  // namespace rehearse
