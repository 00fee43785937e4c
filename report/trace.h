// A timeline as Chrome trace events (chrome://tracing, ui.perfetto.dev).
//
// One process per rank and one thread per stream, named by metadata events; every span is a
// complete event ("ph": "X") with microseconds since the earliest begin of all spans. Format:
// "Trace Event Format", Google, 2016.
#pragma once

#include <string>
#include <vector>

#include "base/trace_span.h"

namespace rehearse {

// REQUIRES: spans end no earlier than they begin.
std::string to_chrome_trace(const std::vector<TraceSpan>& spans);

// Several timelines one below the other, each from its own earliest begin on: the processes of a
// case are named after its title and the rank.
struct TracedCase {
  std::string title;
  std::vector<TraceSpan> spans;
};
std::string cases_to_chrome_trace(const std::vector<TracedCase>& cases);

}  // namespace rehearse
