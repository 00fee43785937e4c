// A table of times as a benchmark of communication printed it, whichever it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calibrate/machine/message_pieces.h"
#include "runtime/collectives/algorithm.h"

namespace rehearse {

struct BenchmarkTable {
  enum class Kind {
    unknown,      // the log does not tell which test it was
    other,        // a test that is not read here
    latency,      // one message, one way, between two ranks
    stream,       // per message of many in flight, one way
    two_streams,  // per message of many in flight, both ways at once
    exchange,     // one message, while another comes in
    collective,   // the whole
  };

  Kind kind = Kind::unknown;
  std::string title;  // "OSU MPI Latency Test v5.9", "sendrecv_perf"; empty: not told
  std::string place;  // where it begins: "line 7"
  std::optional<Operation> operation;  // of exchanges (send_recv) and collectives, if known

  // What the log tells; absent where it does not.
  std::optional<int> ranks, ranks_per_node;
  std::string one_host;             // where all ranks of several ran; empty: on more, or not told
  std::optional<double> bus_ratio;  // bus bandwidth / algorithm bandwidth
  // "nccl", "rccl", its version, and the device of the first rank in the words of the log.
  std::string library, library_version, device;
  bool per_rank = false;  // bytes are those of one rank, or of one pair of an all-to-all

  // Mean of the repetitions; collectives of OSU and IMB: mean of the ranks, of nccl-tests: out of
  // place. Sizes ascend.
  std::vector<MessagePoint> points;
};

}  // namespace rehearse
