#include "calibrate/fits/library_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <tuple>

#include "base/contract.h"
#include "base/error.h"
#include "base/stats.h"
#include "calibrate/fits/nelder_mead.h"
#include "calibrate/fits/table_prices.h"

namespace rehearse {
namespace {

// Beyond twice the error a row pulls no harder.
constexpr double kHuber = 2;
// As many rows of a table are independent.
constexpr double kRowsPerTable = 4;
constexpr double kLarge = 1024.0 * 1024;  // bytes; below it latency rules
constexpr double kNormalTenth = 1.2816;   // four of five of a normal distribution lie within

// Tables of other numbers of nodes lie so many times as far from the formulas as those that were
// fitted: stacks fitted to 2 nodes of Polaris and ABCI, on 4 and 8 nodes.
constexpr double kOtherNodes = 1.5;

void scale(std::array<Duration, 3>& latency, double factor) {
  for (Duration& one : latency) one = one * factor;
}

struct Parameter {
  std::string key;
  double prior = 0;  // sigma of ln
  std::function<void(CollectiveLibrary&, double)> scale;
};

// Those on which the tables bear.
std::vector<Parameter> parameters_of(const StackProfile& start,
                                     const std::vector<MeasuredTable>& tables,
                                     const LibraryFitOptions& options) {
  bool one_node = false;
  bool several = false;
  bool inside_of_several = false;
  bool converging = false;
  bool reduces_on_one_node = false;
  for (const MeasuredTable& table : tables) {
    (table.one_node() ? one_node : several) = true;
    if (table.one_node() && table.operation == Operation::all_reduce) reduces_on_one_node = true;
    if (table.one_node()) continue;
    if (table.ranks_per_node > 1) inside_of_several = true;
    if (table.operation == Operation::all_to_all) converging = true;
  }
  std::vector<Parameter> list;
  const auto add = [&](bool wanted, const char* key, double prior, auto change) {
    if (wanted) list.push_back({key, prior, change});
  };
  const double bandwidth = options.bandwidth_prior;
  const double latency = options.latency_prior;
  // The ranks of MPI on a node share its memory; NCCL's are slowed by their NICs.
  const bool mpi = !start.library->is_nccl();
  add(one_node || (mpi && inside_of_several), "inside.channel_bandwidth", bandwidth,
      [](CollectiveLibrary& l, double f) {
        l.inside->channel_bandwidth = l.inside->channel_bandwidth * f;
      });
  add(one_node || inside_of_several, "inside.latency", latency,
      [](CollectiveLibrary& l, double f) { scale(l.inside->latency, f); });
  add(reduces_on_one_node && start.library->inside->switch_adders.has_value(),
      "inside.switch_adders", bandwidth, [](CollectiveLibrary& l, double f) {
        l.inside->switch_adders = *l.inside->switch_adders * f;
      });
  add(start.library->is_nccl(), "launch", latency,
      [](CollectiveLibrary& l, double f) { l.launch = l.launch.value_or(Duration(6.6e-6)) * f; });
  add(several, "nic.channel_bandwidth", bandwidth, [](CollectiveLibrary& l, double f) {
    l.nic->channel_bandwidth = l.nic->channel_bandwidth * f;
  });
  add(several, "nic.latency", latency,
      [](CollectiveLibrary& l, double f) { scale(l.nic->latency, f); });
  add(converging, "nic.converging", bandwidth, [](CollectiveLibrary& l, double f) {
    l.nic->converging = std::min(1.0, l.nic->converging * f);
  });
  add(one_node && start.library->inside->half_bandwidth > Bytes(0), "inside.half_bandwidth",
      options.half_prior, [](CollectiveLibrary& l, double f) {
        l.inside->half_bandwidth = l.inside->half_bandwidth * f;
      });
  add(several && start.library->nic->half_bandwidth > Bytes(0), "nic.half_bandwidth",
      options.half_prior,
      [](CollectiveLibrary& l, double f) { l.nic->half_bandwidth = l.nic->half_bandwidth * f; });
  return list;
}

StackProfile changed(const StackProfile& start, const std::vector<Parameter>& parameters,
                     const std::vector<double>& logs) {
  StackProfile stack = start;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    parameters[p].scale(*stack.library, std::exp(logs[p]));
  }
  return stack;
}

double huber(double x) {
  const double size = std::abs(x);
  return size <= kHuber ? x * x : kHuber * (2 * size - kHuber);
}

class Objective {
 public:
  Objective(const StackProfile& start, const std::vector<MeasuredTable>& tables,
            const LibraryFitOptions& options)
      : start_(start),
        tables_(tables),
        options_(options),
        parameters(parameters_of(start, tables, options)) {
    for (const MeasuredTable& table : tables) {
      const auto key =
          std::tuple(table.machine, table.operation, table.ranks, table.ranks_per_node);
      auto& prices = known_[key];
      if (!prices) {
        prices = std::make_shared<TablePrices>(*table.machine, table.operation, table.ranks,
                                               table.ranks_per_node);
      }
      prices_.push_back(prices);
    }
  }

