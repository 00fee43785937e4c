#include "base/numbers.h"
#include "report/network_report.h"
#include "report/text/text_table.h"

namespace rehearse {
namespace {

std::string unreachable_line(const Network& network, const NetworkCheck& check) {
  if (check.unreachable == 0) return "all devices reach each other\n";
  return grouped(check.unreachable) + " pairs of devices cannot reach each other, among them " +
         network.vertex_name(network.node_vertex(check.unreachable_from)) + " and " +
         network.vertex_name(network.node_vertex(check.unreachable_to)) + "\n";
}

std::string asymmetric_line(const Network& network, const NetworkCheck& check) {
  if (check.asymmetric == 0) return "all links are as fast in both directions\n";
  return grouped(check.asymmetric) + " links are faster one way, among them " +
         network.link_name(check.asymmetric_link) + "\n";
}

// Empty where nobody told how many ports the switches have.
std::string overfull_line(const Network& network, const NetworkCheck& check) {
  if (check.overfull == 0) return "";
  return grouped(check.overfull) + " switches have more cables than ports, among them " +
         network.vertex_name(network.switch_vertex(check.overfull_switch)) + ": " +
         grouped(check.overfull_cables) + " cables, " + grouped(check.overfull_ports) + " ports\n";
}

}  // namespace

std::string check_table(const Network& network, const NetworkCheck& check) {
  std::string text = "Check: " + std::string(check.passed() ? "passed" : "FAILED") + "\n\n" +
                     unreachable_line(network, check) + asymmetric_line(network, check) +
                     overfull_line(network, check);
  if (network.nodes() > 1) {
    const std::int64_t half = network.nodes() / 2;
    text += "the halves of the bisection are nodes 0 to " + grouped(half - 1) + " and " +
            grouped(half) + " to " + grouped(network.nodes() - 1) + "\n";
  }
  if (check.throughput.empty()) return text;
  TextTable table({{"when all nodes send", Align::left},
                   {"share of injection"},
                   {"busiest link", Align::left}});
  bool sampled = false;
  for (const NetworkCheck::Throughput& pattern : check.throughput) {
    table.add({pattern.pattern + (pattern.exact ? "" : " (sample)"), percent(pattern.share),
               network.link_name(pattern.busiest)});
    sampled = sampled || !pattern.exact;
  }
  text += "\n" + table.text();
  if (sampled)
    text +=
        "\nsample: the busiest link of a sample is busier than that of all flows; the true share "
        "is higher\n";
  return text;
}

}  // namespace rehearse
