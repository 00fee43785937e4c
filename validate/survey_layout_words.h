// The words that surveys have for parts of a layout, and ours.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "validate/survey.h"

namespace rehearse {

// ZB1P and ZB2P are the names that zero-bubble-pipeline-parallelism has for H1 and H2 in its code.
inline constexpr std::array<std::pair<const char*, const char*>, 14> kScheduleWords{
    {{"gpipe", "gpipe"},
     {"1f1b", "1f1b"},
     {"interleaved", "interleaved"},
     {"interleaved_1f1b", "interleaved"},
     {"zb_h1", "zb_h1"},
     {"zb1p", "zb_h1"},
     {"zb_h2", "zb_h2"},
     {"zb2p", "zb_h2"},
     {"zb_v", "zb_v"},
     {"zbv", "zb_v"},
     {"dualpipe", "dualpipe"},
     {"dualpipe_v", "dualpipe_v"},
     {"dualpipev", "dualpipe_v"},
     {"dual_pipe", "dualpipe"}}};

// What a record may say beside the schedule "zero_bubble", which alone is none.
inline constexpr std::array<std::pair<const char*, const char*>, 6> kZeroBubbleTexts{
    {{"zb1p", "zb_h1"},
     {"zb-h1", "zb_h1"},
     {"zb_h1", "zb_h1"},
     {"zb2p", "zb_h2"},
     {"zb-h2", "zb_h2"},
     {"zb_h2", "zb_h2"}}};

inline constexpr std::array<const char*, 3> kBeforeHopper{"p100-", "v100-", "a100-"};

// Empty where the record tells none that is known.
std::string schedule_word(const SurveyRecord& record);

// Modes and modules of recomputation for which there is no word.
std::vector<std::string> unknown_recomputation(const SurveyRecord& record);

// Sequence parallelism. Where it is not told, Megatron-LM has it from its time with flash attention
// on, as its recipes do.
bool shares_sequences(const SurveyRecord& record);

// Whether the record tells a library that sends a step once to each node: DeepEP, HybridEP.
bool sends_once(const SurveyRecord& record);

using LayoutOverlapWords = std::vector<std::pair<std::string, bool>>;

// Keys of training.parallelism.overlap that the record tells, or that its software decides:
// Megatron-LM sends between stages while it computes where a stage has several parts.
LayoutOverlapWords overlap_words(const SurveyRecord& record);

}  // namespace rehearse
