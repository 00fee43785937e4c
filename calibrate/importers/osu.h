// Reads what the OSU micro-benchmarks print (mvapich.cse.ohio-state.edu/benchmarks, versions 5 to
// 7): osu_latency, osu_bw, osu_bibw, osu_mbw_mr of one pair, and the collectives osu_allreduce,
// osu_allgather, osu_alltoall, osu_bcast, osu_reduce and osu_reduce_scatter; with or without -f
// (least and greatest), -c (validation) and percentiles, for host or device buffers.
#pragma once

#include <string>
#include <vector>

#include "calibrate/importers/benchmark_table.h"
#include "calibrate/importers/program_name.h"
#include "calibrate/importers/text_lines.h"

namespace rehearse {

class OsuReader {
 public:
  explicit OsuReader(std::string file) : file_(std::move(file)) {}

  // "# Size      Latency (us)", with or without its mark.
  [[nodiscard]] static bool is_heading(const TextLine& line);

  // Lines outside tables: titles and names of programs. Others are passed over.
  void read_around(const TextLine& line);
  void read_heading(const TextLine& line);
  // Throws Error::input with file and line for what looks like a row and is none, and for data that
  // a benchmark found wrong.
  void read_below(const TextLine& line);

  // Those with rows; tables of benchmarks that are not read here are of kind `other`.
  std::vector<BenchmarkTable> tables();

 private:
  struct Open {
    BenchmarkTable table;
    std::size_t columns = 0;  // with the size
    bool rate = false;        // 10^6 bytes/s, else us
    bool validated = false;   // the last column
  };

  void read_title(const TextLine& line, const std::string& comment);
  void begin(Open open);

  std::string file_;
  BenchmarkTable next_;  // what is said of the next table
  std::vector<Open> tables_;
};

}  // namespace rehearse
