// The number formats a training job can compute in.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/enum_names.h"
#include "base/units.h"

namespace rehearse {

// tf32 is a mode of the matrix units: its tensors are stored as fp32. mxfp8 and nvfp4 are blocks of
// elements with a common scale of one byte: 32 of fp8 (OCP Microscaling Formats 1.0, 2023) and 16
// of fp4 (NVIDIA Blackwell).
enum class Precision { fp32, tf32, bf16, fp16, fp8, mxfp8, nvfp4 };
inline constexpr std::size_t kPrecisions = 7;

// Memory of one element, its share of a scale included: 4 B for fp32 and tf32, 2 B for bf16 and
// fp16, 1 B for fp8, 1 + 1/32 B for mxfp8, 1/2 + 1/16 B for nvfp4.
Bytes element_size(Precision precision);

inline constexpr auto kPrecisionNames =
    enum_names<Precision>("fp32", "tf32", "bf16", "fp16", "fp8", "mxfp8", "nvfp4");

std::string_view to_text(Precision precision);

// Throws Error::input, with the nearest name, for a word that is none of kPrecisionNames.
Precision parse_precision(std::string_view word);

}  // namespace rehearse
