// Reads what the OSU micro-benchmarks print (mvapich.cse.ohio-state.edu/benchmarks, versions 5 to
// 7): osu_latency, osu_bw, osu_bibw and the collectives osu_allreduce, osu_allgather, osu_alltoall,
// osu_bcast, osu_reduce and osu_reduce_scatter, with or without -f (least and greatest) and -c
// (validation), for host or device buffers.
#pragma once

#include <string>
#include <vector>

#include "calibrate/message_pieces.h"

namespace rehearse {

struct OsuTimes {
  enum class Benchmark {
    latency,
    bandwidth,
    bidirectional,
    all_reduce,
    all_gather,  // sizes: what each rank gives
    all_to_all,  // sizes: what each rank sends to each
    broadcast,
    reduce,
    reduce_scatter  // sizes: the buffer before scattering
  };

  Benchmark benchmark;
  std::string title;  // "OSU MPI Latency Test v5.9"
  // latency: one way. bandwidth: per message of a stream. bidirectional: per message of two streams
  // at once, one each way. Collectives: the whole, mean of the ranks.
  std::vector<MessagePoint> points;
  MessageFit fit;
};

// Throws Error::input with file and line for whatever is not of that format: another benchmark, a
// message of the launcher, a failed validation, two runs in one file.
OsuTimes read_osu(const std::string& text, const std::string& file);

// The same without the fit: one size is enough.
OsuTimes read_osu_points(const std::string& text, const std::string& file);

inline bool is_collective(OsuTimes::Benchmark benchmark) {
  return benchmark >= OsuTimes::Benchmark::all_reduce;
}

}  // namespace rehearse
