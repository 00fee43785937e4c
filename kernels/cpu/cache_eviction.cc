#include "kernels/cpu/cache_eviction.h"

#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/page_memory.h"

namespace rehearse {

CacheEviction::CacheEviction() : memory_(std::make_unique<cpu::PageMemory>()) {}
CacheEviction::~CacheEviction() = default;

void CacheEviction::run(Bytes bytes) {
  const auto wanted = static_cast<std::size_t>(bytes.value());
  if (memory_->bytes() < wanted) *memory_ = cpu::PageMemory(wanted);
  if (wanted > 0) cpu::touch(reinterpret_cast<float*>(memory_->data()), wanted / sizeof(float));
}

}  // namespace rehearse
