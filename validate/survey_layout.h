// How the job of a survey's record was laid out over its devices, in the words of scenarios.
//
//   if (laid_out(record)) text = parallelism_text(record);   // {"data": 4, "tensor": 2, …}
//
// Megatron-LM and DeepSpeed on devices before Hopper are taken as they were before 2023 unless a
// text of the record names flash attention: without it, gradients reduced after the last backward
// pass, no sequence parallelism.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "validate/survey.h"

namespace rehearse {

// A degree of the layout; 1 where it is not told.
std::int64_t layout_count(const SurveyRecord& record, const std::string& name);

// Software of before flash attention.
bool before_flash(const SurveyRecord& record);

// Whether the record is of a transformer whose scenario tells its layout. One of BERT whose workers
// have all of the model is predicted as a network of images is.
bool laid_out(const SurveyRecord& record);

// Samples of a step of one replica. REQUIRES: layout_obstacles(record) is empty.
std::int64_t replica_batch(const SurveyRecord& record);

// What of the layout no scenario says, one item each. REQUIRES: laid_out(record).
std::vector<std::string> layout_obstacles(const SurveyRecord& record);

// What the record does not tell and its scenario has to: keys of parallelism, and "model.flash".
std::vector<std::string> layout_assumptions(const SurveyRecord& record);

// The word of training.framework.
std::string framework_text(const SurveyRecord& record);

// The object training.parallelism. REQUIRES: layout_obstacles(record) is empty.
std::string parallelism_text(const SurveyRecord& record);

}  // namespace rehearse
