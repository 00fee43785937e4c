// What the runs of a pilot say about the uncertain parameters of a scenario, and so about all
// points of its sweep.
//
//   const PilotKnowledge pilot = learn(scenario, read_pilot({"mine.json"}, scenario), {});
//   PredictOptions how;
//   how.pilot = &pilot;
//   Prediction prediction = predict(scenario, how);
//
// Maximum a posteriori. Each cause of uncertainty (predict/uncertainty.h) is a standard normal
// number u times its spread; delta is what is left over between model and machine
// (calibrate/fits/left_over.h). With e_i = ln(simulated) + delta_i - ln(measured) of record i and
// its standard error r_i it minimises
//
//   sum_i (e_i / r_i)^2 + |u|^2 + delta' D^-1 delta
//
// by steps of Gauss and Newton, and takes the curvature there for the joint distribution of all
// parameters. Records of one size that differ by more than their errors raise all errors by the
// ratio (Birge, Phys. Rev. 40, 1932).
#pragma once

#include <vector>

#include "calibrate/fits/left_over.h"
#include "predict/pilot_knowledge.h"
#include "scenarios/scenario.h"
#include "validate/pilot_records.h"

namespace rehearse {

struct PilotOptions {
  LeftOver left_over;     // its batch is that of the first record
  int most_steps = 4;     // of Gauss and Newton
  double settled = 0.05;  // of u, where they end
  double surprise = 4;    // standard errors of a record against its prediction, for a warning
  int jobs = 1;
};

// REQUIRES: at least one record, a scenario with a model. Throws what predict() throws.
PilotKnowledge learn(const Scenario& scenario, const std::vector<PilotRecord>& records,
                     const PilotOptions& options);

}  // namespace rehearse
