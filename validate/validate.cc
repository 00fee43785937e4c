#include "validate/validate.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "base/contract.h"
#include "base/enum_names.h"
#include "base/error.h"
#include "predict/local_scenario.h"
#include "scenarios/profile_library.h"
#include "validate/measurements.h"
#include "validate/validate_run.h"

namespace rehearse {
namespace {

using Quantity = Measurement::Quantity;

// Records of one scenario, so that each of its points is simulated once.
struct Group {
  const Measurement* first = nullptr;
  std::vector<std::int64_t> workers;
  Prediction prediction;
  std::string refused;  // why there is none, of a scenario that was made of a survey's record
};

using GroupKey = std::tuple<std::string, std::string, std::vector<std::string>>;

GroupKey key_of(const Measurement& record) {
  // Relative paths in an inline scenario start from the folder of its file.
  return {record.inline_scenario ? record.file : "", record.scenario, record.overrides};
}

std::map<GroupKey, Group> grouped(const std::vector<Measurement>& records) {
  std::map<GroupKey, Group> groups;
  for (const Measurement& record : records) {
    Group& group = groups[key_of(record)];
    if (group.first == nullptr) group.first = &record;
    group.workers.push_back(record.workers);
    if (record.relative_to > 0) group.workers.push_back(record.relative_to);
  }
  for (auto& [key, group] : groups) {
    std::sort(group.workers.begin(), group.workers.end());
    group.workers.erase(std::unique(group.workers.begin(), group.workers.end()),
                        group.workers.end());
  }
  return groups;
}

// As the user wants it predicted on this machine, if it is of this machine.
Scenario scenario_here(const Group& group, ProfileLibrary& profiles,
                       const ValidateOptions& options) {
  const JsonDocument document = document_of(*group.first, group.workers, options.overrides);
  const bool ask = !options.local && options.known && is_local(document);
  profiles.set_local(ask ? options.known(document) : options.local);
  return read_scenario(document, profiles);
}

void predict_all(std::map<GroupKey, Group>& groups, const ValidateOptions& options) {
  ProfileLibrary profiles;
  std::size_t all = 0;
  std::vector<std::pair<Group*, Scenario>> work;  // read first: bad input shows at once
  for (auto& [key, group] : groups) {
    all += group.workers.size();
    work.emplace_back(&group, scenario_here(group, profiles, options));
  }
  std::size_t before = 0;
  for (auto& [group, scenario] : work) {
    PredictOptions one;
    one.jobs = options.jobs;
    if (options.progress) {
      one.progress = [&](std::size_t done, std::size_t) { options.progress(before + done, all); };
    }
    try {
      group->prediction = predict(scenario, one);
    } catch (const Error& error) {
      if (!group->first->of_survey || error.kind() != Error::Kind::input) throw;
      group->refused = error.what();
    }
    before += group->workers.size();
  }
}

const PredictedPoint& point_at(const Prediction& prediction, std::int64_t workers) {
  const auto& points = prediction.points;
  const auto found = std::find_if(points.begin(), points.end(),
                                  [&](const PredictedPoint& p) { return p.workers == workers; });
  ENSURES(found != points.end());
  return *found;
}

// In s, samples/s or 1, if a step takes `step` seconds. The reference of an efficiency keeps its
// median: what both points share is not taken out, so its interval errs on the wide side.
double predicted(const Measurement& record, const Prediction& prediction, double step) {
  if (record.quantity == Quantity::step_time) return step;
  const double rate = static_cast<double>(point_at(prediction, record.workers).global_batch) / step;
  if (record.quantity == Quantity::throughput) return rate;
  const PredictedPoint& reference = point_at(prediction, record.relative_to);
  return rate / static_cast<double>(record.workers) /
         (reference.samples_per_s / static_cast<double>(record.relative_to));
}

using Statistic = Measurement::Statistic;
constexpr auto kStatisticNames = enum_names<Statistic>("mean", "p50", "p90", "p99");

double statistic_of(const StalenessSummary& staleness, Statistic statistic) {
  switch (statistic) {
    case Statistic::p50:
      return staleness.p50;
    case Statistic::p90:
      return staleness.p90;
    case Statistic::p99:
      return staleness.p99;
    case Statistic::mean:
      break;
  }
  return staleness.mean;
}

// One run is as good as another: it has no interval.
void judge_staleness(const Measurement& record, const PredictedPoint& point,
                     ValidatedRecord& result) {
  if (!point.staleness) {
    throw Error::input("record '" + record.id + "' is a staleness", "its strategy has none",
                       "give a scenario of a strategy whose weights may be old")
        .at(record.file, "/");
  }
  if (record.statistic != Statistic::mean) {
    result.quantity += "_" + std::string(kStatisticNames.text(record.statistic));
  }
  result.predicted = statistic_of(*point.staleness, record.statistic);
  result.predicted_low = result.predicted_high = result.predicted;
}

// Half widths of the interval. The formulas of the memory of a layout came out at -4.4 to 1.5 % of
// what 15 runs of Llama had allocated (SimuMax 1.2, its B200 release); what a context takes (1 to 3
// GB) and an allocator loses (3 to 8 %) differs by more.
constexpr double kAllocatedError = 0.05;
constexpr double kTotalError = 0.1;

void judge_memory(const Measurement& record, const PredictedPoint& point, ValidatedRecord& result) {
  const Bytes bytes = record.allocated ? point.memory.allocated() : point.memory.total();
  const double error = record.allocated ? kAllocatedError : kTotalError;
  result.predicted = bytes.value() / record.unit_value;
  result.predicted_low = result.predicted * (1 - error);
  result.predicted_high = result.predicted * (1 + error);
}

ValidatedRecord judge(const Measurement& record, const Prediction& prediction) {
  const PredictedPoint& point = point_at(prediction, record.workers);
  const Quantiles& step = point.step_time;
  const auto in_unit = [&](double seconds) {
    return predicted(record, prediction, seconds) / record.unit_value;
  };
  ValidatedRecord result;
  result.id = record.id;
  result.family = record.family;
  result.assumed = record.assumed;
  result.quantity = to_text(record.quantity);
  result.measured = record.value;
  result.unit = record.unit;
  result.source = record.source;
  if (record.quantity == Quantity::staleness) {
    judge_staleness(record, point, result);
    return result;
  }
  if (record.quantity == Quantity::memory) {
    judge_memory(record, point, result);
    return result;
  }
  result.predicted = in_unit(step.p50);
  std::tie(result.predicted_low, result.predicted_high) =
      std::minmax({in_unit(step.p10), in_unit(step.p90)});
  return result;
}

bool inside(const ValidatedRecord& record) {
  return record.predicted_low <= record.measured && record.measured <= record.predicted_high;
}

constexpr const char* kShapeUncertain = "shape_uncertain";  // a key of a survey's records

// REQUIRES: at least one record.
FamilySums sums_of(const std::vector<const ValidatedRecord*>& records) {
  FamilySums sums;
  std::vector<double> errors;
  for (const ValidatedRecord* record : records) {
    errors.push_back(std::abs(record->signed_error()));
    if (inside(*record)) sums.inside_interval += 1;
    if (!record->assumed.empty()) ++sums.assumed;
  }
  const auto count = static_cast<double>(records.size());
  std::sort(errors.begin(), errors.end());
  sums.records = static_cast<std::int64_t>(records.size());
  sums.mean_error = std::accumulate(errors.begin(), errors.end(), 0.0) / count;
  sums.median_error = (errors[(errors.size() - 1) / 2] + errors[errors.size() / 2]) / 2;
  sums.worst_error = errors.back();
  sums.inside_interval /= count;
  return sums;
}

// A shape that the survey took from elsewhere counts only where the family has no other.
void set_uncertain_aside(std::vector<ValidatedRecord>& records) {
  const auto uncertain = [](const ValidatedRecord& record) {
    return std::ranges::find(record.assumed, kShapeUncertain) != record.assumed.end();
  };
  std::set<std::string> certain;  // families
  for (const ValidatedRecord& record : records) {
    if (record.judged() && !uncertain(record)) certain.insert(record.family);
  }
  for (ValidatedRecord& record : records) {
    record.only_reported = uncertain(record) && certain.contains(record.family);
  }
}

void sum_up(Validation& validation) {
  set_uncertain_aside(validation.records);
  std::vector<const ValidatedRecord*> all;
  std::map<std::string, std::vector<const ValidatedRecord*>> families;
  for (const ValidatedRecord& record : validation.records) {
    if (!record.judged()) continue;
    all.push_back(&record);
    families[record.family].push_back(&record);
  }
  if (all.empty()) return;
  const FamilySums sums = sums_of(all);
  validation.mean_error = sums.mean_error;
  validation.worst_error = sums.worst_error;
  for (const auto& [name, records] : families) {
    const FamilySums& family = validation.families[name] = sums_of(records);
    validation.inside_interval += family.inside_interval / static_cast<double>(families.size());
  }
}

}  // namespace

double ValidatedRecord::signed_error() const {
  if (is_staleness()) return predicted - measured;
  const bool more_is_longer = quantity == "step_time" || quantity == "memory";
  return more_is_longer ? predicted / measured - 1 : measured / predicted - 1;
}

Validation validate(const std::vector<std::string>& files, const ValidateOptions& options) {
  std::vector<RunMeasurement> runs;
  std::vector<std::string> arrays;
  for (const std::string& file : files) {
    const JsonDocument document = JsonDocument::parse_file(file);
    if (is_run(document)) {
      runs.push_back(read_run(document));
    } else {
      arrays.push_back(file);
    }
  }
  Measurements measurements = read_measurements(arrays, options.families);
  std::map<GroupKey, Group> groups = grouped(measurements.records);
  predict_all(groups, options);

  const std::vector<std::string> calibrating = calibrating_ids(measurements.records);
  Validation validation;
  validation.unmapped = std::move(measurements.unmapped);
  for (const Measurement& record : measurements.records) {
    const Group& group = groups.at(key_of(record));
    if (!group.refused.empty()) {
      validation.unmapped.push_back({record.id, group.refused});
      continue;
    }
    validation.records.push_back(judge(record, group.prediction));
    validation.records.back().calibration =
        std::binary_search(calibrating.begin(), calibrating.end(), record.id);
  }
  for (const RunMeasurement& run : runs) {
    validation.records.push_back(validate_run(run, options));
  }
  sum_up(validation);
  return validation;
}

}  // namespace rehearse
