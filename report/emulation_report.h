// What an emulation says, for people and for programs.
#pragma once

#include <string>
#include <vector>

#include "train/emulation/emulate.h"

namespace rehearse {

std::string emulation_table(const Emulation& emulation);

// Several emulations of a job, and in which keys they differ.
struct EmulatedRow {
  std::vector<std::string> values;
  Emulation emulation;
};
std::string to_json(const std::vector<std::string>& varied, const std::vector<EmulatedRow>& rows);
std::string emulation_table(const std::vector<std::string>& varied,
                            const std::vector<EmulatedRow>& rows);

}  // namespace rehearse
