// What fills the memory of a device during training, part by part. Field names and meanings are
// those of docs/formats.md.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace rehearse {

enum class MemoryPart : std::uint8_t {
  weights,      // trainable parameters, in the precision of the weights
  gradients,    // of these
  optimizer,    // slots, and an fp32 master copy of weights below 4 bytes
  activations,  // kept for the backward pass
  transient,    // of one operator at a time
  buffers,      // of communication: fusion buffers
  framework     // context, libraries and what an allocator loses
};

inline constexpr int kMemoryParts = 7;

std::string_view to_text(MemoryPart part);  // as in files

class DeviceMemory {
 public:
  Bytes& operator[](MemoryPart part) { return parts_[static_cast<std::size_t>(part)]; }
  Bytes operator[](MemoryPart part) const { return parts_[static_cast<std::size_t>(part)]; }

  [[nodiscard]] Bytes total() const {
    Bytes sum;
    for (const Bytes part : parts_) sum += part;
    return sum;
  }
  [[nodiscard]] Bytes allocated() const { return total() - (*this)[MemoryPart::framework]; }

 private:
  std::array<Bytes, kMemoryParts> parts_{};
};

}  // namespace rehearse
