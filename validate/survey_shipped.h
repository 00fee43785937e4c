// What of a survey's record speaks against a shipped scenario.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "validate/survey.h"

namespace rehearse {

// Model, device, workers, nodes, batch, layout and precision of the record against the scenario at
// `workers`, one item for each that differs or that the record does not tell: "the record is of
// batch 32 per worker, the scenario of 64". Empty: the scenario is one of this run.
std::vector<std::string> differences(const SurveyRecord& record, const Scenario& scenario,
                                     std::int64_t workers);

// The same without what the record does not tell and without its batch.
std::vector<std::string> contradictions(const SurveyRecord& record, const Scenario& scenario,
                                        std::int64_t workers);

// Whether the texts by which `shipped` is recognised in a survey (its key `matches`) all stand in
// the record. False if it has none.
bool matches(const SurveyRecord& record, const Measurement& shipped);

}  // namespace rehearse
