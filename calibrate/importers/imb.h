// Reads what Intel's MPI benchmarks print (IMB-MPI1 of github.com/intel/mpi-benchmarks): PingPong,
// and the collectives Allreduce, Allgather, Alltoall, Bcast, Reduce and Reduce_scatter, mean of the
// ranks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibrate/importers/benchmark_table.h"
#include "calibrate/importers/text_lines.h"

namespace rehearse {

class ImbReader {
 public:
  explicit ImbReader(std::string file) : file_(std::move(file)) {}

  // "#bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]"
  [[nodiscard]] static bool is_heading(const TextLine& line);

  // "# Benchmarking Allreduce", "# #processes = 8"; others are passed over.
  void read_around(const TextLine& line);
  void read_heading(const TextLine& line);
  // Throws Error::input with file and line for what looks like a row and is none.
  void read_below(const TextLine& line);

  // Those with rows; tables of benchmarks that are not read here are of kind `other`.
  std::vector<BenchmarkTable> tables();

 private:
  std::string file_;
  std::string subject_;
  std::optional<int> processes_;
  std::size_t columns_ = 0, time_ = 0;  // of the last table, and which is the time
  std::vector<BenchmarkTable> tables_;
};

}  // namespace rehearse
