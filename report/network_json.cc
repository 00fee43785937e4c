#include <nlohmann/json.hpp>

#include "report/network_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

std::string to_json(const std::string& name, const Network& network, const NetworkFacts& facts) {
  Json classes = Json::array();
  for (const LinkClassCount& count : count_links(network)) {
    classes.push_back({{"class", std::string(to_text(count.cls))},
                       {"links", count.links},
                       {"bandwidth_bytes_per_s", count.bandwidth.value()},
                       {"latency_s", count.latency.value()}});
  }
  const Json result = {{"name", name},
                       {"nodes", facts.nodes},
                       {"devices_per_node", network.devices_per_node()},
                       {"endpoints", facts.endpoints},
                       {"switches", facts.switches},
                       {"links", facts.links},
                       {"groups", facts.groups},
                       {"diameter", facts.diameter},
                       {"mean_hops", facts.mean_hops},
                       {"hops_exact", facts.hops_exact},
                       {"bisection_bytes_per_s", facts.bisection.value()},
                       {"injection_bytes_per_s", facts.injection.value()},
                       {"link_classes", classes}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
