// A block of zeroed memory in huge pages where the system has them, all of it touched, so that no
// page fault falls into a step.
#pragma once

#include <cstddef>
#include <utility>

namespace rehearse::cpu {

class PageMemory {
 public:
  PageMemory() = default;
  // Throws Error::environment when the memory cannot be had.
  explicit PageMemory(std::size_t bytes);
  PageMemory(PageMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  PageMemory& operator=(PageMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~PageMemory();

  [[nodiscard]] std::byte* data() const { return static_cast<std::byte*>(data_); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace rehearse::cpu
