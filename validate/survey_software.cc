#include "validate/survey_software.h"

#include <array>
#include <string_view>

namespace rehearse {
namespace {

struct Fitted {
  std::string_view family;     // of records, or how the ids of several begin
  std::string_view fitted_to;  // the family that holds the records of the fit
  std::string_view model;      // in their words or ours; empty: any, of which there is one
  std::int64_t most_devices;
  double launch_gap_us;         // 0: the default
  double stream_factor;         // 0: the default
  double attention_factor = 0;  // 0: the default
  std::string_view device{};    // the records are of this one; empty: any
};

// Megatron-DeepSpeed of 2022 runs every operator from Python and recomputes whole layers.
constexpr std::array kFitted{
    Fitted{"vtrain-", "vtrain-single", "gpt2_medium", 8, 57, 0},
    // Megatron-LM 0.14 with Transformer Engine.
    Fitted{"simumax-b200", "simumax-b200", "70B", 8, 0, 5},
    // MPT of llm-foundry in 2023, whose attention is a Triton kernel.
    Fitted{"mosaicml/llm-foundry", "mosaicml/llm-foundry", "MPT 1b", 64, 0, 3.5, 1.5, "a100-"},
    Fitted{"mosaicml/llm-foundry", "mosaicml/llm-foundry", "MPT 1b", 64, 0, 2.8, 2.6, "h100-"},
    // PyTorch without fused norms and rotations.
    Fitted{"internevo", "internevo", "", 64, 0, 7.2},
};

const Fitted* fitted_of(const SurveyRecord& record) {
  for (const Fitted& one : kFitted) {
    const bool on = one.device.empty() ||
                    (record.devices.size() == 1 && record.devices.front().starts_with(one.device));
    if (on && record.family.starts_with(one.family)) return &one;
  }
  return nullptr;
}

}  // namespace

SurveySoftware software_of(const SurveyRecord& record) {
  SurveySoftware software;
  const Fitted* const found = fitted_of(record);
  if (found == nullptr) return software;
  if (found->launch_gap_us > 0) software.launch_gap = Duration(found->launch_gap_us * 1e-6);
  if (found->stream_factor > 0) software.stream_factor = found->stream_factor;
  if (found->attention_factor > 0) software.attention_factor = found->attention_factor;
  return software;
}

bool fits_software(const SurveyRecord& record) {
  const Fitted* const found = fitted_of(record);
  return found != nullptr && record.family.starts_with(found->fitted_to) &&
         record.workers <= found->most_devices && record.quantity != "memory" &&
         (found->model.empty() || record.zoo == found->model ||
          holds_text(record.model, found->model));
}

}  // namespace rehearse
