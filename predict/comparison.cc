#include "predict/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/numbers.h"

namespace rehearse {
namespace {

// A link that carries bytes for this share of the time of all communication limits it.
constexpr double kBusy = 0.8;

bool differ(double a, double b) {
  return std::abs(a - b) > kNoEffect * std::max(std::abs(a), std::abs(b));
}

// Of scenarios with faults or a target.
bool differ_in_the_end(const PredictedPoint& a, const PredictedPoint& b) {
  if (a.to_target.has_value() != b.to_target.has_value()) return true;
  if (a.to_target) {
    if (differ(a.to_target->samples, b.to_target->samples)) return true;
    if (differ(a.to_target->time.p50, b.to_target->time.p50)) return true;
  }
  return a.goodput.has_value() != b.goodput.has_value() ||
         differ(a.goodput.value_or(1), b.goodput.value_or(1)) ||
         a.staleness.has_value() != b.staleness.has_value() ||
         (a.staleness && differ(a.staleness->mean, b.staleness->mean));
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
  if (differ_in_the_end(a, b)) return true;
  return a.workers != b.workers || a.nodes != b.nodes || a.global_batch != b.global_batch ||
         differ(a.memory.total().value(), b.memory.total().value());
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
  for (const char* part :
       {"cluster.network", "cluster.placement", "cluster.mapping", "training.allreduce",
        "cluster.nodes", "cluster.node.nics", "cluster.node.device_"}) {
    if (key.starts_with(part)) return true;
  }
  return false;
}

// Where a link is, as far as a reason asks.
enum class Position { inside_node, injection, between_switches };

Position position_of(LinkClass cls) {
  switch (cls) {
    case LinkClass::intra_node:
      return Position::inside_node;
    case LinkClass::injection:
      return Position::injection;
    default:
      return Position::between_switches;
  }
}

// What the network does in all points of all rows.
struct Use {
  std::int64_t workers = 1;
  double exposed = 0;                   // the most, share of the step
  double busy_while_communicating = 0;  // the most, of the busiest link
  std::optional<Position> always;       // of the busiest link; none if it differs
  std::string busiest;                  // of the point with the busiest link
};

Use use_of(const Comparison& comparison) {
  Use use;
  double most = -1;
  std::set<Position> positions;
  for (const ComparedRow& row : comparison.rows) {
    for (const PredictedPoint& point : row.prediction.points) {
      if (point.workers == 1) continue;
      use.workers = std::max(use.workers, point.workers);
      use.exposed =
          std::max(use.exposed,
                   point.breakdown[StepPhase::exposed_communication].value() / point.step_time.p50);
      positions.insert(position_of(point.busiest_link_class));
      if (point.communication_total > 0) {
        use.busy_while_communicating = std::max(
            use.busy_while_communicating,
            point.busiest_link_utilization * point.step_time.p50 / point.communication_total);
      }
      if (point.busiest_link_utilization > most) {
        most = point.busiest_link_utilization;
        use.busiest = point.busiest_link;
      }
    }
  }
  if (positions.size() == 1) use.always = *positions.begin();
  return use;
}

std::string reason(const Comparison& comparison, const std::string& key) {
  if (key == "data.bytes_per_sample" || key == "data.preparation" ||
      key.starts_with("cluster.storage") || key == "cluster.node.cores") {
    return "samples are ready before they are needed";
  }
  if (!is_of_network(key)) return "no predicted time depends on it in this scenario";
  if (key == "cluster.node.nics") {
    for (const ComparedRow& row : comparison.rows) {
      for (const Warning& warning : row.prediction.warnings) {
        if (warning.code == "idle_nics") return warning.what;
      }
    }
  }
  const Use use = use_of(comparison);
  if (use.workers == 1) return "a single worker does not communicate";
  if (use.exposed < 0.01) {
    return "the step is bound by compute: exposed communication is at most " +
           percent(use.exposed) + " of it";
  }
  const std::string exposed =
      "up to " + percent(use.exposed) + " of the step is exposed communication, but ";
  // While all communication is under way, exposed or hidden, a link that decides its speed is busy.
  if (use.busy_while_communicating < kBusy) {
    return exposed + "the busiest link, " + use.busiest + ", is in use for at most " +
           percent(use.busy_while_communicating) +
           " of that time: the limit is each stream of the software stack (stream_bandwidth) and "
           "the "
           "latency of its steps, which this key leaves alone";
  }
  if (use.always == Position::injection) {
    return exposed +
           "its bottleneck is injection: the busiest link is one between a node and its "
           "switch (" +
           use.busiest + "), which this key leaves alone";
  }
  if (use.always == Position::inside_node) {
    return exposed + "its bottleneck is inside the nodes (" + use.busiest +
           "), which this key leaves alone";
  }
  return exposed + "this key does not decide its bottleneck, " + use.busiest;
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

std::vector<Warning> unpriced_parts(const Comparison& comparison) {
  std::set<std::string> parts;
  for (const ComparedRow& row : comparison.rows) {
    if (row.network && !row.network->cost.unpriced.empty())
      parts.insert(row.network->cost.unpriced);
  }
  std::vector<Warning> warnings;
  for (const std::string& part : parts) {
    warnings.push_back({"unpriced", "the price list has no price for " + part, {}});
  }
  return warnings;
}

}  // namespace rehearse
