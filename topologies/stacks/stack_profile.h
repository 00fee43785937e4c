// What a software stack makes of a fabric: the rates and delays that one rank sees on top of links.
//
// All of it is measured or fitted; a stack without limits and without delays is the ideal profile
// (scenarios/stacks/ideal.json). Optional parameters that are absent do not limit.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/provenance.h"
#include "base/units.h"
#include "topologies/stacks/collective_library.h"
#include "topologies/stacks/message_ends.h"
#include "topologies/stacks/nic_family.h"
#include "topologies/stacks/noise_settings.h"

namespace rehearse {

class ObjectReader;

// What messages of at least `from` cost: the latency, plus their bytes at the bandwidth.
struct MessagePiece {
  Bytes from;
  Duration latency;
  std::optional<Bandwidth> bandwidth;  // absent: no limit
};

struct StackProfile {
  std::string name;

  // The adapters that it was found on; a stack that tells neither is taken only where it is named.
  std::optional<NicFamily> nic_family;
  std::optional<Bandwidth> nic_rate;  // of one, per direction

  // Between nodes.
  std::optional<Bandwidth> stream_bandwidth;  // median rate of one rank-to-rank stream
  double stream_rate_spread = 0;              // sigma of ln(rate) between nodes (log-normal)
  Duration step_latency;                      // added to each transfer: protocol, staging, proxy
  Duration message_latency;                   // of a small control message
  // Instead of stream_bandwidth and step_latency where the cost depends on the size: ascending
  // `from`, the first 0. The relative errors of the two then belong to all pieces.
  std::vector<MessagePiece> pieces;

  // Between the devices of a node.
  std::optional<Bandwidth> local_stream_bandwidth;
  Duration local_step_latency;
  std::vector<MessagePiece> local_pieces;  // instead of the two

  // Bytes of received data per second that a receiver adds to its own; absent: free. The second is
  // that of data from the same node, if another unit adds them (a device instead of the host).
  std::optional<Bandwidth> reduce_bandwidth;
  std::optional<Bandwidth> local_reduce_bandwidth;  // absent: reduce_bandwidth

  // Rate of copies between device and host memory, where messages between nodes start and end in
  // host memory; absent: the transport reads the memory of the device.
  std::optional<Bandwidth> staging_bandwidth;

  // Where one thread of a rank takes all messages from other nodes out of the kernel (the event
  // loop of Gloo's TCP transport): payload per second over all streams; absent: no limit of its
  // own.
  std::optional<Bandwidth> receive_loop_bandwidth;
  // Where messages from other nodes arrive in a buffer of the library: rate at which those that are
  // not added are copied from there; absent: they arrive where they belong.
  std::optional<Bandwidth> gather_copy_bandwidth;

  // The library of collectives; absent: not told. With levels its collectives are costed by them,
  // in place of all of the above.
  std::optional<CollectiveLibrary> library;

  MessageEnds ends;  // of messages between nodes; its parameters are keys of the profile

  // What runs under this software showed of uneven nodes and devices; holds unless a scenario gives
  // its own. Key "noise".
  NoiseSettings noise;

  // Relative standard error of a parameter, by its name here; absent: not known.
  struct Uncertainty {
    std::string parameter;
    double relative_error = 0;
  };
  std::vector<Uncertainty> uncertainties;

  std::optional<std::int64_t> max_ranks;  // the largest job that was measured

  std::vector<Provenance> provenance;

  // 0 if not known.
  [[nodiscard]] double relative_error(std::string_view parameter) const;

  // What a message of `size` costs between nodes and inside a node, beyond the links on its way.
  [[nodiscard]] MessagePiece message(Bytes size) const;
  [[nodiscard]] MessagePiece local_message(Bytes size) const;
  // What adding `received` bytes costs, from another node and from the same one.
  [[nodiscard]] Duration addition(Bytes received) const;
  [[nodiscard]] Duration local_addition(Bytes received) const;
  // What copying `received` bytes from another node costs that are not added.
  [[nodiscard]] Duration gather_copy(Bytes received) const;
  // The rate at which a rank's event loop lets bytes pass on the wire; absent: no limit.
  [[nodiscard]] std::optional<Bandwidth> receive_loop_on_wire() const;
  // What one copy between device and host memory costs.
  [[nodiscard]] Duration staging(Bytes copied) const;
};

// Keys are the names above ("messages" and "local_messages" for the pieces);
// "<parameter>_rel_error" gives an uncertainty; "format", if given, is that of stacks. Throws
// Error::input.
StackProfile read_stack_profile(ObjectReader reader);

}  // namespace rehearse
