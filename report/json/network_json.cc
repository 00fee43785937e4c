#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "report/network_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;
namespace {

void add_facts(const Network& network, const NetworkFacts& facts, Json& result) {
  Json classes = Json::array();
  for (const LinkClassCount& count : count_links(network)) {
    classes.push_back({{"class", std::string(to_text(count.cls))},
                       {"links", count.links},
                       {"bandwidth_bytes_per_s", count.bandwidth.value()},
                       {"latency_s", count.latency.value()}});
  }
  result.update({{"nodes", facts.nodes},
                 {"devices_per_node", network.devices_per_node()},
                 {"endpoints", facts.endpoints},
                 {"switches", facts.switches},
                 {"links", facts.links},
                 {"failed_switches", facts.failed_switches},
                 {"failed_links", facts.failed_links},
                 {"groups", facts.groups},
                 {"diameter", facts.diameter},
                 {"mean_hops", facts.mean_hops},
                 {"hops_exact", facts.hops_exact},
                 {"bisection_bytes_per_s", facts.bisection.value()},
                 {"injection_bytes_per_s", facts.injection.value()},
                 {"link_classes", classes}});
}

Json check_object(const Network& network, const NetworkCheck& check) {
  Json throughput = Json::array();
  for (const NetworkCheck::Throughput& pattern : check.throughput) {
    throughput.push_back({{"pattern", pattern.pattern},
                          {"share_of_injection", pattern.share},
                          {"exact", pattern.exact},
                          {"busiest_link", network.link_name(pattern.busiest)}});
  }
  return {{"passed", check.passed()},
          {"unreachable_pairs", check.unreachable},
          {"asymmetric_links", check.asymmetric},
          {"overfull_switches", check.overfull},
          {"throughput", throughput}};
}

}  // namespace

std::string to_json(const std::string& name, const Network& network, const NetworkFacts* facts,
                    const NetworkCheck* check) {
  Json result = {{"format", format_of(FileKind::topology)}, {"name", name}};
  if (facts != nullptr) add_facts(network, *facts, result);
  if (check != nullptr) result["check"] = check_object(network, *check);
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
