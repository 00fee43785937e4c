// Emulates a scenario: real gradients of every worker, on the clock of the simulated cluster.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/provenance.h"
#include "base/staleness.h"
#include "predict/prediction.h"
#include "scenarios/scenario.h"
#include "sim/worlds/simulation.h"

namespace rehearse {

struct EmulatedPoint {
  double seconds = 0;                     // on the predicted clock
  double samples = 0;                     // whose gradients were computed
  double loss = 0;                        // mean over the steps since the point before
  std::optional<double> test_accuracy{};  // nothing where there is no test set
};

struct Emulation {
  std::string scenario, version, strategy;
  std::uint64_t seed = 0;
  std::int64_t workers = 0;
  double update_samples = 0;  // per update of the weights
  std::vector<EmulatedPoint> curve;
  StalenessCounts staleness;  // empty where weights are never old
  std::vector<ServerLoad> servers;
  std::optional<double> samples_to_target, time_to_target;
  bool diverged = false;
  std::string clock_model, arithmetic_model;
  std::vector<Warning> warnings;
  std::vector<Provenance> provenance;
};

struct EmulateOptions {
  int threads = 1;  // that compute gradients; they change no bit
  std::function<void(std::int64_t done, std::int64_t all)> progress{};  // steps of all workers
};

// Throws Error::input for what cannot be emulated: collectives without a model, fidelity analytic,
// split layers, switches that add.
void expect_emulable(const Scenario& scenario);

// With so many workers. Throws as expect_emulable. REQUIRES: called at most once in a process
// (SimGrid).
Emulation emulate(const Scenario& scenario, std::int64_t workers, const EmulateOptions& options);

// As docs/formats.md says.
std::string to_json(const Emulation& emulation);
// REQUIRES: of to_json.
Emulation emulation_from_json(const std::string& text);

}  // namespace rehearse
