// Memory that passes through the caches between two measurements, as the rest of a training step
// does between two runs of the same layer.
#pragma once

#include <memory>

#include "base/units.h"

namespace rehearse {

namespace cpu {
class PageMemory;
}

class CacheEviction {
 public:
  CacheEviction();
  ~CacheEviction();

  // Reads and writes so much memory, which is had at the first call that asks for it and kept.
  // Throws Error::environment when it cannot be had.
  void run(Bytes bytes);

 private:
  std::unique_ptr<cpu::PageMemory> memory_;
};

}  // namespace rehearse