  // ln(formula / measured) of all rows.
  std::vector<std::vector<double>> deviations(const StackProfile& stack) {
    std::vector<std::vector<double>> all;
    for (std::size_t t = 0; t < tables_.size(); ++t) {
      std::vector<double> one;
      for (const CollectiveLog::Row& row : tables_[t].rows) {
        one.push_back(std::log(prices_[t]->time(stack, row.bytes) / row.seconds));
      }
      all.push_back(std::move(one));
    }
    return all;
  }

  double operator()(const std::vector<double>& logs) {
    double sum = 0;
    for (const std::vector<double>& table : deviations(at(logs))) {
      double rows = 0;
      for (const double e : table) rows += huber(e / options_.row_error);
      sum += rows * weight(table.size());
    }
    for (std::size_t p = 0; p < logs.size(); ++p) {
      const double away = logs[p] / prior(p);
      sum += away * away;
    }
    return sum;
  }

  [[nodiscard]] StackProfile at(const std::vector<double>& logs) const {
    return changed(start_, parameters, logs);
  }
  [[nodiscard]] double prior(std::size_t p) const { return parameters[p].prior; }
  [[nodiscard]] static double weight(std::size_t rows) {
    return std::min(1.0, kRowsPerTable / static_cast<double>(rows));
  }

 private:
  const StackProfile& start_;
  const std::vector<MeasuredTable>& tables_;
  const LibraryFitOptions& options_;
  using Key = std::tuple<const Scenario*, Operation, int, int>;
  std::map<Key, std::shared_ptr<TablePrices>> known_;
  std::vector<std::shared_ptr<TablePrices>> prices_;

 public:
  const std::vector<Parameter> parameters;
};

// Standard errors of the parameters, from the curvature at the least.
std::vector<double> standard_errors(Objective& objective, const std::vector<double>& logs,
                                    double row_error) {
  constexpr double kStep = 0.02;
  const auto size = static_cast<Eigen::Index>(logs.size());
  std::vector<std::vector<std::vector<double>>> slopes;
  for (std::size_t p = 0; p < logs.size(); ++p) {
    std::vector<double> up = logs;
    std::vector<double> down = logs;
    up[p] += kStep;
    down[p] -= kStep;
    auto high = objective.deviations(objective.at(up));
    const auto low = objective.deviations(objective.at(down));
    for (std::size_t t = 0; t < high.size(); ++t) {
      for (std::size_t i = 0; i < high[t].size(); ++i) {
        high[t][i] = (high[t][i] - low[t][i]) / (2 * kStep);
      }
    }
    slopes.push_back(std::move(high));
  }
  Eigen::MatrixXd precision = Eigen::MatrixXd::Zero(size, size);
  for (Eigen::Index a = 0; a < size; ++a) {
    const double prior = objective.prior(static_cast<std::size_t>(a));
    precision(a, a) += 1 / (prior * prior);
    for (Eigen::Index b = 0; b < size; ++b) {
      const auto& one = slopes[static_cast<std::size_t>(a)];
      const auto& other = slopes[static_cast<std::size_t>(b)];
      for (std::size_t t = 0; t < one.size(); ++t) {
        double sum = 0;
        for (std::size_t i = 0; i < one[t].size(); ++i) sum += one[t][i] * other[t][i];
        precision(a, b) += Objective::weight(one[t].size()) * sum / (row_error * row_error);
      }
    }
  }
  const Eigen::MatrixXd covariance = precision.inverse();
  std::vector<double> errors;
  for (Eigen::Index p = 0; p < size; ++p) errors.push_back(std::sqrt(covariance(p, p)));
  return errors;
}

// What holds four of five of the rows that are meant, as a standard error; 0 without rows.
double dispersion(const std::vector<MeasuredTable>& tables, const std::vector<TableErrors>& errors,
                  bool one_node, bool large) {
  std::vector<double> sizes;
  for (std::size_t t = 0; t < tables.size(); ++t) {
    if (tables[t].one_node() != one_node) continue;
    for (std::size_t i = 0; i < tables[t].rows.size(); ++i) {
      if ((tables[t].rows[i].bytes >= kLarge) != large) continue;
      sizes.push_back(std::abs(std::log1p(errors[t].after[i])));
    }
  }
  return sizes.empty() ? 0 : quantile(sizes, 0.8) / kNormalTenth;
}

void set_errors(LibraryFit& fit, const std::vector<MeasuredTable>& tables) {
  const auto known_to = [&](const std::string& key) {
    for (const FittedFactor& one : fit.factors) {
      if (one.key == key) return one.relative_error;
    }
    return 0.0;
  };
  const auto set = [&](StackLevel& level, const std::string& name, bool one_node) {
    const double nodes = one_node ? 1 : kOtherNodes;
    const double large = nodes * dispersion(tables, fit.tables, one_node, true);
    const double small = nodes * dispersion(tables, fit.tables, one_node, false);
    const auto renew = [&](std::optional<double>& error, double seen, const std::string& key) {
      // What no row of its own says stays at least as uncertain as it was.
      const double least = seen > 0 ? seen : error.value_or(0);
      const double known = std::max(least, known_to(name + key));
      if (known > 0) error = known;
    };
    renew(level.bandwidth_rel_error, large, ".channel_bandwidth");
    renew(level.latency_rel_error, small, ".latency");
  };
  set(*fit.stack.library->inside, "inside", true);
  set(*fit.stack.library->nic, "nic", false);
}

}  // namespace

