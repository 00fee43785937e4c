// The best layouts of a job over several machines and numbers of devices.
//
//   SearchResult result = search_machines({{"efa-p4d", a}, {"efa-p5", b}}, prices, {.top = 5});
//   result.across.front().found.layout;
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "predict/search.h"
#include "scenarios/device_prices.h"

namespace rehearse {

// The job on a machine; the scenarios differ in cluster and sweep.
struct SearchedMachine {
  std::string name;
  Scenario scenario;
};

// Searches every point of every machine, and ranks what it finds by the objective: the time of a
// sample, the memory of a device, the energy of an epoch (failures counted), or what an epoch
// costs. The cost is that of the nodes' devices by the list of prices; where it lacks one of the
// machines' devices and all machines have nodes of the same devices, it is node-hours. A point at
// which no layout is legal or fits is left out with a warning `left_out`, and so is a machine that
// cannot hold the job. Throws Error::input where nothing is left, where a device has no price or
// no power though the objective needs it, and as search.
// REQUIRES: at least one machine; as search.
SearchResult search_machines(const std::vector<SearchedMachine>& machines,
                             const DevicePrices& prices, const SearchOptions& options);

}  // namespace rehearse
