// The head of a chart: its title, and what was assumed for it.
#pragma once

#include <string>
#include <vector>

#include "base/svg_page.h"
#include "scenarios/scenario.h"

namespace rehearse {

inline constexpr double kChartMargin = 20;

// Title and the facts under it, broken into lines as wide as the page. Returns the y of the last
// line.
double draw_heading(SvgPage& page, const std::string& title, const std::vector<std::string>& facts);

// Model, batch, devices, network and stack of a scenario, in a few words each.
std::vector<std::string> chart_facts(const Scenario& scenario);

// The facts that all scenarios share.
std::vector<std::string> shared_facts(const std::vector<std::vector<std::string>>& facts);

}  // namespace rehearse
