// All tables of a log, whichever benchmarks of communication printed it.
//
//   for (const BenchmarkTable& table : read_benchmarks(text, "job.out")) …
#pragma once

#include <string>
#include <vector>

#include "calibrate/importers/benchmark_table.h"

namespace rehearse {

// An object or an array of them, perhaps behind a comment; "[1,0]<stdout>:" is none.
bool looks_like_json(const std::string& text);

// The output of nccl-tests, rccl-tests, the OSU micro-benchmarks and IMB-MPI1, as pasted: with the
// tags, times and warnings of launchers, libraries and shells around it, several tables in one
// file, or the JSON of nccl-tests -J. Those of one kind of benchmark stand together, in the order
// of the file. Throws Error::input, with file and line, for rows that cannot be, wrong data (each
// reader says what else), and text without a table: the line then says what the file is, if it is
// one of ours, and which formats are read.
std::vector<BenchmarkTable> read_benchmarks(const std::string& text, const std::string& file);

}  // namespace rehearse
