// Fits what the ends of a message cost (topologies/stacks/message_ends.h) to ping-pongs and
// exchanges of two ranks. Collectives have no part in it, so that they can judge it.
#pragma once

#include <string>
#include <vector>

#include "studies/network_records.h"
#include "topologies/stacks/stack_profile.h"

namespace rehearse {

// Headers are known and not fitted. TCP over IPv4 over Ethernet: of a frame of 1514 bytes 14, 20
// and 20 are headers, and 12 the timestamps of RFC 7323; every second segment is acknowledged (RFC
// 1122, 4.2.3.2) by a frame of 66.
inline constexpr double kTcpWireEfficiency = 1448.0 / 1514.0;
inline constexpr double kTcpAcknowledgementShare = 66.0 / (2 * 1514.0);

// What announces a message in Open MPI (ob1 over btl tcp): 8 bytes of the transport's header and 32
// of the rendezvous', in a frame with the headers above.
inline constexpr double kOpenMpiAnnouncement = 66 + 8 + 32;

// From the records of `clock`:
//   step_latency     ping-pongs of the smallest size at the shortest delay, less the links
//   wake_up          what those of the smallest size at longer delays take beyond that, if it is
//                    more than measurements tell apart
//   rendezvous_from  the smallest size whose ping-pong pays a change of the links' delay at least
//                    twice (a message pays it once, one that waits for a reply three times)
//   idle_burst       what the larger ping-pongs want
//   departure_skew   median of leave_apart over the exchanges of two ranks at the shortest delay
//   departure_spread by how much leave_apart of those of more ranks grows with the time that their
//                    messages take on a link (median of the slopes between all records: Sen, JASA
//                    63, 1968); both only where messages wait for replies
// Means are weighted by 1 / time^2, which minimises relative errors. Throws Error::input if there
// are not ping-pongs of two sizes.
StackProfile fit_ends(const NetworkRecords& records, const std::string& clock,
                      const std::string& name);

}  // namespace rehearse
