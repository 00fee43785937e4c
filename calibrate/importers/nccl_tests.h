// Reads what NVIDIA's nccl-tests and AMD's rccl-tests print (github.com/NVIDIA/nccl-tests, README
// and doc/PERFORMANCE.md): all_reduce_perf, sendrecv_perf and the others, which share one table.
//
//   NcclReader reader("log.txt");
//   for (const TextLine& line : lines_of(text)) {
//     if (NcclReader::is_heading(line)) reader.read_heading(line) …
//   }
//   for (const BenchmarkTable& table : reader.tables()) …
//
// Columns of version 1 (bytes, times in ms), of version 2 (an error in place of a count of wrong
// values), and of today (root, times of single iterations, time stamps) are known by the heading.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calibrate/importers/benchmark_table.h"
#include "calibrate/importers/nccl_table.h"
#include "calibrate/importers/program_name.h"
#include "calibrate/importers/text_lines.h"

namespace rehearse {

class NcclReader {
 public:
  explicit NcclReader(std::string file);

  // Whether the line is the heading of a table of these tests, with or without its mark.
  [[nodiscard]] static bool is_heading(const TextLine& line);

  // Lines outside tables: names, devices, versions. Others are passed over.
  void read_around(const TextLine& line);
  void read_heading(const TextLine& line);
  // A line below the heading, until somebody else's table begins. Throws Error::input with file and
  // line for what looks like a row and is none: a size or time that cannot be, wrong columns, a
  // bandwidth that is not size / time.
  void read_below(const TextLine& line);

  // Those with rows. Throws Error::input where a test found wrong data, where only one rank took
  // part, and where a log has ranks of several jobs.
  std::vector<BenchmarkTable> tables();

 private:
  // Beside a table what its heading says.
  struct Open {
    NcclTable table;
    ProgramName name;
    std::vector<std::string> heading;
    std::vector<std::size_t> widths;  // columns of each way: out of place, in place
    std::size_t told = 0;             // columns before the first way
    bool stamped = false;             // rows end with a date and a time
    double unit = 1e-6;               // of times, s
  };

  void take_name(ProgramName name);
  void start_ranks();
  void read_rank(const std::vector<std::string>& words);
  void read_columns(const TextLine& line);
  [[nodiscard]] static bool is_row(const std::vector<std::string>& fields);
  void read_row(const TextLine& line, const std::vector<std::string>& fields, bool joined);
  void read_way(const TextLine& line, Bytes size, const std::string& type,
                const std::string* column, bool in_place);
  void begin_again();

  std::string file_;
  ProgramName name_;                      // of the next table
  bool name_used_ = false;                // a table has it: the next run has its own
  std::map<int, NcclTable::Rank> ranks_;  // of the next table
  bool listing_ = false;                  // the list of ranks has begun since the last table
  std::string device_, library_, version_;
  std::vector<Open> tables_;
  std::optional<TextLine> broken_;  // the first part of a row that goes on in the next line
};

}  // namespace rehearse
