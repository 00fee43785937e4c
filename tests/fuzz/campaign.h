// Throws damaged texts at doors, in children of this process, so that a crash ends one child and
// not the campaign.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fuzz/judge.h"

namespace rehearse {

struct CampaignOptions {
  std::uint64_t seed = 1;
  double seconds = 0;        // in all, shared evenly by the doors; 0: no limit
  std::uint64_t inputs = 0;  // of each door; 0: no limit
  std::string keep;          // folder for failing inputs, made when it is needed
  Limits limits;
};

struct DoorResult {
  std::string door;
  std::uint64_t taken = 0, refused = 0, failures = 0;
  double seconds = 0;  // of the whole
  double slowest = 0;  // s, of one input
  std::uint64_t slowest_number = 0;

  [[nodiscard]] std::uint64_t inputs() const { return taken + refused + failures; }
};

// Prints a line for every kind of failure, with the file that holds the input, and a line per door.
std::vector<DoorResult> run_campaign(const std::vector<Door>& doors, const std::vector<Door>& all,
                                     const CampaignOptions& options);

}  // namespace rehearse
