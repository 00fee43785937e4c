#include "kernels/cuda/cuda_memory.h"

#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/quantity_text.h"
#include "kernels/cuda/runtime_check.h"

namespace rehearse::cuda {
namespace {

std::string text_of(std::size_t bytes) { return to_text(Bytes(static_cast<double>(bytes))); }

[[noreturn]] void refuse(int device, std::size_t bytes) {
  cudaGetLastError();  // else the next call would report it
  std::size_t free = 0, total = 0;
  check(cudaMemGetInfo(&free, &total), "ask for the free memory of a GPU");
  throw Error::environment(
      "cannot have " + text_of(bytes) + " of memory on GPU " + std::to_string(device),
      text_of(free) + " of its " + text_of(total) + " are free",
      "use a smaller batch, recomputation or more GPUs");
}

}  // namespace

DeviceMemory::DeviceMemory(int device, std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  use_device(device);
  const cudaError_t status = cudaMalloc(&data_, bytes);
  if (status == cudaErrorMemoryAllocation) refuse(device, bytes);
  check(status, "allocate memory on a GPU");
  const cudaError_t cleared = cudaMemset(data_, 0, bytes);
  if (cleared != cudaSuccess) cudaFree(data_);
  check(cleared, "clear memory on a GPU");
  // Streams of ours do not wait for the default stream, in which the memory is cleared.
  check(cudaStreamSynchronize(cudaStreamLegacy), "clear memory on a GPU");
}

DeviceMemory::~DeviceMemory() { cudaFree(data_); }

DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PinnedMemory::PinnedMemory(std::size_t bytes) : bytes_(bytes) {
  if (bytes == 0) return;
  check(cudaMallocHost(&data_, bytes), "lock memory of the host for a GPU");
  std::memset(data_, 0, bytes);
}

PinnedMemory::~PinnedMemory() { cudaFreeHost(data_); }

void copy_bytes(const void* from, void* to, std::size_t bytes, StreamHandle stream) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDefault, stream), "copy memory");
}

void clear_bytes(void* to, std::size_t bytes, StreamHandle stream) {
  if (bytes == 0) return;
  check(cudaMemsetAsync(to, 0, bytes, stream), "clear memory on a GPU");
}

void* Workspace::get(std::size_t bytes) {
  if (bytes > memory_.bytes()) {
    stream_.synchronize();
    memory_ = DeviceMemory();  // its room may be what the greater one needs
    memory_ = DeviceMemory(stream_.device(), bytes);
  }
  return bytes == 0 ? nullptr : memory_.data();
}

}  // namespace rehearse::cuda
