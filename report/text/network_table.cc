#include <map>
#include <tuple>

#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/network_report.h"
#include "report/text/text_table.h"

namespace rehearse {

std::vector<LinkClassCount> count_links(const Network& network) {
  std::map<std::tuple<LinkClass, Bandwidth, Duration>, std::int64_t> counts;
  for (std::int64_t id = 0; id < network.links(); ++id) {
    if (!network.works(static_cast<LinkId>(id))) continue;
    const Link link = network.link(static_cast<LinkId>(id));
    ++counts[{link.cls, link.bandwidth, link.latency}];
  }
  std::vector<LinkClassCount> result;
  for (const auto& [key, links] : counts) {
    result.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), links});
  }
  return result;
}

std::string network_table(const std::string& name, const Network& network,
                          const NetworkFacts& facts) {
  TextTable links({{"links", Align::left}, {"number"}, {"bandwidth"}, {"latency"}});
  for (const LinkClassCount& count : count_links(network)) {
    links.add({std::string(to_text(count.cls)), grouped(count.links), to_text(count.bandwidth),
               to_text(count.latency)});
  }
  const auto line = [](const std::string& what, const std::string& value) {
    return what + std::string(22 - what.size(), ' ') + value + "\n";
  };
  const double share = facts.injection > Bandwidth(0) ? 2 * (facts.bisection / facts.injection) : 0;
  std::string failed_line;
  if (facts.failed_links > 0) {
    failed_line =
        line("failed", grouped(facts.failed_switches) +
                           (facts.failed_switches == 1 ? " switch and " : " switches and ") +
                           grouped(facts.failed_links) + " links, not counted above");
  }
  return name + "\n\n" +
         line("nodes", grouped(facts.nodes) + " of " + grouped(network.devices_per_node()) +
                           (network.devices_per_node() == 1 ? " device" : " devices")) +
         line("switches", grouped(facts.switches)) + line("groups", grouped(facts.groups)) +
         line("links", grouped(facts.links) + " (each direction counts)") + failed_line +
         line("diameter", grouped(facts.diameter) + " links" +
                              (facts.hops_exact ? "" : " (over a sample of the pairs)")) +
         line("mean hops", fixed(facts.mean_hops, 2) +
                               (facts.hops_exact ? "" : " (over a sample of the pairs)")) +
         line("bisection bandwidth", to_text(facts.bisection) + ", " + percent(share) +
                                         " of what half of the nodes can send") +
         line("injection bandwidth", to_text(facts.injection) + " of all nodes together") + "\n" +
         links.text();
}

}  // namespace rehearse
