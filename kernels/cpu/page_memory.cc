#include "kernels/cpu/page_memory.h"

#include <sys/mman.h>

#include <cstring>
#include <string>

#include "base/error.h"

namespace rehearse::cpu {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

PageMemory::PageMemory(std::size_t bytes) {
  if (bytes == 0) return;
  // Whole huge pages, or the last one could not be huge.
  bytes_ = bytes < kHugePage ? bytes : (bytes + kHugePage - 1) / kHugePage * kHugePage;
  data_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    throw Error::environment("cannot allocate " + std::to_string(bytes_) + " bytes of memory",
                             std::strerror(errno), "reduce the batch or the number of ranks");
  }
  madvise(data_, bytes_, MADV_HUGEPAGE);  // a wish: small pages work as well
  std::memset(data_, 0, bytes_);
}

PageMemory::~PageMemory() {
  if (data_ != nullptr) munmap(data_, bytes_);
}

}  // namespace rehearse::cpu
