// Predicts a scenario at every point of its sweep by simulating it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/trace_span.h"
#include "predict/pilot_knowledge.h"
#include "predict/prediction.h"
#include "scenarios/scenario.h"

namespace rehearse {

struct PredictOptions {
  int jobs = 1;  // sweep points simulated at a time, each in its own process
  std::vector<TraceSpan>* trace = nullptr;  // receives the last step of the largest point
  // Told after every finished point.
  std::function<void(std::size_t done, std::size_t all)> progress;
  // Told at least once a second: the share of the sweep that is simulated, 0 to 1.
  std::function<void(double share)> waiting = {};
  // Told before a long simulation of a point starts, how long it may take.
  std::function<void(const std::string& text)> note = {};
  // Of all points of the sweep; null: there was no pilot. Says nothing of collectives without a
  // model.
  const PilotKnowledge* pilot = nullptr;
};

// Throws Error::input for what predict refuses before it simulates, at any point of the sweep, and
// for keys of the layout that are open.
// REQUIRES: times of the device that mean something (not scenarios/uncalibrated_scenario.h).
void expect_predictable(const Scenario& scenario);

// Sets speedup and efficiency of points, against the first. REQUIRES: at least one.
void compare_with_smallest(std::vector<PredictedPoint>& points);

// Throws Error::input for what cannot be simulated (more workers than devices, a fidelity that does
// not work yet) and Error::environment when a simulating process dies.
Prediction predict(const Scenario& scenario, const PredictOptions& options);

}  // namespace rehearse
