#include "validate/survey_software.h"

#include <array>
#include <string_view>

namespace rehearse {
namespace {

struct Fitted {
  std::string_view family;     // of records, or how the ids of several begin
  std::string_view fitted_to;  // the family that holds the records of the fit
  std::string_view zoo;        // their model; empty: the only one on so few devices
  std::int64_t most_devices;
  double launch_gap_us;  // 0: the default
  double stream_factor;  // 0: the default
};

// Megatron-DeepSpeed of 2022 runs every operator from Python and recomputes whole layers.
constexpr std::array kFitted{
    Fitted{"vtrain-", "vtrain-single", "gpt2_medium", 8, 57, 0},
    Fitted{"internevo", "internevo", "", 64, 0, 1},
};

const Fitted* fitted_of(const SurveyRecord& record) {
  for (const Fitted& one : kFitted) {
    if (record.family.starts_with(one.family)) return &one;
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
  return software;
}

bool fits_software(const SurveyRecord& record) {
  const Fitted* const found = fitted_of(record);
  return found != nullptr && record.family == found->fitted_to &&
         record.workers <= found->most_devices && (found->zoo.empty() || record.zoo == found->zoo);
}

}  // namespace rehearse
