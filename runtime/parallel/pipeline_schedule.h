// Pipeline schedules.
#pragma once

#include <cstdint>

#include "base/enum_names.h"

namespace rehearse {

enum class PipelineSchedule : std::uint8_t {
  gpipe,
  one_f_one_b,
  interleaved,
  zb_h1,
  zb_h2,
  zb_v,
  dualpipe,
  dualpipe_v
};

inline constexpr auto kPipelineScheduleNames = enum_names<PipelineSchedule>(
    "gpipe", "1f1b", "interleaved", "zb_h1", "zb_h2", "zb_v", "dualpipe", "dualpipe_v");

}  // namespace rehearse
