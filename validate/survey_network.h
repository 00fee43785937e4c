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
  std::string nic;        // their kind, a word of kNicFamilyNames; empty: not told
  // Of a node of the scenario; 0: those of the record's nodes. Trays of one NVLink domain are one.
  std::int64_t devices = 0;
  bool assumed = false;  // the record tells nothing of it
};

// Empty if `network` and `hardware` do not tell it. A preset is taken where they name its machine
// ("Piz Daint"); else the rate is read ("8x NDR400", "25 Gbit/s RoCE", "4x EDR per DGX-1"). What is
// said of storage and management does not count, and where no number of adapters is given, it is 1.
std::optional<SurveyNetwork> network_of(const SurveyRecord& record);

// The same for a record with a layout, of which less is left open: "800 Gbit/s per node" and more
// is shared out among adapters of the usual rate, a number of adapters counts wherever it stands
// ("(4x200 Gb/s HDR assumed)"), trays of an NVL72 rack are one node, and a record that does not
// tell its network has one adapter of the usual rate for each device. Of one node the machine whose
// nodes have such devices; empty where none is known.
std::optional<SurveyNetwork> layout_network_of(const SurveyRecord& record);

// The two without the preset of a machine: for jobs that are larger than it.
std::optional<SurveyNetwork> adapters_of(const SurveyRecord& record);
std::optional<SurveyNetwork> layout_adapters_of(const SurveyRecord& record);

// GB/s in one direction between a device and its neighbours in the node: NVLink where the form of
// the device has it and the record does not deny it. 0: the device hangs on the host's bus.
double nvlink_of(const SurveyRecord& record);

}  // namespace rehearse
