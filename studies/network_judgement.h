// Predicts network records with the simulator and tells by how much each prediction is off.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fidelity.h"
#include "studies/network_records.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct JudgedRecord {
  NetworkRecord record;
  Duration predicted;

  // Negative: the prediction is too fast.
  [[nodiscard]] double error() const { return predicted / record.median - 1; }
};

// Simulates every record with the fabric of its clock; records of other clocks are left out. A
// collective takes until its last rank is done, a flow until its receiver is. Records of one case
// of flows are simulated together. The result does not depend on `jobs`.
std::vector<JudgedRecord> judge(const std::vector<NetworkRecord>& records,
                                const std::map<std::string, StackProfile>& stack_of_clock,
                                Fidelity fidelity, int jobs);

// Of |error| over the records of one operation (and algorithm) on one clock.
struct JudgedClass {
  std::string clock;
  std::string name;
  int records = 0;
  double median = 0;
  double worst = 0;  // signed
};

// Operations in the order of their first record; then "collectives" for all-reduces and all-to-alls
// together; then "flow, last of its case": the latest end of any of its flows in any repetition.
std::vector<JudgedClass> summary(const std::vector<JudgedRecord>& judged);

}  // namespace rehearse
