#include "calibrate/fits/kernel_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "base/contract.h"
#include "base/stats.h"
#include "calibrate/fits/law_parameters.h"
#include "calibrate/fits/nelder_mead.h"

namespace rehearse {
namespace {

constexpr std::size_t kLeastRows = 8;
constexpr std::size_t kManyRows = 300;
constexpr std::size_t kFolds = 4;
constexpr std::size_t kMostInSearch = 500;  // of more rows every second, third, …

using Rows = std::vector<KernelRow>;

double error_of(const KernelLaw& law, const KernelRow& row) {
  return std::log(row.time / law.formula(row.query));
}

// Kernels of microseconds count less: what they miss in relation is little in time.
double weight_of(const KernelRow& row) {
  constexpr Duration kShort(5e-6);
  return row.time / (row.time + kShort);
}

// What a fit minimises, of one row.
double loss(KernelKind kind, double error) {
  if (kind == KernelKind::convolution) return std::log1p(error * error / (0.15 * 0.15));
  return std::sqrt(error * error + 0.05 * 0.05);
}

Rows every(const Rows& rows, std::size_t step) {
  Rows some;
  for (std::size_t i = 0; i < rows.size(); i += step) some.push_back(rows[i]);
  return some;
}

KernelLaw fit_form(const Rows& all, const DeviceFacts& facts, const LawForm& form) {
  const Rows rows = every(all, 1 + all.size() / kMostInSearch);
  const LawParameters parameters(rows, facts, form);
  const KernelKind kind = rows.front().query.kind();
  const auto objective = [&](const std::vector<double>& numbers) {
    const KernelLaw law = parameters.law(numbers);
    double sum = 0;
    for (const KernelRow& row : rows) sum += weight_of(row) * loss(kind, error_of(law, row));
    return sum / static_cast<double>(rows.size()) + parameters.outside(numbers);
  };
  std::vector<double> best;
  double least = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& start : parameters.starts()) {
    const std::vector<double> found =
        nelder_mead(objective, start, parameters.steps(), {.most_evaluations = 600});
    const double value = objective(found);
    if (value >= least) continue;
    least = value;
    best = found;
  }
  // A simplex that has collapsed begins anew.
  best = nelder_mead(objective, best, parameters.steps(), {.most_evaluations = 400});
  return parameters.law(best);
}

struct LeftOut {
  std::vector<double> errors, distances;  // distances: where residuals are interpolated
};

ResidualTable residuals_of(const KernelLaw& law, const Rows& rows, const ResidualWeights& weights) {
  std::vector<ResidualEntry> entries;
  for (const KernelRow& row : rows) {
    const double error = std::round(1000 * error_of(law, row)) / 1000;
    entries.push_back({row.query, std::clamp(error, -5.0, 5.0)});
  }
  return {law.kind, std::move(entries), weights};
}

// The errors of rows that law and residuals have not seen: a cross-validation of so many folds.
LeftOut errors_unseen(const Rows& rows, const DeviceFacts& facts, const LawForm& form,
                      std::size_t folds, const std::optional<ResidualWeights>& weights = {}) {
  LeftOut out;
  out.errors.resize(rows.size());
  if (weights) out.distances.resize(rows.size());
  for (std::size_t fold = 0; fold < folds; ++fold) {
    Rows seen;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (i % folds != fold) seen.push_back(rows[i]);
    }
    const KernelLaw law = fit_form(seen, facts, form);
    ResidualTable table;
    if (weights) table = residuals_of(law, seen, *weights);
    for (std::size_t i = fold; i < rows.size(); i += folds) {
      const ResidualTable::Found found = table.at(rows[i].query);
      out.errors[i] = error_of(law, rows[i]) - found.residual;
      if (weights) out.distances[i] = found.distance;
    }
  }
  return out;
}

// What forms and residuals are chosen by. Errors above a factor of 1.6 count as that: they are of
// shapes that no form explains.
double mean_loss(const Rows& rows, const std::vector<double>& errors) {
  const KernelKind kind = rows.front().query.kind();
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sum += weight_of(rows[i]) * loss(kind, std::min(0.5, std::abs(errors[i])));
  }
  return sum / static_cast<double>(rows.size());
}

