// A flat array of numbers somewhere: what executors compute on and transports move. A Tensor
// borrows its memory.
//
// In simulated worlds `data` is null, so that a message costs the same virtual time whether or not
// there are numbers in it.
#pragma once

#include <cstdint>
#include <span>

#include "base/contract.h"
#include "base/units.h"

namespace rehearse {

// By the size and meaning of one element in memory and on a wire.
enum class ElementType : std::uint8_t { float32, float16, bfloat16, float8, byte };

enum class MemorySpace : std::uint8_t {
  host,
  device  // of an accelerator; only its backend may touch it
};

constexpr int element_bytes(ElementType type) {
  switch (type) {
    case ElementType::float32:
      return 4;
    case ElementType::float16:
    case ElementType::bfloat16:
      return 2;
    case ElementType::float8:
    case ElementType::byte:
      break;
  }
  return 1;
}

// The floating-point type of so many bytes; of 2 it is bfloat16. REQUIRES: 1, 2 or 4.
constexpr ElementType float_of(int bytes) {
  EXPECTS(bytes == 1 || bytes == 2 || bytes == 4);
  return bytes == 4   ? ElementType::float32
         : bytes == 2 ? ElementType::bfloat16
                      : ElementType::float8;
}

struct Tensor {
  void* data = nullptr;
  std::int64_t elements = 0;
  ElementType type = ElementType::float32;
  MemorySpace space = MemorySpace::host;

  [[nodiscard]] int element_bytes() const { return rehearse::element_bytes(type); }
  [[nodiscard]] Bytes bytes() const {
    return Bytes(static_cast<double>(elements) * element_bytes());
  }

  // REQUIRES: float32 in host memory.
  [[nodiscard]] float* floats() const {
    EXPECTS(type == ElementType::float32 && space == MemorySpace::host);
    return static_cast<float*>(data);
  }
  [[nodiscard]] std::span<float> values() const {
    return {floats(), static_cast<std::size_t>(elements)};
  }

  // Elements [begin, begin + count). REQUIRES: they are part of this tensor.
  [[nodiscard]] Tensor part(std::int64_t begin, std::int64_t count) const {
    EXPECTS(begin >= 0 && count >= 0 && begin + count <= elements);
    char* const start =
        data == nullptr ? nullptr : static_cast<char*>(data) + begin * element_bytes();
    return {start, count, type, space};
  }
};

// All of the values, in host memory.
inline Tensor tensor_of(std::span<float> values) {
  return {values.data(), static_cast<std::int64_t>(values.size())};
}

}  // namespace rehearse
