#include "validate/survey_calibration.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "base/contract.h"
#include "validate/survey_shipped.h"

namespace rehearse {
namespace {

constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

using Software = std::tuple<std::string, std::string, std::string, std::string, std::string>;

// Runs of one generation are of one source and one text of what ran. Around servers the texts
// differ by how variables are kept, which a worker alone does not feel; it feels data and host.
Software software_of(const SurveyRecord& record) {
  if (has_servers(record)) {
    return {record.zoo, record.devices.front(), record.precision, record.source,
            "servers, " + data_of(record) + " data, " + record.hardware};
  }
  return {record.zoo, record.devices.front(), record.precision, record.source, record.algorithm};
}

double batch_per_device(const SurveyRecord& record) {
  return static_cast<double>(record.batch) / static_cast<double>(record.workers);
}

double distance(double one, double other) { return std::abs(std::log(one / other)); }

std::optional<double> samples_per_s(const SurveyRecord& record) {
  const auto measured = quantity_of(record);
  if (!measured) return std::nullopt;
  const double value = measured->value * measured->unit_value;
  if (measured->quantity == Measurement::Quantity::throughput) return value;
  if (measured->quantity != Measurement::Quantity::step_time) return std::nullopt;
  return static_cast<double>(record.batch) / value;
}

SurveyCalibration calibration_by(const SurveyRecord& record) {
  SurveyCalibration result;
  result.samples_per_s = *samples_per_s(record) / static_cast<double>(record.workers);
  result.batch = std::max<std::int64_t>(1, std::llround(batch_per_device(record)));
  result.relative_error = reading_error(record);
  result.id = record.id;
  result.source = record.source + ", record " + record.id;
  return result;
}

// Of each batch per device the record of fewest devices; the earlier of equal ones.
std::vector<std::size_t> standing_by(const std::vector<SurveyRecord>& records,
                                     const std::vector<std::size_t>& group) {
  std::map<double, std::size_t> best;
  for (const std::size_t i : group) {
    if (records[i].nodes != 1 || !samples_per_s(records[i])) continue;
    const auto [known, added] = best.emplace(batch_per_device(records[i]), i);
    if (!added && records[i].workers < records[known->second].workers) known->second = i;
  }
  std::vector<std::size_t> list;
  for (const auto& [batch, i] : best) list.push_back(i);
  return list;
}

// Of equally near batches the larger.
std::size_t nearest_of(const std::vector<std::size_t>& list, const SurveyRecord& record,
                       const std::vector<SurveyRecord>& records) {
  std::size_t nearest = kNobody;
  for (const std::size_t i : list) {
    if (nearest == kNobody ||
        distance(batch_per_device(records[i]), batch_per_device(record)) <=
            distance(batch_per_device(records[nearest]), batch_per_device(record))) {
      nearest = i;
    }
  }
  return nearest;
}

bool holds(const std::vector<std::size_t>& list, std::size_t i) {
  return std::find(list.begin(), list.end(), i) != list.end();
}

void calibrate_group(const std::vector<SurveyRecord>& records,
                     const std::vector<std::size_t>& group,
                     std::vector<std::optional<SurveyCalibration>>& result) {
  const std::vector<std::size_t> candidates = standing_by(records, group);
  std::vector<std::size_t> taken;
  for (const std::size_t i : group) {
    if (candidates.empty() || holds(candidates, i)) continue;
    const std::size_t by = nearest_of(candidates, records[i], records);
    result[i] = calibration_by(records[by]);
    if (!holds(taken, by)) taken.push_back(by);
  }
  for (const std::size_t i : candidates) {
    if (taken.empty()) continue;
    const std::size_t by = holds(taken, i) ? i : nearest_of(taken, records[i], records);
    result[i] = calibration_by(records[by]);
  }
}

// Nearer than what is there, or where nothing is.
void take_shipped(const SurveyRecord& record, const std::vector<ShippedCalibration>& shipped,
                  std::optional<SurveyCalibration>& result) {
  const double own = batch_per_device(record);
  for (const ShippedCalibration& one : shipped) {
    if (one.model != record.zoo || one.device != record.devices.front() ||
        one.precision != record.precision || !matches(record, one.record)) {
      continue;
    }
    const auto batch = static_cast<double>(one.calibration.batch);
    const bool nearer =
        !result || distance(batch, own) < distance(static_cast<double>(result->batch), own);
    if (nearer) result = one.calibration;
  }
}

}  // namespace

std::vector<std::optional<SurveyCalibration>> calibrations(
    const std::vector<SurveyRecord>& records, const std::vector<ShippedCalibration>& shipped) {
  std::map<Software, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECTS(records[i].devices.size() == 1 && records[i].workers > 0 && records[i].batch > 0);
    groups[software_of(records[i])].push_back(i);
  }
  std::vector<std::optional<SurveyCalibration>> result(records.size());
  for (const auto& [software, group] : groups) calibrate_group(records, group, result);
  for (std::size_t i = 0; i < records.size(); ++i) take_shipped(records[i], shipped, result[i]);
  return result;
}

}  // namespace rehearse
