#include "calibrate/fits/law_parameters.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/contract.h"
#include "base/stats.h"

namespace rehearse {
namespace {

// The q-quantile over the rows of amount(row) / time.
template <class Amount>
double rate_quantile(const std::vector<KernelRow>& rows, double q, Amount amount) {
  std::vector<double> rates;
  for (const KernelRow& row : rows) rates.push_back(amount(row) / row.time.value());
  return quantile(rates, q);
}

constexpr int kMostSplits = 32;

}  // namespace

std::vector<LawForm> forms_of(const std::vector<KernelRow>& rows, const DeviceFacts& facts) {
  const KernelKind kind = rows.front().query.kind();
  const bool tiles = facts.processors > 0;
  if (kind == KernelKind::convolution) {
    // Libraries of GPUs have Winograd's algorithm for all but tensor cores.
    const bool winograd = !rows.front().tensor_cores && !facts.is_cpu;
    return {{.tiles = tiles, .most_splits = kMostSplits, .winograd = winograd},
            {.tiles = tiles, .most_splits = kMostSplits, .winograd = winograd, .streams = true}};
  }
  if (kind != KernelKind::gemm || !tiles) return {{.tiles = tiles}};
  std::vector<LawForm> forms{{.tiles = false, .sharp_edge = true}};
  for (const bool sharp : {true, false}) {
    for (const bool streams : {true, false}) {
      for (const int splits : {1, kMostSplits}) {
        forms.push_back(
            {.tiles = true, .most_splits = splits, .sharp_edge = sharp, .streams = streams});
      }
    }
  }
  return forms;
}

void LawParameters::add(Name name, double start, double step, double least, double most,
                        std::size_t direction) {
  EXPECTS(least > 0 && least < most);
  parameters_.push_back({name, std::log(least), std::log(most), direction});
  for (std::vector<double>& one : starts_) {
    one.push_back(std::log(std::clamp(start, least, most)));
  }
  steps_.push_back(step);
}

void LawParameters::add_directions(const std::vector<KernelRow>& rows) {
  std::set<std::size_t> seen;
  for (const KernelRow& row : rows) seen.insert(static_cast<std::size_t>(row.query.direction));
  fixed_.direction = {0, 0, 0, 0};
  for (const std::size_t direction : seen) fixed_.direction[direction] = 1;
  // The rate is that of the first of them.
  seen.erase(seen.begin());
  for (const std::size_t direction : seen) {
    add(Name::direction, 1.1, 0.2, 0.2, 5, direction);
  }
}

LawParameters::LawParameters(const std::vector<KernelRow>& rows, const DeviceFacts& facts,
                             const LawForm& form) {
  EXPECTS(!rows.empty());
  const KernelRow& first = rows.front();
  const Precision precision = first.precision;
  fixed_.kind = first.query.kind();
  fixed_.precision = precision;
  fixed_.library = first.library;
  fixed_.processors = form.tiles ? facts.processors : 0;
  fixed_.most_splits = form.most_splits;
  fixed_.sharp_edge = form.sharp_edge;
  fixed_.streams = form.streams;
  fixed_.tensor_cores = first.tensor_cores && fixed_.kind == KernelKind::convolution;
  fixed_.register_blocks = facts.is_cpu && fixed_.kind == KernelKind::convolution;
  fixed_.rate = FlopRate(1e30);

  const bool rows_of_numbers = fixed_.kind != KernelKind::gemm &&
                               fixed_.kind != KernelKind::convolution &&
                               fixed_.kind != KernelKind::attention;
  if (!rows_of_numbers) {
    const double reached =
        rate_quantile(rows, 0.9, [](const KernelRow& row) { return flops(row.query).value(); });
    const auto& peak = facts.peak[static_cast<std::size_t>(precision)];
    // Clocks above the nominal one reach a little more than the data sheet says; Winograd's
    // algorithm counts more operations than it does.
    const double most = peak && !form.winograd ? 1.15 * peak->value() : 4 * reached;
    add(Name::rate, form.winograd ? reached / 2 : reached, 0.2, reached / 10,
        std::max(most, reached / 5));
  }
  const double streamed = rate_quantile(
      rows, 0.9, [&](const KernelRow& row) { return traffic(row.query, precision).value(); });
  // Caches serve part of the traffic.
  const double most_bandwidth =
      facts.memory_bandwidth ? 1.3 * facts.memory_bandwidth->value() : 3 * streamed;
  const double start_bandwidth =
      facts.memory_bandwidth && !rows_of_numbers ? 0.7 * facts.memory_bandwidth->value() : streamed;
  add(Name::bandwidth, start_bandwidth, 0.3, std::min(start_bandwidth, most_bandwidth) / 10,
      most_bandwidth);
  double shortest = first.time.value();
  for (const KernelRow& row : rows) shortest = std::min(shortest, row.time.value());
  add(Name::launch, std::min(0.7 * shortest, 2e-5), 0.5, 1e-7, std::max(1.2 * shortest, 2e-7));
  if (rows_of_numbers) {
    add(Name::block, 1e-9 * std::max(1.0, facts.processors), 1, 1e-12, 1e-4);
    add(Name::wide, 1.2, 0.2, 0.5, 5);
  } else if (fixed_.kind == KernelKind::attention) {
    add(Name::block, 1e-6, 1, 1e-10, 1e-3);
    add(Name::tile, 32, 0.7, 0.1, 500);
  } else if (form.tiles) {
    add(Name::tile, 20, 0.7, 0.5, 500);
    if (!fixed_.register_blocks) add(Name::ramp, 60, 0.7, 1, 2000);
  }
  if (form.winograd) add(Name::winograd, 1.6, 0.2, 1.01, 2.25);
  add_directions(rows);
  add_starts();
}

// The search ends in the nearest valley, so it begins on several sides: with a launch that explains
// nothing, with a steeper tile and less bandwidth, with more and less of Winograd's algorithm.
void LawParameters::add_starts() {
  const std::vector<double> first = starts_.front();
  const auto changed = [&](std::initializer_list<std::pair<Name, double>> steps) {
    std::vector<double> start = first;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
      for (const auto& [name, step] : steps) {
        if (parameters_[i].name == name) start[i] += step;
      }
      start[i] = std::clamp(start[i], parameters_[i].least, parameters_[i].most);
    }
    starts_.push_back(start);
  };
  changed({{Name::launch, -2}});
  changed({{Name::tile, 1.2}, {Name::bandwidth, -0.5}});
  if (fixed_.kind != KernelKind::convolution) return;
  changed({{Name::tile, -0.7}, {Name::ramp, -2}, {Name::winograd, -0.3}, {Name::rate, 0.3}});
  changed({{Name::tile, -0.7}, {Name::ramp, -2}, {Name::winograd, 0.3}});
  changed({{Name::tile, 0.7}, {Name::ramp, -2}, {Name::winograd, 0.15}, {Name::rate, -0.2}});
}

KernelLaw LawParameters::law(const std::vector<double>& numbers) const {
  KernelLaw law = fixed_;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& one = parameters_[i];
    const double value = std::exp(std::clamp(numbers[i], one.least, one.most));
    switch (one.name) {
      case Name::rate:
        law.rate = FlopRate(value);
        break;
      case Name::bandwidth:
        law.bandwidth = Bandwidth(value);
        break;
      case Name::launch:
        law.launch = Duration(value);
        break;
      case Name::tile:
        law.tile = value;
        break;
      case Name::ramp:
        law.ramp = value;
        break;
      case Name::block:
        law.block = Duration(value);
        break;
      case Name::winograd:
        law.winograd = value;
        break;
      case Name::wide:
        law.wide = value;
        break;
      case Name::direction:
        law.direction[one.direction] = value;
        break;
    }
  }
  return law;
}

double LawParameters::outside(const std::vector<double>& numbers) const {
  double sum = 0;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& one = parameters_[i];
    sum += std::max({0.0, one.least - numbers[i], numbers[i] - one.most});
  }
  return sum;
}

}  // namespace rehearse
