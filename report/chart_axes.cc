#include "report/chart_axes.h"

#include <algorithm>
#include <cmath>

#include "base/contract.h"

namespace rehearse {

ChartPanel::Axis workers_axis(double least, double most) {
  return least < most ? ChartPanel::Axis{least, most, true}
                      : ChartPanel::Axis{least / 2, most * 2, true};
}

ChartPanel::Axis decades(double least, double most) {
  EXPECTS(0 < least && least <= most);
  const double floor = std::pow(10, std::floor(std::log10(least)));
  const double ceiling = std::pow(10, std::ceil(std::log10(most * 1.0001)));
  return {floor, std::max(ceiling, 10 * floor), true};
}

void tick_decades(ChartPanel& panel, const ChartPanel::Axis& axis,
                  const std::function<std::string(double)>& label) {
  for (double y = axis.least; y <= axis.most * 1.001; y *= 10) panel.tick_y(y, label(y));
}

double nice_step(double range) {
  EXPECTS(range > 0);
  const double power = std::pow(10, std::floor(std::log10(range)));
  for (const double factor : {0.1, 0.2, 0.5, 1.0}) {
    if (range <= 10 * factor * power) return factor * power;
  }
  return power;
}

}  // namespace rehearse
