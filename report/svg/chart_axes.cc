#include "report/svg/chart_axes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/contract.h"
#include "base/numbers.h"
#include "base/quantity_text.h"

namespace rehearse {
namespace {

constexpr double kRounding = 1e-9;  // relative
constexpr std::size_t kFewTicks = 4;
constexpr std::array kNice{1.0, 2.0, 5.0, 10.0};

double power_below(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  return power * 10 <= value * (1 + kRounding) ? power * 10 : power;
}

}  // namespace

ChartPanel::Axis workers_axis(double least, double most) {
  return least < most ? ChartPanel::Axis{least, most, true}
                      : ChartPanel::Axis{least / 2, most * 2, true};
}

ChartPanel::Axis log_axis(double least, double most) {
  EXPECTS(0 < least && least <= most);
  double floor = power_below(least);
  for (const double nice : {5.0, 2.0}) {
    if (nice * floor <= least * (1 + kRounding)) {
      floor *= nice;
      break;
    }
  }
  const double power = power_below(most);
  double ceiling = 10 * power;
  for (const double nice : kNice) {
    if (nice * power >= most * (1 - kRounding) && nice * power > floor * (1 + kRounding)) {
      ceiling = nice * power;
      break;
    }
  }
  return {floor, ceiling, true};
}

std::vector<double> log_ticks(const ChartPanel::Axis& axis) {
  const int first = static_cast<int>(std::floor(std::log10(axis.least) + kRounding));
  const int last = static_cast<int>(std::ceil(std::log10(axis.most) - kRounding));
  const auto collect = [&](const std::vector<double>& factors, int every) {
    std::vector<double> ticks;
    for (int power = first; power <= last; power += every) {
      for (const double factor : factors) {
        const double value = factor * std::pow(10, power);
        const bool inside =
            value >= axis.least * (1 - kRounding) && value <= axis.most * (1 + kRounding);
        if (inside) ticks.push_back(value);
      }
    }
    return ticks;
  };
  std::vector<double> ticks = collect({1, 2, 5}, 1);
  if (ticks.size() < kFewTicks) return collect({1, 1.5, 2, 3, 4, 5, 7}, 1);
  for (int every = 1; ticks.size() > kMostTicks; ++every) ticks = collect({1}, every);
  return ticks;
}

ChartPanel::Axis linear_axis(double most) {
  EXPECTS(most > 0);
  const double step = nice_step(most);
  return {0, step * std::ceil(most / step * (1 - kRounding)), false};
}

std::vector<double> linear_ticks(const ChartPanel::Axis& axis) {
  const double step = nice_step(axis.most - axis.least);
  std::vector<double> ticks;
  for (int i = 0; axis.least + i * step <= axis.most + step * 1e-6; ++i) {
    ticks.push_back(axis.least + i * step);
  }
  return ticks;
}

ChartPanel::Axis value_axis(double least, double most, double fallback) {
  if (!(most > 0)) return {0, fallback, false};
  return least > 0 && most > 10 * least ? log_axis(least, most) : linear_axis(most);
}

ChartPanel::Axis efficiency_axis(double least, double most) {
  return {least, std::max(1.0, std::ceil(most * 20 * (1 - kRounding)) / 20), false};
}

void tick_values(ChartPanel& panel, const ChartPanel::Axis& axis,
                 const std::function<std::string(double)>& label) {
  for (const double y : axis.logarithmic ? log_ticks(axis) : linear_ticks(axis)) {
    panel.tick_y(y, label(y));
  }
}

void tick_efficiencies(ChartPanel& panel, const ChartPanel::Axis& axis) {
  const double step = std::max(0.02, nice_step(axis.most - axis.least));
  for (int i = 0; axis.least + i * step <= axis.most + 1e-6; ++i) {
    const double y = axis.least + i * step;
    panel.tick_y(y, tick_number(100 * y) + " %");
  }
}

double nice_step(double range) {
  EXPECTS(range > 0);
  const double power = std::pow(10, std::floor(std::log10(range)));
  for (const double factor : {0.1, 0.2, 0.5, 1.0}) {
    if (range <= 10 * factor * power) return factor * power;
  }
  return power;
}

std::string whole(const std::string& quantity) {
  const std::size_t point = quantity.find('.');
  const std::size_t end = std::min(quantity.find(' '), quantity.size());
  if (point >= end) return quantity;
  const std::size_t last = quantity.find_last_not_of('0', end - 1);
  return quantity.substr(0, last == point ? point : last + 1) + quantity.substr(end);
}

std::string tick_number(double value) {
  if (value >= 1e10) return grouped(value / 1e9) + " G";
  if (value >= 1e7) return grouped(value / 1e6) + " M";
  if (value >= 10) return grouped(value);
  return value > 0 ? whole(significant(value, 3)) : "0";
}

std::string tick_time(double seconds) {
  return seconds > 0 ? whole(to_text(Duration(seconds))) : "0";
}

std::string tick_rate(double bytes_per_s) {
  return bytes_per_s > 0 ? whole(to_text(Bandwidth(bytes_per_s))) : "0";
}

}  // namespace rehearse
