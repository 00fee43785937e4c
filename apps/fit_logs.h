// `rehearse calibrate --import LOG… --fit`: a stack from the user's own logs of collectives.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/collective_scenario.h"
#include "calibrate/fits/library_fit.h"

namespace rehearse {

struct FitLogs {
  std::vector<std::string> logs;  // FILE, or of published tables FILE.json#ID
  // The machine that they ran on, and the stack to begin with (default: the machine's). Without a
  // network a machine of one NIC per device is assumed, as fast as the logs.
  std::optional<std::string> network, stack, device;
  std::optional<int> ranks, ranks_per_node;  // of logs that do not tell
  std::string name;                          // of the stack
};

// Throws Error::input.
LibraryFit fit_logs(const FitLogs& what);

}  // namespace rehearse
