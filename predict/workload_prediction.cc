#include "predict/workload_prediction.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "base/contract.h"
#include "base/error.h"
#include "predict/collective.h"

namespace rehearse {
namespace {

// Entries that differ in nothing but their bytes are predicted together.
using Shape = std::tuple<Operation, std::int64_t, std::int64_t>;  // operation, group, stride

Shape shape_of(const CollectiveWorkload& entry) {
  return {entry.operation, entry.group, entry.stride};
}

std::int64_t members_per_node(const Scenario& scenario, std::int64_t ranks,
                              const CollectiveWorkload& entry) {
  const std::int64_t devices = scenario.node.devices;
  if (entry.group == 0) return std::min(devices, ranks);
  return std::min(entry.group, (devices + entry.stride - 1) / entry.stride);
}

CollectiveQuestion question_of(const Scenario& scenario, std::int64_t ranks,
                               const CollectiveWorkload& entry, int jobs) {
  CollectiveQuestion question;
  question.scenario = &scenario;
  question.operation = entry.operation;
  question.ranks = static_cast<int>(entry.group == 0 ? ranks : entry.group);
  question.ranks_per_node = static_cast<int>(members_per_node(scenario, ranks, entry));
  question.stride = static_cast<int>(std::min<std::int64_t>(entry.stride, scenario.node.devices));
  question.algorithm = entry.algorithm;
  question.jobs = jobs;
  return question;
}

void add_new(std::vector<Provenance>& all, const std::vector<Provenance>& more) {
  for (const Provenance& entry : more) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Provenance& old) {
      return old.quantity == entry.quantity && old.source == entry.source;
    });
    if (!known) all.push_back(entry);
  }
}

void add_scaled(Quantiles& sum, const Quantiles& time, double factor) {
  sum.p10 += factor * time.p10;
  sum.p50 += factor * time.p50;
  sum.p90 += factor * time.p90;
}

class WorkloadPoint {
 public:
  WorkloadPoint(const Scenario& scenario, std::int64_t ranks, int jobs)
      : scenario_(scenario), ranks_(ranks), jobs_(jobs) {}

  // One rank alone sends nothing.
  Quantiles step() {
    Quantiles sum;
    if (ranks_ == 1) return sum;
    for (const CollectiveWorkload& entry : scenario_.collectives) {
      const CollectivePrediction& all = prediction(entry);
      const auto row = std::find_if(all.rows.begin(), all.rows.end(), [&](const CollectiveRow& r) {
        return r.bytes == entry.bytes.value();
      });
      ENSURES(row != all.rows.end());
      add_scaled(sum, row->time, static_cast<double>(entry.times));
    }
    return sum;
  }

  // Of all collectives so far.
  void report(std::vector<Warning>& warnings, std::vector<Provenance>& provenance,
              std::size_t point) const {
    for (const auto& [shape, prediction] : done_) {
      for (const Warning& warning : prediction.warnings) add(warning, point, warnings);
      add_new(provenance, prediction.provenance);
    }
  }

 private:
  const CollectivePrediction& prediction(const CollectiveWorkload& entry) {
    const Shape shape = shape_of(entry);
    if (const auto found = done_.find(shape); found != done_.end()) return found->second;
    CollectiveQuestion question = question_of(scenario_, ranks_, entry, jobs_);
    std::set<double> sizes;
    for (const CollectiveWorkload& other : scenario_.collectives) {
      if (shape_of(other) == shape) sizes.insert(other.bytes.value());
    }
    question.bytes.assign(sizes.begin(), sizes.end());
    return done_.emplace(shape, predict_collective(question)).first->second;
  }

  static void add(const Warning& warning, std::size_t point, std::vector<Warning>& warnings) {
    for (Warning& old : warnings) {
      if (old.code != warning.code || old.what != warning.what) continue;
      if (old.points.empty() || old.points.back() != point) old.points.push_back(point);
      return;
    }
    warnings.push_back({warning.code, warning.what, {point}});
  }

  const Scenario& scenario_;
  std::int64_t ranks_;
  int jobs_;
  std::map<Shape, CollectivePrediction> done_;
};

PredictedPoint point_of(const Scenario& scenario, std::int64_t ranks, const Quantiles& step) {
  PredictedPoint point;
  point.has_samples = false;
  point.workers = ranks;
  point.nodes = (ranks + scenario.node.devices - 1) / scenario.node.devices;
  point.step_time = point.step_jitter = step;
  point.breakdown[StepPhase::exposed_communication] = Duration(step.p50);
  point.communication_total = step.p50;
  return point;
}

void add_own_provenance(const Scenario& scenario, std::vector<Provenance>& list) {
  const bool grouped = std::any_of(scenario.collectives.begin(), scenario.collectives.end(),
                                   [](const CollectiveWorkload& entry) { return entry.group > 0; });
  list.push_back({"step_time",
                  "the sum of the collectives' times, quantile by quantile: what is uncertain is "
                  "common to all of them",
                  Provenance::Kind::derived});
  if (!grouped) return;
  list.push_back({"groups",
                  "one group stands for all of its kind: those on other nodes take nothing from it",
                  Provenance::Kind::assumed});
}

}  // namespace

Prediction predict_workload(const Scenario& scenario, const PredictOptions& options) {
  EXPECTS(!scenario.collectives.empty() && !scenario.workers.empty());
  if (options.trace != nullptr) {
    throw Error::input("a scenario of collectives leaves no trace", "no step of training is run",
                       "leave --trace out")
        .at(scenario.file, "/workload");
  }
  Prediction prediction;
  for (const std::string& remark : scenario.remarks) {
    prediction.warnings.push_back({"no_effect", remark, {}});
  }
  prediction.provenance = scenario.provenance;
  for (std::size_t i = 0; i < scenario.workers.size(); ++i) {
    WorkloadPoint point(scenario, scenario.workers[i], options.jobs);
    prediction.points.push_back(point_of(scenario, scenario.workers[i], point.step()));
    point.report(prediction.warnings, prediction.provenance, i);
    if (options.progress) options.progress(i + 1, scenario.workers.size());
  }
  add_own_provenance(scenario, prediction.provenance);
  return prediction;
}

void expect_workload(const Scenario& scenario) {
  for (const std::int64_t ranks : scenario.workers) {
    if (ranks == 1) continue;
    for (const CollectiveWorkload& entry : scenario.collectives) {
      CollectiveQuestion question = question_of(scenario, ranks, entry, 1);
      question.bytes = {entry.bytes.value()};
      expect_runnable(question);
    }
  }
}

}  // namespace rehearse
