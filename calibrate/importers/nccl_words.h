// The words of nccl-tests.
#pragma once

#include <optional>
#include <string>

#include "runtime/collectives/algorithm.h"

namespace rehearse {

// The whole field; absent where it is no integer.
std::optional<int> whole_number(const std::string& field);

// A type of data: "float", "uint8", "bfloat16", "f8e4m3".
bool is_nccl_type(const std::string& word);

// The largest error that nccl-tests let pass (deltaMaxValue of versions 2.0 to 2.12).
double allowed_error(const std::string& type);

// Of "all_reduce_perf" and the like; absent for tests that do nothing of ours (hypercube_perf).
std::optional<Operation> nccl_operation(const std::string& program);

// "2.26.6" of "NCCL version 2.26.6+cuda12.8" and of "nccl-library=22606"; empty: it tells none.
std::string nccl_version_in(const std::string& text);

}  // namespace rehearse
