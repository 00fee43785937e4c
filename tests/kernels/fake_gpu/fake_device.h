// A GPU that is not there: operations, executor, optimizers and backend of kernels/cuda run on the
// host, on the bodies of their kernels. Work is done when somebody waits for its stream, at the
// latest: who reads too early finds old numbers.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <vector>

// What a cuda::StreamHandle points to.
struct CUstream_st {
  void put(std::function<void()> work);
  void drain();  // does all that was put in so far

 private:
  std::mutex mutex_;
  std::vector<std::function<void()>> queue_;
};

namespace rehearse::test {

// What it knows of its memory and streams.
class FakeDevice {
 public:
  static FakeDevice& get();

  // Memory that a copy need not wait for: of the device, or pinned. Zero, aligned to 256 bytes.
  void* allocate(std::size_t bytes);
  // Waits for all streams, as cudaFree does.
  void free(void* memory);
  [[nodiscard]] bool owns(const void* address);

  void add(CUstream_st* stream);
  void remove(CUstream_st* stream);

 private:
  void drain();

  std::mutex mutex_;
  std::map<const std::byte*, std::size_t> blocks_;  // bytes by begin
  std::set<CUstream_st*> streams_;
};

}  // namespace rehearse::test
