// A plan for people and for programs.
#pragma once

#include <string>

#include "predict/plan.h"
#include "predict/prediction.h"

namespace rehearse {

// The points with their time and node-hours, and the recommendation with its reason.
// REQUIRES: `plan` was made from `prediction`.
std::string plan_table(const Prediction& prediction, const PlanOptions& options, const Plan& plan);

// {"scenario", …, "samples", "deadline_s", "budget_node_hours", "confidence", "points": […],
//  "recommended": {"workers", "nodes"} | null, "why", "warnings", "provenance"}
std::string to_json(const Prediction& prediction, const PlanOptions& options, const Plan& plan);

}  // namespace rehearse
