#include "tests/kernels/fake_gpu/fake_device.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/contract.h"

void CUstream_st::put(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
}

void CUstream_st::drain() {
  const std::lock_guard lock(mutex_);
  for (const auto& work : std::exchange(queue_, {})) work();
}

namespace rehearse::test {

FakeDevice& FakeDevice::get() {
  static FakeDevice device;
  return device;
}

void* FakeDevice::allocate(std::size_t bytes) {
  if (bytes == 0) return nullptr;
  constexpr std::size_t kAlignment = 256;
  const std::size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
  void* const memory = std::aligned_alloc(kAlignment, rounded);
  EXPECTS(memory != nullptr);
  std::memset(memory, 0, bytes);
  const std::lock_guard lock(mutex_);
  blocks_[static_cast<std::byte*>(memory)] = bytes;
  return memory;
}

void FakeDevice::free(void* memory) {
  if (memory == nullptr) return;
  const std::lock_guard lock(mutex_);
  drain();
  EXPECTS(blocks_.erase(static_cast<std::byte*>(memory)) == 1);
  std::free(memory);
}

bool FakeDevice::owns(const void* address) {
  const auto* const at = static_cast<const std::byte*>(address);
  const std::lock_guard lock(mutex_);
  auto behind = blocks_.upper_bound(at);
  return behind != blocks_.begin() && at < (--behind)->first + behind->second;
}

void FakeDevice::add(CUstream_st* stream) {
  const std::lock_guard lock(mutex_);
  streams_.insert(stream);
}

void FakeDevice::remove(CUstream_st* stream) {
  const std::lock_guard lock(mutex_);
  stream->drain();
  streams_.erase(stream);
}

void FakeDevice::drain() {
  for (CUstream_st* const stream : streams_) stream->drain();
}

}  // namespace rehearse::test
