// The facts of a network for people and for programs.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "topologies/graph/check.h"
#include "topologies/graph/facts.h"
#include "topologies/graph/network.h"

namespace rehearse {

// `name`: what the user called it. REQUIRES: `facts` are those of `network`.
std::string network_table(const std::string& name, const Network& network,
                          const NetworkFacts& facts);

// {"name", "nodes", "devices_per_node", "endpoints", "switches", "links", "failed_switches",
//  "failed_links", "groups", "diameter", "mean_hops", "hops_exact", "bisection_bytes_per_s",
//  "injection_bytes_per_s", "link_classes":
//  [{"class", "links", "bandwidth_bytes_per_s", "latency_s"}]}, and with a check
// {"check": {"passed", "unreachable_pairs", "asymmetric_links", "overfull_switches", "throughput":
//  [{"pattern", "share_of_injection", "exact", "busiest_link"}]}}. Without facts, of a network that
//  is not
// connected, "name" and "check" are all.
std::string to_json(const std::string& name, const Network& network, const NetworkFacts* facts,
                    const NetworkCheck* check = nullptr);

// REQUIRES: `check` is of `network`.
std::string check_table(const Network& network, const NetworkCheck& check);

// The links of one class and rate; directed.
struct LinkClassCount {
  LinkClass cls = LinkClass::injection;
  Bandwidth bandwidth;  // of all cables together
  Duration latency;
  std::int64_t links = 0;
};

// By class, then bandwidth, then latency.
std::vector<LinkClassCount> count_links(const Network& network);

}  // namespace rehearse
