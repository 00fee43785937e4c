// A fabric profile from the output of somebody else's benchmark.
#pragma once

#include <string>

#include "topologies/fabric_profile.h"

namespace rehearse {

struct ImportOptions {
  std::string name;          // of the profile
  bool inside_node = false;  // the ranks shared a node
};

// `text` is what osu_latency, osu_bibw or sendrecv_perf (nccl-tests) printed; its times become
// messages (or local_messages) with pieces by size. Throws Error::input for other text, and for
// benchmarks of complete collectives or of one-way streams, which do not say what one message of an
// exchange costs.
FabricProfile import_fabric(const std::string& text, const std::string& file,
                            const ImportOptions& options);

}  // namespace rehearse
