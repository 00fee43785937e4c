// Training jobs of all kinds, for tests of what holds for any of them.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/scenario.h"

namespace rehearse {

struct AnyJob {
  std::string text;      // of the scenario file
  std::string stack;     // of the stack file that it names, "" if it names a shipped one
  bool certain = false;  // nothing is uncertain and no device differs from another
};

// Small jobs (at most 32 workers) of small models on all topologies, routings, stacks, algorithms
// and ways to batch gradients. Equal numbers, equal jobs.
AnyJob random_job(std::uint64_t seed, std::uint64_t number);

// Reads it; the stack file lies in `folder` meanwhile. Throws Error::input for combinations that
// are refused.
Scenario scenario_of(const AnyJob& job, const std::string& folder);

}  // namespace rehearse
