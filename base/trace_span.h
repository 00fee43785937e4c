// One interval on a timeline: what a stream of a rank did.
#pragma once

#include <string>

namespace rehearse {

struct TraceSpan {
  int rank = 0;
  std::string stream;  // "device", "network", …
  std::string name;
  double begin_s = 0;
  double end_s = 0;
};

}  // namespace rehearse
