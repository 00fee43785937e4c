// Switches that add what passes them (in-network reduction), as SHARP does: Graham et al.,
// "Scalable Hierarchical Aggregation Protocol (SHArP)", COMHPC 2016, and "… Streaming-Aggregation
// Hardware Design and Evaluation", ISC High Performance 2020.
#pragma once

#include "base/units.h"

namespace rehearse {

class ObjectReader;

struct SwitchReduction {
  enum class Adder { port, whole };

  Bandwidth bandwidth;  // at which an adder takes in what comes over one link, headers included
  Duration latency;     // beyond that of the link, of every switch on the way up
  // How many adders there are: one per port (as in NVIDIA Quantum-2), or one for the whole switch,
  // which all trees through it share (as in NVIDIA Quantum). SHARP 3.13 documentation, "General
  // Information": streaming trees that may be active at a time.
  Adder adder = Adder::port;
};

// {"bandwidth": "23.75 GB/s", "latency": "100 ns", "adder": "port" | "switch"}. Throws
// Error::input.
SwitchReduction read_switch_reduction(ObjectReader reader);

}  // namespace rehearse
