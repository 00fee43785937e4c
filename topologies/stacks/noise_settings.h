// The object `noise` of a scenario and of a stack file: how uneven devices and nodes are. What an
// object leaves out is absent here; a scenario takes it from its stack, then from its device.
//
//   "noise": {"compute_cv": 0.01, "slow_nodes": {"share": 0.02, "factor": 1.3},
//             "stalls": {"rate": 40, "length": "0.5 s"}}
#pragma once

#include <optional>

#include "base/units.h"

namespace rehearse {

class ObjectReader;

struct NoiseSettings {
  std::optional<double> compute_cv;  // of a device's steps, 0 to 2
  std::optional<double> device_cv;   // between devices beyond their nodes
  std::optional<double> node_cv;     // between nodes

  // Nodes that are slow for a whole run.
  std::optional<double> slow_share;   // probability that a node is, 0 to 1
  std::optional<double> slow_factor;  // its passes take so many times as long, 1 to 100

  // Pauses of single devices while they compute.
  std::optional<double> stall_rate;      // per device and hour of computing
  std::optional<Duration> stall_length;  // mean, of an exponential distribution

  // Takes what is absent here from `other`.
  void fill_from(const NoiseSettings& other);
};

// The keys compute_cv, device_cv, node_cv, slow_nodes and stalls; leaves other keys of `reader` to
// the caller. Throws Error::input.
NoiseSettings read_noise_settings(ObjectReader& reader);

}  // namespace rehearse
