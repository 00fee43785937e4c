// What a transport moves. `data` is null in the simulated world, so that a send costs the same
// virtual time whether or not there are numbers in it. A Buffer borrows its memory.
#pragma once

#include <cstdint>

namespace rehearse {

struct Buffer {
  float* data = nullptr;
  std::int64_t elements = 0;
  int bytes_per_element = 4;  // on the wire
};

}  // namespace rehearse
