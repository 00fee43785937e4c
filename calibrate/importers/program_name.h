// Which benchmark a line of a log says that it ran.
#pragma once

#include <string>

#include "calibrate/importers/text_lines.h"

namespace rehearse {

struct ProgramName {
  // Ascending by how far it can be trusted. starting, concluded: said by the benchmark itself,
  // before or behind its table.
  enum class Said { nothing, heading, command, starting, concluded };

  Said said = Said::nothing;
  std::string name;  // "sendrecv_perf", "osu_latency", without folder and ending
};

// Of "# Collective test starting: sendrecv_perf", of a command line ("$ mpirun -n 2
// ./build/sendrecv_perf -b 8", also as a comment), and of a line of at most three words one of
// which is the name. A name inside a sentence says nothing.
ProgramName program_named_by(const TextLine& line);

}  // namespace rehearse
