#include <algorithm>
#include <cmath>
#include <map>

#include "report/comparison.h"
#include "report/numbers.h"

namespace rehearse {
namespace {

bool differ(double a, double b) {
  return std::abs(a - b) > kNoEffect * std::max(std::abs(a), std::abs(b));
}

bool differ(const PredictedPoint& a, const PredictedPoint& b) {
  using Number = double PredictedPoint::*;
  for (const Number number : {&PredictedPoint::samples_per_s, &PredictedPoint::communication_total,
                              &PredictedPoint::epoch_time, &PredictedPoint::node_hours_per_epoch,
                              &PredictedPoint::energy_per_epoch}) {
    if (differ(a.*number, b.*number)) return true;
  }
  for (const double Quantiles::*level : {&Quantiles::p10, &Quantiles::p50, &Quantiles::p90}) {
    if (differ(a.step_time.*level, b.step_time.*level)) return true;
    if (differ(a.step_jitter.*level, b.step_jitter.*level)) return true;
  }
  return a.workers != b.workers || a.nodes != b.nodes || a.global_batch != b.global_batch ||
         differ(a.memory_total(), b.memory_total());
}

bool differ(const Prediction& a, const Prediction& b) {
  return !std::equal(
      a.points.begin(), a.points.end(), b.points.begin(), b.points.end(),
      [](const PredictedPoint& x, const PredictedPoint& y) { return !differ(x, y); });
}

// Whether two rows that differ in `key` alone predict different things.
bool has_effect(const Comparison& comparison, std::size_t key) {
  std::map<std::vector<std::string>, const Prediction*> first;  // by the values of the other keys
  for (const ComparedRow& row : comparison.rows) {
    std::vector<std::string> others = row.values;
    others[key].clear();
    const auto [place, is_new] = first.try_emplace(std::move(others), &row.prediction);
    if (!is_new && differ(*place->second, row.prediction)) return true;
  }
  return false;
}

// Keys that decide how data travels.
bool is_of_network(const std::string& key) {
  for (const char* part : {"cluster.network", "cluster.placement", "training.allreduce",
                           "cluster.nodes", "cluster.node.nics", "cluster.node.device_"}) {
    if (key.starts_with(part)) return true;
  }
  return false;
}

std::string reason(const Comparison& comparison, const std::string& key) {
  if (key == "data.bytes_per_sample") return "the reading of input is not modelled";
  if (!is_of_network(key)) return "no predicted time depends on it in this scenario";
  std::int64_t workers = 1;
  double exposed = 0;  // share of the step
  double busiest = 0;
  for (const ComparedRow& row : comparison.rows) {
    for (const PredictedPoint& point : row.prediction.points) {
      workers = std::max(workers, point.workers);
      exposed = std::max(exposed, point.breakdown.exposed_communication / point.step_time.p50);
      busiest = std::max(busiest, point.busiest_link_utilization);
    }
  }
  if (workers == 1) return "a single worker does not communicate";
  if (exposed < 0.01) {
    return "the step is bound by compute: exposed communication is at most " + percent(exposed) +
           " of it";
  }
  if (busiest < 0.5) {
    return "no link is busier than " + percent(busiest) +
           ": the step waits for compute and for the software stack of the ranks";
  }
  return "up to " + percent(exposed) +
         " of the step is exposed communication, but this key does not decide its bottleneck";
}

}  // namespace

std::vector<Warning> no_effects(const Comparison& comparison) {
  std::vector<Warning> warnings;
  for (std::size_t key = 0; key < comparison.varied.size(); ++key) {
    const bool several =
        std::any_of(comparison.rows.begin(), comparison.rows.end(), [&](const ComparedRow& row) {
          return row.values[key] != comparison.rows.front().values[key];
        });
    if (!several || has_effect(comparison, key)) continue;
    warnings.push_back({"no_effect",
                        comparison.varied[key] + " changes nothing by more than " +
                            percent(kNoEffect) + " (" + reason(comparison, comparison.varied[key]) +
                            ")",
                        {}});
  }
  return warnings;
}

}  // namespace rehearse
