#include "report/svg/chart_heading.h"

#include <algorithm>

#include "base/numbers.h"
#include "base/text_width.h"
#include "kernels/models/precision.h"

namespace rehearse {
namespace {

constexpr std::size_t kMostLines = 4;  // of facts

std::string batch_of(const Scenario& scenario) {
  if (scenario.batch_per_worker > 0) {
    return grouped(scenario.batch_per_worker) + " samples per worker and step (weak scaling)";
  }
  return grouped(scenario.global_batch) + " samples per step (strong scaling)";
}

std::string network_of(const Scenario& scenario) {
  if (!scenario.network_known) return "one node";
  const NetworkSpec& network = scenario.network;
  if (!network.description.empty()) return network.description;
  return "network: " + std::string(network.topology->name());
}

}  // namespace

double draw_heading(SvgPage& page, const std::string& title,
                    const std::vector<std::string>& facts) {
  const double room = page.width() - 2 * kChartMargin;
  double y = 12;
  for (const std::string& line : wrapped(title, 17, room, 2)) {
    y += 22;
    page.text({kChartMargin, y}, line, {17});
  }
  std::string words;
  for (const std::string& fact : facts) words += (words.empty() ? "" : "; ") + fact;
  if (words.empty()) return y;
  y += 4;
  for (const std::string& line : wrapped(words, 12, room, kMostLines)) {
    y += 17;
    page.text({kChartMargin, y}, line, {12});
  }
  return y;
}

std::vector<std::string> chart_facts(const Scenario& scenario) {
  std::vector<std::string> facts;
  if (scenario.model) {
    facts.push_back(scenario.model->name() + " in " + std::string(to_text(scenario.precision)));
    facts.push_back(batch_of(scenario));
  }
  if (!scenario.device.name.empty()) {
    facts.push_back(grouped(scenario.node.devices) + " × " + scenario.device.name + " per node");
  }
  facts.push_back(network_of(scenario));
  if (!scenario.stack.name.empty()) facts.push_back("stack " + scenario.stack.name);
  return facts;
}

std::vector<std::string> shared_facts(const std::vector<std::vector<std::string>>& facts) {
  std::vector<std::string> shared;
  if (facts.empty()) return shared;
  for (const std::string& fact : facts.front()) {
    const bool everywhere = std::ranges::all_of(facts, [&](const std::vector<std::string>& other) {
      return std::ranges::find(other, fact) != other.end();
    });
    if (everywhere) shared.push_back(fact);
  }
  return shared;
}

}  // namespace rehearse
