// Reads what NVIDIA's nccl-tests print (github.com/NVIDIA/nccl-tests, README and
// doc/PERFORMANCE.md): all_reduce_perf and sendrecv_perf, which share one table. Older versions
// print an error where newer ones count wrong values.
#pragma once

#include <string>
#include <vector>

#include "calibrate/message_pieces.h"

namespace rehearse {

struct NcclTimes {
  int ranks = 0;  // as listed in the comments; 0 if they list none
  // all_reduce_perf: the whole. sendrecv_perf: one message while another comes in.
  std::vector<MessagePoint> out_of_place, in_place;
  MessageFit out_of_place_fit, in_place_fit;
};

// Rows of no bytes are passed over (a size too small to share among the ranks). Throws Error::input
// with file and line for whatever is not of that format: other text, wrong results, two runs in one
// file, a bandwidth that is not size / time.
NcclTimes read_nccl_tests(const std::string& text, const std::string& file);

}  // namespace rehearse