namespace {

// Nothing tells how much faster than its link a channel would be.
void cap_at_links(const std::vector<MeasuredTable>& tables, CollectiveLibrary& library) {
  const auto cap = [](StackLevel& level, Bandwidth link) {
    const double over = level.bandwidth() / link;
    if (over > 1) level.channel_bandwidth = level.channel_bandwidth * (1 / over);
  };
  for (const MeasuredTable& table : tables) {
    const Scenario& machine = *table.machine;
    if (machine.node.devices > 1) cap(*library.inside, machine.node.device.bandwidth);
    if (!table.one_node()) cap(*library.nic, machine.network.injection.bandwidth);
  }
}

}  // namespace

LibraryFit fit_library(const StackProfile& start, const std::vector<MeasuredTable>& tables,
                       const LibraryFitOptions& options) {
  if (!start.library || !start.library->has_levels()) {
    throw Error::input("the stack '" + start.name + "' has no levels", "there is nothing to fit",
                       "name a stack with 'inside' and 'nic'");
  }
  Objective objective(start, tables, options);
  const std::size_t size = objective.parameters.size();
  if (size == 0) throw Error::input("no table bears on the stack", "", "give tables with rows");
  NelderMeadOptions search;
  search.most_evaluations = options.most_evaluations;
  search.smallest_step = 1e-3;
  LibraryFit fit;
  const std::function<double(const std::vector<double>&)> counted =
      [&](const std::vector<double>& logs) {
        ++fit.evaluations;
        return objective(logs);
      };
  std::vector<double> best(size, 0);
  // A second search from where the first ended, since simplices collapse.
  for (const double step : {0.2, 0.05}) {
    best = nelder_mead(counted, best, std::vector<double>(size, step), search);
  }
  fit.objective = objective(best);
  fit.stack = objective.at(best);
  cap_at_links(tables, *fit.stack.library);
  const std::vector<double> errors = standard_errors(objective, best, options.row_error);
  for (std::size_t p = 0; p < size; ++p) {
    fit.factors.push_back({objective.parameters[p].key, std::exp(best[p]), errors[p]});
  }
  const auto before = objective.deviations(start);
  const auto after = objective.deviations(fit.stack);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    TableErrors one{tables[t].name, {}, {}};
    for (const double e : before[t]) one.before.push_back(std::expm1(e));
    for (const double e : after[t]) one.after.push_back(std::expm1(e));
    fit.tables.push_back(std::move(one));
  }
  set_errors(fit, tables);
  return fit;
}

std::vector<double> table_errors(const StackProfile& stack, const MeasuredTable& table) {
  TablePrices prices(*table.machine, table.operation, table.ranks, table.ranks_per_node);
  std::vector<double> errors;
  for (const CollectiveLog::Row& row : table.rows) {
    errors.push_back(prices.time(stack, row.bytes) / row.seconds - 1);
  }
  return errors;
}

std::vector<double> table_spreads(const StackProfile& stack, const MeasuredTable& table) {
  constexpr double kStep = 0.05;
  TablePrices prices(*table.machine, table.operation, table.ranks, table.ranks_per_node);
  StackProfile slower = stack;  // since links cap what is faster
  StackProfile later = stack;
  const StackLevel& drawn = table.one_node() ? *stack.library->inside : *stack.library->nic;
  // As what is drawn is the rate of both levels, and the latency of all steps and of launching.
  for (StackLevel* level : {&*slower.library->inside, &*slower.library->nic}) {
    level->channel_bandwidth = level->channel_bandwidth * std::exp(-kStep);
    level->converging *= std::exp(-kStep);
    if (level->switch_adders) level->switch_adders = *level->switch_adders * std::exp(-kStep);
  }
  for (StackLevel* level : {&*later.library->inside, &*later.library->nic}) {
    scale(level->latency, std::exp(kStep));
  }
  later.library->launch = later.library->launch.value_or(Duration(6.6e-6)) * std::exp(kStep);
  const double bandwidth = drawn.bandwidth_rel_error.value_or(0);
  const double latency = drawn.latency_rel_error.value_or(0);
  std::vector<double> spreads;
  for (const CollectiveLog::Row& row : table.rows) {
    const double time = prices.time(stack, row.bytes);
    const double by_rate = std::log(prices.time(slower, row.bytes) / time) / kStep;
    const double by_latency = std::log(prices.time(later, row.bytes) / time) / kStep;
    spreads.push_back(std::hypot(by_rate * bandwidth, by_latency * latency));
  }
  return spreads;
}

}  // namespace rehearse
