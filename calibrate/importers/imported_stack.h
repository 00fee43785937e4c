// A fabric profile from the output of somebody else's benchmarks.
#pragma once

#include <string>
#include <vector>

#include "topologies/stacks/stack_profile.h"

namespace rehearse {

struct ImportOptions {
  std::string name;          // of the profile
  bool inside_node = false;  // the ranks shared a node
};

struct BenchmarkText {
  std::string file;
  std::string text;
};

struct ImportWarning {
  std::string code;  // "passed_over", "repeated", "no_latency", "extrapolated"
  std::string what;
};

struct ImportedStack {
  StackProfile stack;
  std::vector<ImportWarning> warnings;
};

// Messages (or local_messages) with pieces by size, of osu_latency, IMB's PingPong or
// sendrecv_perf; of several tables of one test the median of each size. They are end to end
// (topologies/stacks/end_to_end.h). Where osu_bw or osu_bibw is given, too, it tells of messages
// that are larger than the largest of these: the latency, plus the time per byte of a stream.
// Alone, osu_bibw tells the rate of a stream and no latency: its small messages are many at once.
// Where the largest message shows no bandwidth (its latency is more than half of its time), larger
// ones have none: the links limit them. The last piece begins behind the largest message.
//
// Throws Error::input for text without such a table, for benchmarks of whole collectives or of
// one-way streams alone, where a log does not tell which test it is, and where its list of ranks
// says that they shared a node and `inside_node` does not, or the reverse.
ImportedStack import_stack(const std::vector<BenchmarkText>& logs, const ImportOptions& options);

}  // namespace rehearse
