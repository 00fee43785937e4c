// Reads what NVIDIA's nccl-tests print (github.com/NVIDIA/nccl-tests, README and
// doc/PERFORMANCE.md): all_reduce_perf, sendrecv_perf and the other collectives, which share one
// table. Older versions print an error where newer ones count wrong values.
#pragma once

#include <string>
#include <vector>

#include "calibrate/message_pieces.h"

namespace rehearse {

struct NcclTimes {
  int ranks = 0;           // as listed in the comments; 0 if they list none
  int ranks_per_node = 0;  // the most on one host, as listed; 0 if they list none
  // Of the last row: what is summed how ("sum", "none"; "" where the column is blank), the root
  // ("-1": none), and bus bandwidth / algorithm bandwidth (0 where both round to nothing).
  std::string reduction, root;
  double bus_ratio = 0;
  // sendrecv_perf: one message while another comes in. All others: the whole.
  std::vector<MessagePoint> out_of_place, in_place;
  MessageFit out_of_place_fit, in_place_fit;
};

// Rows of no bytes are passed over (a size too small to share among the ranks). Throws Error::input
// with file and line for whatever is not of that format: other text, wrong results, two runs in one
// file, a bandwidth that is not size / time.
NcclTimes read_nccl_tests(const std::string& text, const std::string& file);

// The same without the fits: one size is enough.
NcclTimes read_nccl_rows(const std::string& text, const std::string& file);

}  // namespace rehearse
