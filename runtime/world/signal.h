// A counter that one task of a rank raises and another follows: how many gradients are ready, how
// many are done.
#pragma once

#include <cstdint>

namespace rehearse {

class Signal {
 public:
  virtual ~Signal() = default;
  virtual void raise() = 0;                                 // by the producer
  virtual std::int64_t wait_above(std::int64_t level) = 0;  // blocks until the count exceeds level
  [[nodiscard]] virtual std::int64_t count() = 0;           // as seen by the consumer, now
};

}  // namespace rehearse
