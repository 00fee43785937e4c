// Offsets of what an operation keeps or uses as scratch memory.
#pragma once

#include <algorithm>
#include <cstddef>

namespace rehearse::cuda {

// cudaMalloc aligns to 256 bytes (CUDA programming guide, "Device memory accesses").
inline constexpr std::size_t kAlignment = 256;

inline constexpr std::size_t aligned(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

class MemorySlots {
 public:
  // The offset of so many bytes behind what was taken before.
  std::size_t take(std::size_t bytes) {
    const std::size_t at = bytes_;
    bytes_ += aligned(bytes);
    return at;
  }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  std::size_t bytes_ = 0;
};

}  // namespace rehearse::cuda
