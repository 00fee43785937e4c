// The "workload" of a scenario that holds collectives instead of a model.
//
//   "workload": {"collectives": [{"all_to_all": "64 MiB", "times": 4, "group": 8, "stride": 1}]}
#pragma once

#include <string>

#include "base/json_reader.h"
#include "scenarios/scenario.h"

namespace rehearse {

// Fills collectives and workers of a scenario whose "workload" is there, and the algorithm of
// training.allreduce. Refuses what only a model has. REQUIRES: the cluster is read. Throws
// Error::input.
void read_workload(ObjectReader& root, Scenario& scenario);

// Refuses the keys that only a scenario with a model has. Throws Error::input.
void expect_no_model(ObjectReader& root);

// Throws Error::input where the scenario holds collectives: `who` ("model", "plan", …) needs a
// model.
void expect_model(const Scenario& scenario, const std::string& who);
void expect_model(const JsonDocument& scenario, const std::string& who);

}  // namespace rehearse