double rounded(double value) {
  if (value == 0) return 0;
  const double unit = std::pow(10, std::floor(std::log10(std::abs(value))) - 2);
  return std::round(value / unit) * unit;
}

// To what a file keeps.
void round_parameters(KernelLaw& law) {
  law.rate = FlopRate(rounded(law.rate.value()));
  law.bandwidth = Bandwidth(rounded(law.bandwidth.value()));
  law.launch = Duration(rounded(law.launch.value()));
  law.block = Duration(rounded(law.block.value()));
  for (double* number : {&law.tile, &law.ramp, &law.winograd, &law.wide, &law.direction[0],
                         &law.direction[1], &law.direction[2], &law.direction[3]}) {
    *number = rounded(*number);
  }
}

// The errors of each row when its shape is left out of the residuals.
LeftOut errors_left_out(const KernelLaw& law, const Rows& rows, const ResidualTable& table) {
  LeftOut out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const ResidualTable::Found found = table.at(rows[i].query, i);
    out.errors.push_back(error_of(law, rows[i]) - found.residual);
    out.distances.push_back(found.distance);
  }
  return out;
}

// Puts residuals into the law where they help; the errors that are left.
LeftOut add_residuals(KernelLaw& law, const Rows& rows) {
  std::vector<double> plain;
  for (const KernelRow& row : rows) plain.push_back(error_of(law, row));
  LeftOut best;
  double least = mean_loss(rows, plain);
  for (const double width : {0.15, 0.3, 0.6, 1.2}) {
    for (const double weight : {0.03, 0.1, 0.3, 1.0, 3.0}) {
      ResidualTable table = residuals_of(law, rows, {width, weight});
      LeftOut out = errors_left_out(law, rows, table);
      const double size = mean_loss(rows, out.errors);
      if (size >= least) continue;
      least = size;
      best = std::move(out);
      law.residuals = std::move(table);
    }
  }
  return best;
}

// A tenth lies below and a tenth above; somewhat more is taken since parameters were fitted too.
KernelSpread spread_of(const std::vector<double>& errors, double wider) {
  constexpr double kTail = 0.085;
  return {std::min(0.0, std::round(1000 * wider * quantile(errors, kTail)) / 1000),
          std::max(0.0, std::round(1000 * wider * quantile(errors, 1 - kTail)) / 1000)};
}

// The weights of residuals were chosen by the same kernels, which tells the more the fewer they
// are: 1 + 1.5 / sqrt(rows) was seen on held-out kernels of the published tables.
double widening(const KernelLaw& law, const Rows& rows) {
  return law.residuals.empty() ? 1 : 1 + 1.5 / std::sqrt(static_cast<double>(rows.size()));
}

void add_spreads(KernelLaw& law, const Rows& rows, const LeftOut& left) {
  law.near = left.distances.empty() ? 0 : rounded(quantile(left.distances, 0.5));
  constexpr std::size_t kEnough = 12;
  for (const bool is_near : {true, false}) {
    for (std::size_t size = 0; size < 2; ++size) {
      std::vector<double> of_class, of_size;
      for (std::size_t i = 0; i < rows.size(); ++i) {
        if (size_class(rows[i].query) != size) continue;
        of_size.push_back(left.errors[i]);
        if (left.distances.empty() || (left.distances[i] <= law.near) == is_near) {
          of_class.push_back(left.errors[i]);
        }
      }
      const std::vector<double>& enough = of_class.size() >= kEnough  ? of_class
                                          : of_size.size() >= kEnough ? of_size
                                                                      : left.errors;
      (is_near ? law.spread_near : law.spread_far)[size] = spread_of(enough, widening(law, rows));
    }
  }
}

void add_range(KernelLaw& law, const Rows& rows) {
  law.least_flops = law.most_flops = flops(rows.front().query);
  for (const KernelRow& row : rows) {
    law.least_flops = std::min(law.least_flops, flops(row.query));
    law.most_flops = std::max(law.most_flops, flops(row.query));
  }
  law.rows = static_cast<std::int64_t>(rows.size());
}

