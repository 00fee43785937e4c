// Measures the collectives of a job on one machine, briefly: all ranks get the same, in both kinds
// of tasks. The numbers themselves are for no test.
#include <iostream>

#include "calibrate/machine/collectives.h"

namespace rehearse {
namespace {

bool complete(const TaskMeasurements& m) {
  if (!m.inside_node || m.between_nodes || m.all_reduces.size() != 6) return false;
  for (const AllReduceMeasurements& a : m.all_reduces) {
    if (a.times.size() != 8) return false;  // 4^1 … 4^8
    if (a.algorithm != Algorithm::native && a.estimates.size() != 8) return false;
  }
  return m.inside_node->ping_pong.size() == 15 && m.inside_node->exchange.size() == 15 &&
         m.call > Duration(0);
}

bool measure() {
  MpiSession session;
  CollectiveOptions options;
  options.budget = Duration(1000);  // however slow the machine is
  options.most_repetitions = options.fewest_repetitions;
  options.largest = Bytes(65536);
  options.largest_message = options.largest;
  const CollectiveMeasurements m = measure_collectives(session, options);
  const std::string last =
      std::to_string(m.background.all_reduces.at(5).times.back().median.value() * 1e9);
  for (const std::string& other : session.gather(last)) {
    if (other != last) return false;
  }
  return m.ranks == session.size() && m.nodes == 1 && m.ranks_per_node == m.ranks &&
         m.library == MpiSession::library() && m.additions.size() == 15 && complete(m.main) &&
         complete(m.background);
}

}  // namespace
}  // namespace rehearse

int main() {
  if (rehearse::measure()) return 0;
  std::cerr << "the measurements are incomplete, or differ between ranks\n";
  return 1;
}
