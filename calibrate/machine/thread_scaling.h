// Measures how kernels scale with the cores of this machine.
#pragma once

#include <vector>

#include "kernels/devices/thread_scaling.h"

namespace rehearse {

// The work of kernels/devices/fixed_work.h in one process with 1, 2, 4, … threads up to `most`, and
// with `base`, to which the others are compared: medians of some steps each, a second in all for
// eight numbers of threads. Ascending. REQUIRES: 1 <= base <= most; the caller has started no
// threads.
std::vector<ThreadSpeed> measure_thread_scaling(int base, int most);

}  // namespace rehearse
