// The object convergence, and files of the format rehearse-convergence-1 that hold one.
#pragma once

#include "base/json_reader.h"
#include "scenarios/convergence_options.h"
#include "scenarios/scenario.h"

namespace rehearse {

// An object, or the path of a file from the folder of the scenario. Throws Error::input.
// REQUIRES: the scenario has its model or its collectives.
void read_convergence(ObjectReader& root, Scenario& scenario);

// {"test_accuracy": 0.76} or {"loss": 2.1}; the object may hold one key of `metrics`.
MetricTarget read_metric_target(ObjectReader reader, const std::vector<Metric>& metrics);

// "test_accuracy=0.76". Throws Error::input that names the option.
MetricTarget parse_metric_target(const std::string& text, const std::string& option);

// The file of a path from the folder of a scenario.
JsonDocument open_convergence(const std::string& scenario, const std::string& path);

// What `calibrate convergence` writes.
ConvergenceOptions read_convergence_file(const JsonDocument& file);

}  // namespace rehearse
