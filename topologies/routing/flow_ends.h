// The parts of a route that no routing can choose: from a device out of its node, and into another.
#pragma once

#include <cstdint>
#include <vector>

#include "topologies/graph/network.h"

namespace rehearse {

// The NICs of its node that a device uses. Devices share the NICs in blocks; one with several takes
// them in turn, by the key of the flow.
std::vector<int> nics_of_device(const Network& network, int local_device);
// Over how many NICs a device stripes what it sends at most.
int stripes(const Network& network);

// One flow between two devices: its NICs, its leaves and what choices may depend on.
class FlowEnds {
 public:
  // REQUIRES: src and dst are endpoints of the network, which outlives this object.
  FlowEnds(const Network& network, EndpointId src, EndpointId dst, std::uint64_t flow_key);

  // Whether the flow passes switches; else its route is `begin` and `end`.
  [[nodiscard]] bool leaves_node() const { return flow_.src != flow_.dst; }
  [[nodiscard]] const NetworkShape::Flow& flow() const { return flow_; }
  [[nodiscard]] std::int64_t from() const { return from_; }  // the leaf at the source
  [[nodiscard]] std::int64_t to() const { return to_; }      // the leaf at the destination

  // Append the links up to the first switch and from the last one.
  void begin(std::vector<LinkId>& out) const;
  void end(std::vector<LinkId>& out) const;

 private:
  // Over the link between two devices of a node that are joined without a hub.
  [[nodiscard]] bool inside_directly() const;
  // Over the hub of a node whose devices hang on inner switches.
  [[nodiscard]] bool passes_inner_links() const;

  [[nodiscard]] int nic_of(EndpointId device) const;

  const Network& network_;
  EndpointId src_, dst_;
  NetworkShape::Flow flow_{};
  int out_nic_ = 0;
  int in_nic_ = 0;
  std::int64_t from_ = 0;
  std::int64_t to_ = 0;
};

}  // namespace rehearse
