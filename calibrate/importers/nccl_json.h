// What nccl-tests 2.17 and later write with -J FILE: their table as JSON.
#pragma once

#include <string>

#include "base/json_reader.h"
#include "calibrate/importers/benchmark_table.h"

namespace rehearse {

// Whether the document is such a file.
bool is_nccl_json(const JsonDocument& document);

// Its tables: another one begins where sizes do not ascend. Throws Error::input, with the path, for
// a result that cannot be, and as settled() (calibrate/importers/nccl_table.h).
std::vector<BenchmarkTable> read_nccl_json(const JsonDocument& document);

}  // namespace rehearse
