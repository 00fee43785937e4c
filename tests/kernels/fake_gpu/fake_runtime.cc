// The streams, events, memory and devices of kernels/cuda on a FakeDevice.
#include <cstring>
#include <utility>
#include <vector>

#include "kernels/cuda/cuda_devices.h"
#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/cuda_stream.h"
#include "tests/kernels/fake_gpu/fake_device.h"

struct CUevent_st {
  CUstream_st* stream = nullptr;
};

namespace rehearse {

std::string cuda_libraries() { return "no CUDA at all"; }
int cuda_device_count() { return 1; }
void require_cuda_device() {}

namespace cuda {

using test::FakeDevice;

void use_device(int /*device*/) {}

Stream::Stream(int device) : device_(device), handle_(new CUstream_st) {
  FakeDevice::get().add(handle_);
}
Stream::~Stream() {
  FakeDevice::get().remove(handle_);
  delete handle_;
}
void Stream::synchronize() const { handle_->drain(); }

Event::Event(int /*device*/, Timing /*timing*/) : handle_(new CUevent_st) {}
Event::~Event() { delete handle_; }
void Event::record(StreamHandle stream) { handle_->stream = stream; }
void Event::hold_back(StreamHandle /*stream*/) const { synchronize(); }
void Event::synchronize() const {
  if (handle_->stream != nullptr) handle_->stream->drain();
}
bool Event::reached() const {
  synchronize();
  return true;
}
double Event::seconds_since(const Event& /*earlier*/) const { return 0; }

DeviceMemory::DeviceMemory(int /*device*/, std::size_t bytes)
    : data_(FakeDevice::get().allocate(bytes)), bytes_(bytes) {}
DeviceMemory::~DeviceMemory() { FakeDevice::get().free(data_); }
DeviceMemory::DeviceMemory(DeviceMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
DeviceMemory& DeviceMemory::operator=(DeviceMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PinnedMemory::PinnedMemory(std::size_t bytes)
    : data_(FakeDevice::get().allocate(bytes)), bytes_(bytes) {}
PinnedMemory::~PinnedMemory() { FakeDevice::get().free(data_); }

// As the CUDA runtime ("API synchronization behavior"): what comes from pageable memory is read at
// once, what goes there is there at once.
void copy_bytes(const void* from, void* to, std::size_t bytes, StreamHandle stream) {
  if (bytes == 0) return;
  if (FakeDevice::get().owns(from)) {
    stream->put([=] { std::memmove(to, from, bytes); });
  } else {
    const auto* const begin = static_cast<const std::byte*>(from);
    stream->put([to, kept = std::vector<std::byte>(begin, begin + bytes)] {
      std::memcpy(to, kept.data(), kept.size());
    });
  }
  if (!FakeDevice::get().owns(to)) stream->drain();
}

void clear_bytes(void* to, std::size_t bytes, StreamHandle stream) {
  if (bytes > 0) stream->put([=] { std::memset(to, 0, bytes); });
}

void* Workspace::get(std::size_t bytes) {
  if (bytes > memory_.bytes()) {
    stream_.synchronize();
    memory_ = DeviceMemory(stream_.device(), bytes);
  }
  return bytes == 0 ? nullptr : memory_.data();
}

}  // namespace cuda
}  // namespace rehearse
