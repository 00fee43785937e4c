// What measured messages say about a schedule: round by round, the slowest rank's messages and
// additions. For a ring this is 2(P-1) T(n/P) + (P-1) n/P / A, and so on: the formulas of
// runtime/collectives/collectives.h with a latency and bandwidth that depend on the size.
#pragma once

#include <optional>
#include <vector>

#include "calibrate/machine/message_pieces.h"
#include "runtime/collectives/schedule.h"

namespace rehearse {

// Of pairs on one level: within a node, or between nodes.
struct MessageTimes {
  std::vector<FittedPiece> one_way;    // while nothing goes the other way
  std::vector<FittedPiece> exchanged;  // while as much goes the other way
};

struct ScheduleCosts {
  std::vector<int> node_of;            // of each rank
  std::optional<MessageTimes> inside;  // a node; absent: no two ranks of the schedule share one
  std::optional<MessageTimes> between;
  std::vector<FittedPiece> addition;  // of what has arrived
  Duration call;                      // what executing a schedule of no rounds takes
};

// For elements of 4 bytes. Messages of a rank in one round follow one another.
// REQUIRES: the levels that the schedule uses are there.
Duration estimate(const Schedule& schedule, const ScheduleCosts& costs);

}  // namespace rehearse
