// What the words of a survey say about the links of a machine.
#pragma once

#include <optional>
#include <string>

#include "validate/survey.h"

namespace rehearse {

// The network between nodes: a preset, or adapters of which nothing but number and rate is known.
struct SurveyNetwork {
  std::string preset;     // a file of scenarios/networks; empty: none is meant
  int nics = 1;           // of a node
  double gbit_per_s = 0;  // of each
  bool ethernet = false;  // InfiniBand and its like otherwise
};

// Empty if `network` and `hardware` do not tell it. A preset is taken where they name its machine
// ("Piz Daint"); else the rate is read ("8x NDR400", "25 Gbit/s RoCE", "4x EDR per DGX-1"). What is
// said of storage and management does not count, and where no number of adapters is given, it is 1.
std::optional<SurveyNetwork> network_of(const SurveyRecord& record);

// GB/s in one direction between a device and its neighbours in the node: NVLink where the form of
// the device has it and the record does not deny it. 0: the device hangs on the host's bus.
double nvlink_of(const SurveyRecord& record);

}  // namespace rehearse
