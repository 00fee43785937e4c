// Memory of a GPU, memory of the host that GPUs reach, and a workspace. Includes nothing of CUDA.
#pragma once

#include <cstddef>

#include "kernels/cuda/cuda_stream.h"

namespace rehearse::cuda {

// Zero at first; aligned to 256 bytes. Throws Error::environment, which says how many bytes are
// asked for and how many are free, when there is no room.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  DeviceMemory(int device, std::size_t bytes);
  ~DeviceMemory();
  DeviceMemory(DeviceMemory&& other) noexcept;
  DeviceMemory& operator=(DeviceMemory&& other) noexcept;

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_ = 0;
};

// Of the host, page-locked: copies to and from a GPU need not wait for each other. Zero at first.
// Throws Error::environment.
class PinnedMemory {
 public:
  explicit PinnedMemory(std::size_t bytes);
  ~PinnedMemory();
  PinnedMemory(const PinnedMemory&) = delete;
  PinnedMemory& operator=(const PinnedMemory&) = delete;

  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

// Puts a copy of `bytes` into the stream and returns at once, where host memory is pinned; either
// place may be in the host or on a GPU.
void copy_bytes(const void* from, void* to, std::size_t bytes, StreamHandle stream);
void clear_bytes(void* to, std::size_t bytes, StreamHandle stream);

// Scratch memory of one stream: operations that run one after the other use the same bytes.
class Workspace {
 public:
  explicit Workspace(const Stream& stream) : stream_(stream) {}

  // At least so many bytes, aligned to 256, until the next call; null for 0. What they hold is not
  // defined. To grow it waits for the stream: ask for the most once before what must not wait or is
  // recorded into a graph.
  [[nodiscard]] void* get(std::size_t bytes);
  [[nodiscard]] std::size_t bytes() const { return memory_.bytes(); }

 private:
  const Stream& stream_;
  DeviceMemory memory_;
};

}  // namespace rehearse::cuda
