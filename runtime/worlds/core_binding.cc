#include "runtime/worlds/core_binding.h"

#include <sched.h>

namespace rehearse {

bool bind_to_cores(int index, int threads) {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return false;
  cpu_set_t chosen;
  CPU_ZERO(&chosen);
  int seen = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &usable)) continue;
    if (seen >= index * threads && seen < (index + 1) * threads) CPU_SET(core, &chosen);
    ++seen;
  }
  if (CPU_COUNT(&chosen) != threads) return false;
  return sched_setaffinity(0, sizeof chosen, &chosen) == 0;
}

int usable_cores() {
  cpu_set_t usable;
  return sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : 1;
}

}  // namespace rehearse
