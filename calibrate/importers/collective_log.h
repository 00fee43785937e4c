// Reads logs of collectives, whoever printed them: nccl-tests and rccl-tests (the *_perf programs),
// OSU's collectives, and tables of published results.
//
//   for (const CollectiveLog& log : read_collective_logs(text, "allreduce.log")) …
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/collectives/algorithm.h"

namespace rehearse {

struct CollectiveLog {
  struct Row {
    double bytes = 0;
    double seconds = 0;  // nccl-tests: out of place. OSU: mean of the ranks
  };

  std::string file;  // that holds it
  std::string name;  // the file; of one of several tables FILE#1 …, of a published one FILE#ID
  // What the log tells; absent where it does not.
  std::optional<Operation> operation;
  std::optional<int> ranks, ranks_per_node;
  std::optional<double> bus_ratio;  // bus bandwidth / algorithm bandwidth
  // "nccl", "open-mpi", …, its version, and the devices in the words of the log; empty: not told.
  std::string library, library_version, device;
  // Bytes are those of one rank, or of one pair of an all-to-all, as OSU counts them.
  bool per_rank = false;
  std::vector<Row> rows;  // ascending

  // The rows with bytes as nccl-tests count them, on so many ranks.
  [[nodiscard]] std::vector<Row> counted(int ranks) const;
};

// All tables of a log (calibrate/importers/benchmark_log.h says of which formats), or of a file of
// published ones: JSON, an array of records, or one, with "id", "operation_word", "ranks", "nodes"
// and "rows" [[bytes, microseconds, …], …]. Throws Error::input, with file and line, for whatever
// else is no log of a collective.
std::vector<CollectiveLog> read_collective_logs(const std::string& text, const std::string& file);

}  // namespace rehearse
