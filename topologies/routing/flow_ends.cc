#include "topologies/routing/flow_ends.h"

#include <algorithm>

#include "base/contract.h"

namespace rehearse {

FlowEnds::FlowEnds(const Network& network, EndpointId src, EndpointId dst, std::uint64_t flow_key)
    : network_(network), src_(src), dst_(dst) {
  EXPECTS(0 <= src && src < network.endpoints() && 0 <= dst && dst < network.endpoints());
  const auto pair = static_cast<std::uint64_t>(src) << 32 | static_cast<std::uint64_t>(dst);
  flow_ = {network.node_of(src), network.node_of(dst), 0, flow_key, mixed(mixed(pair) + flow_key)};
  if (!leaves_node()) return;
  out_nic_ = network.working_nic(flow_.src, nic_of(src));
  in_nic_ = network.working_nic(flow_.dst, nic_of(dst));
  flow_.dst_port = std::int64_t{flow_.dst} * network.nics_per_node() + in_nic_;
  from_ = network.leaf_of(flow_.src, out_nic_);
  to_ = network.leaf_of(flow_.dst, in_nic_);
}

void FlowEnds::begin(std::vector<LinkId>& out) const {
  if (inside_directly()) return out.push_back(network_.direct_link(src_, dst_));
  if (network_.has_hubs() && src_ != dst_) out.push_back(network_.device_link(src_));
  if (passes_inner_links()) out.push_back(network_.inner_link(src_));
  if (leaves_node()) out.push_back(network_.injection_link(flow_.src, out_nic_));
}

void FlowEnds::end(std::vector<LinkId>& out) const {
  if (inside_directly()) return;
  if (leaves_node()) out.push_back(Network::reverse(network_.injection_link(flow_.dst, in_nic_)));
  if (passes_inner_links()) out.push_back(Network::reverse(network_.inner_link(dst_)));
  if (network_.has_hubs() && src_ != dst_) {
    out.push_back(Network::reverse(network_.device_link(dst_)));
  }
}

bool FlowEnds::passes_inner_links() const {
  return network_.has_inner_switches() &&
         network_.inner_switch_of(src_) != network_.inner_switch_of(dst_);
}

bool FlowEnds::inside_directly() const {
  return !leaves_node() && src_ != dst_ && network_.has_direct_links();
}

int FlowEnds::nic_of(EndpointId device) const {
  const int devices = network_.devices_per_node();
  const int nics = network_.nics_per_node();
  const int local = device % devices;
  if (nics <= devices) return local * nics / devices;
  const auto own = static_cast<std::uint64_t>((nics - local + devices - 1) / devices);
  return local + devices * static_cast<int>(flow_.key % own);
}

std::vector<int> nics_of_device(const Network& network, int local_device) {
  const int devices = network.devices_per_node();
  const int nics = network.nics_per_node();
  if (nics <= devices) return {local_device * nics / devices};
  std::vector<int> own;
  for (int nic = local_device; nic < nics; nic += devices) own.push_back(nic);
  return own;
}

int stripes(const Network& network) {
  const int devices = network.devices_per_node();
  return std::max(1, (network.nics_per_node() + devices - 1) / devices);
}

}  // namespace rehearse
