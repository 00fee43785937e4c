// Executes schedules on real numbers in one thread.
#pragma once

#include <vector>

#include "runtime/collectives/schedule.h"

namespace rehearse {

using Data = std::vector<std::vector<double>>;

// Rounds in order, all sends of a round before its receives. Fails the test on a message that
// nobody receives or that has the wrong size.
void run(const Schedule& schedule, Data& data);

// Every rank's volumes and additions of every phase are the sums over its actions.
void expect_volumes(const Schedule& schedule);

}  // namespace rehearse
