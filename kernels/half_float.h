// Floating-point numbers of 16 bits, which travel and add up but never compute: IEEE 754 binary16
// (1 sign, 5 exponent, 10 fraction bits) and bfloat16 (the upper half of a float). Conversions
// round to the nearest, ties to even; what is too large becomes infinite.
#pragma once

#include <bit>
#include <cstdint>

namespace rehearse {

struct Half {
  std::uint16_t bits = 0;
};

struct BrainFloat {
  std::uint16_t bits = 0;
};

constexpr float to_float(Half half) {
  const std::uint32_t sign = (half.bits & 0x8000U) << 16;
  const std::uint32_t rest = half.bits & 0x7fffU;
  if (rest >= 0x7c00U) return std::bit_cast<float>(sign | 0x7f800000U | (rest & 0x3ffU) << 13);
  if (rest >= 0x0400U) return std::bit_cast<float>(sign | ((rest << 13) + 0x38000000U));
  const float size = static_cast<float>(rest) * 0x1p-24F;  // below 2^-14 steps are even
  return sign != 0 ? -size : size;
}

constexpr float to_float(BrainFloat number) {
  return std::bit_cast<float>(std::uint32_t{number.bits} << 16);
}

constexpr Half to_half(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000U;
  std::uint32_t rest = bits & 0x7fffffffU;
  if (rest > 0x7f800000U) {
    rest = 0x7e00U;                  // no number
  } else if (rest >= 0x47800000U) {  // from 2^16 on
    rest = 0x7c00U;
  } else if (rest < 0x38800000U) {                          // below 2^-14
    const float moved = std::bit_cast<float>(rest) + 0.5F;  // whose last bit is worth 2^-24
    rest = std::bit_cast<std::uint32_t>(moved) - 0x3f000000U;
  } else {
    const std::uint32_t odd = rest >> 13 & 1U;
    rest = (rest - 0x38000000U + 0xfffU + odd) >> 13;
  }
  return {static_cast<std::uint16_t>(sign | rest)};
}

constexpr BrainFloat to_brain_float(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) {
    return {static_cast<std::uint16_t>(bits >> 16 | 0x40U)};  // no number
  }
  const std::uint32_t odd = bits >> 16 & 1U;
  return {static_cast<std::uint16_t>((bits + 0x7fffU + odd) >> 16)};
}

}  // namespace rehearse
