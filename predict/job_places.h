// Where the ranks of a job sit: workers as the scenario places them, then servers and masters.
#pragma once

#include <vector>

#include "predict/job_point.h"
#include "topologies/graph/network.h"

namespace rehearse {

// The device of each rank. A dedicated server or master has the first device of a node of its own,
// in the order in which the job gets nodes; on a cluster of one node the next device. Colocated
// servers share the devices of workers, evenly spread over the nodes of the job. Throws
// Error::input as place().
std::vector<EndpointId> job_places(const JobPoint& job, const Network& network);

}  // namespace rehearse