bool may_interpolate(KernelKind kind) {
  return kind == KernelKind::gemm || kind == KernelKind::convolution ||
         kind == KernelKind::attention;
}

}  // namespace

DeviceFacts facts_of(const DeviceProfile& device) {
  return {.processors = device.processors,
          .is_cpu = device.kind == DeviceKind::cpu,
          .peak = device.peak,
          .memory_bandwidth = device.memory_bandwidth};
}

KernelLaw fit_kernel_law(const std::vector<KernelRow>& rows, const DeviceFacts& facts,
                         bool interpolate) {
  EXPECTS(rows.size() >= kFolds);
  const KernelKind kind = rows.front().query.kind();
  LeftOut left;
  LawForm best;
  double least = std::numeric_limits<double>::infinity();
  for (const LawForm& form : forms_of(rows, facts)) {
    LeftOut out = errors_unseen(rows, facts, form, kFolds);
    const double size = mean_loss(rows, out.errors);
    if (size >= least) continue;
    least = size;
    best = form;
    left = std::move(out);
  }
  KernelLaw law = fit_form(rows, facts, best);
  round_parameters(law);
  if (interpolate && may_interpolate(kind)) {
    LeftOut out = add_residuals(law, rows);
    constexpr std::size_t kMany = 600;  // parameters that hardly depend on one row
    if (!law.residuals.empty()) {
      constexpr std::size_t kMoreFolds = 10;
      left = rows.size() > kMany
                 ? std::move(out)
                 : errors_unseen(rows, facts, best, kMoreFolds, law.residuals.weights());
    }
  }
  add_spreads(law, rows, left);
  add_range(law, rows);
  return law;
}

KernelFit fit_kernels(const std::vector<KernelRow>& rows, const DeviceFacts& facts,
                      const std::string& source) {
  using Group = std::tuple<KernelKind, Precision, std::string>;
  std::map<Group, Rows> groups;
  for (const KernelRow& row : rows) {
    Rows& group = groups[{row.query.kind(), row.precision, row.library}];
    if (!row.held_out) group.push_back(row);
  }
  KernelFit fit;
  for (const auto& [group, members] : groups) {
    const auto& [kind, precision, library] = group;
    if (members.size() < kLeastRows) {
      fit.too_few.push_back(std::string(kKernelKindNames.text(kind)) + " " +
                            std::string(to_text(precision)) + " " + library + ": " +
                            std::to_string(members.size()) + " rows");
      continue;
    }
    fit.laws.laws.push_back(fit_kernel_law(members, facts, rows.size() > kManyRows));
    fit.laws.laws.back().source = source;
  }
  return fit;
}

Duration Roofline::time(const KernelQuery& query, Precision precision) const {
  return launch + std::max(flops(query) / rate, traffic(query, precision) / bandwidth);
}

Roofline fit_roofline(const std::vector<KernelRow>& rows, const DeviceFacts& facts) {
  EXPECTS(!rows.empty());
  const Precision precision = rows.front().precision;
  const auto& peak = facts.peak[static_cast<std::size_t>(precision)];
  EXPECTS(peak && facts.memory_bandwidth);
  Roofline best;
  double least = std::numeric_limits<double>::infinity();
  for (const double launch : {0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 18.0, 25.0, 35.0, 50.0}) {
    for (int flop_share = 4; flop_share <= 20; ++flop_share) {
      for (int byte_share = 2; byte_share <= 10; ++byte_share) {
        const Roofline one{Duration(launch * 1e-6), *peak * (0.05 * flop_share),
                           *facts.memory_bandwidth * (0.1 * byte_share)};
        double sum = 0;
        for (const KernelRow& row : rows) {
          sum += std::abs(std::log(one.time(row.query, precision) / row.time));
        }
        if (sum >= least) continue;
        least = sum;
        best = one;
      }
    }
  }
  return best;
}

}  // namespace rehearse
