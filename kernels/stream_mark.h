// What a backend has launched, and whether it is done (Backend::mark).
#pragma once

namespace rehearse {

// A point on a backend's stream: what was launched up to it is complete when it has passed. May be
// used by any thread.
class StreamMark {
 public:
  virtual ~StreamMark() = default;
  [[nodiscard]] virtual bool passed() = 0;
  virtual void wait() = 0;  // blocks until it has passed
};

}  // namespace rehearse
