// A scenario of what a survey's record says was run.
#pragma once

#include <optional>
#include <string>

#include "validate/survey.h"
#include "validate/survey_calibration.h"
#include "validate/survey_network.h"

namespace rehearse {

// The text of the scenario. `network`: between the nodes; empty of one node, from which nothing
// leaves. What the record does not say is assumed, and told in the provenance of the network.
// REQUIRES: obstacles(record) is empty.
std::string scenario_text(const SurveyRecord& record, const std::optional<SurveyNetwork>& network,
                          const std::optional<SurveyCalibration>& calibration);

// The stack by which workers and servers of the record move tensors on a network of which one was
// fitted; else empty.
std::string server_stack(const SurveyRecord& record, const std::optional<SurveyNetwork>& network);

}  // namespace rehearse
