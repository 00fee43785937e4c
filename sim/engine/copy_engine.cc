#include "sim/engine/copy_engine.h"

#include <algorithm>

#include "sim/engine/engine_time.h"

namespace rehearse {

void CopyEngine::copy(Duration time) { sleep_until(done_after(time)); }

Duration CopyEngine::done_after(Duration time) {
  if (!(time > Duration(0))) return engine_now();
  free_ = std::max(free_, engine_now()) + time;
  return free_;
}

}  // namespace rehearse
