#include "validate/survey_mapping.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "base/error.h"
#include "kernels/models/precision.h"
#include "scenarios/profile_library.h"
#include "validate/survey_calibration.h"
#include "validate/survey_delay.h"
#include "validate/survey_layout.h"
#include "validate/survey_network.h"
#include "validate/survey_scenario.h"
#include "validate/survey_shipped.h"
#include "validate/survey_software.h"

namespace rehearse {
namespace {

// The record to which the rate in scenarios/stacks/grpc-aries.json was fitted.
constexpr const char* kFittedStackRecord = "daint-tfps-inc3-synthetic-4";

class Mapping {
 public:
  explicit Mapping(const std::vector<Measurement>& shipped) : shipped_(shipped) {
    for (const Measurement& record : shipped) by_id_.emplace(record.id, &record);
    find_calibrations();
  }

  std::vector<SurveyOutcome> map(const std::vector<SurveyItem>& items) {
    std::vector<SurveyOutcome> outcomes(items.size());
    std::vector<std::size_t> own;  // that get a scenario of their own, calibrated by their kin
    std::vector<SurveyRecord> records;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (by_shipped(items[i], outcomes[i])) continue;
      if (laid_out(items[i].record)) {
        map_layout(items[i], outcomes[i]);
        continue;
      }
      own.push_back(i);
      records.push_back(items[i].record);
    }
    const auto calibrated = calibrations(records, calibrations_);
    for (std::size_t k = 0; k < own.size(); ++k) {
      map_alone(items[own[k]], calibrated[k], outcomes[own[k]]);
    }
    return outcomes;
  }

 private:
  // Whether the record is settled without a scenario of its own: mapped, or why not.
  bool by_shipped(const SurveyItem& item, SurveyOutcome& outcome) {
    const SurveyRecord& record = item.record;
    if (is_delay(record)) {
      map_delay(item, outcome);
      return true;
    }
    if (record.mappable == false) {
      outcome.why = record.unmappable_because.empty() ? "the survey tells too little of it"
                                                      : record.unmappable_because;
      return true;
    }
    const auto same = by_id_.find(record.id);
    if (same != by_id_.end()) {
      const Measurement& shipped = *same->second;
      outcome.why = in_one_line(against(record, shipped, shipped.workers));
      if (!outcome.why.empty()) return true;
      outcome.of_shipped = true;
      take_quantity(record, shipped, outcome);
      return true;
    }
    for (const Measurement& shipped : shipped_) {
      if (!matches(record, shipped) || record.workers == 0 || !quantity_of(record) ||
          !against(record, shipped, record.workers).empty()) {
        continue;
      }
      Measurement moved = shipped;
      moved.id = record.id;
      moved.workers = record.workers;
      take_quantity(record, moved, outcome);
      return true;
    }
    outcome.why = in_one_line(obstacles(with_peak(record)));
    return !outcome.why.empty();
  }

  // Of a record that is a share of the peak, with the peak.
  SurveyRecord with_peak(const SurveyRecord& record) {
    SurveyRecord result = record;
    const auto precision = kPrecisionNames.value(record.precision);
    if (record.quantity != "mfu" || record.devices.size() != 1 || !precision) return result;
    try {
      result.peak = profiles_.device(record.devices.front(), "").peak_rate(*precision).value();
    } catch (const Error&) {
      result.peak = 0;  // the device has none
    }
    return result;
  }

  // What of the record's content speaks against the scenario of a shipped one.
  std::vector<std::string> against(const SurveyRecord& record, const Measurement& shipped,
                                   std::int64_t workers) {
    try {
      return differences(record, scenario_of(shipped, {workers}, profiles_), workers);
    } catch (const Error& error) {
      return {error.what()};
    }
  }

  static void take_quantity(const SurveyRecord& record, Measurement base, SurveyOutcome& outcome) {
    const auto measured = quantity_of(record);
    if (!measured) {
      outcome.why = quantity_obstacle(record);
      return;
    }
    const std::int64_t shipped_reference = base.relative_to;
    base.quantity = measured->quantity;
    base.value = measured->value;
    base.unit = measured->unit;
    base.unit_value = measured->unit_value;
    base.allocated = measured->allocated;
    base.relative_error = reading_error(record);
    base.relative_to = 0;
    if (measured->quantity == Measurement::Quantity::efficiency) {
      base.relative_to = measured->relative_to > 0 ? measured->relative_to : shipped_reference;
      if (base.relative_to == 0 || base.relative_to >= base.workers) {
        outcome.why = "the reference of the efficiency is not told";
        return;
      }
    }
    if (!record.source.empty()) base.source = record.source;
    base.family = record.family;
    base.assumed = record.assumed;
    outcome.measurement = std::move(base);
  }

  // By a scenario made of the record.
  void map_alone(const SurveyItem& item, const std::optional<SurveyCalibration>& calibration,
                 SurveyOutcome& outcome) {
    const SurveyRecord& record = item.record;
    const std::optional<SurveyNetwork> network =
        record.nodes > 1 ? network_of(record) : std::nullopt;
    if (record.nodes > 1 && !network) {
      outcome.why = "the network between the nodes is not told";
      return;
    }
    make(item, record, network, calibration, outcome);
  }

  // The same of a record with a layout. Where the job is larger than the machine whose preset is
  // taken, its adapters on one switch.
  void map_layout(const SurveyItem& item, SurveyOutcome& outcome) {
    const SurveyRecord record = with_peak(item.record);
    const bool alone = record.nodes == 1;
    const std::optional<SurveyNetwork> network = layout_network_of(record);
    if (!alone && !network) {
      outcome.why = "the network between the nodes is not told";
      return;
    }
    make(item, record, network, std::nullopt, outcome);
    if (!outcome.measurement && network && !network->preset.empty()) {
      if (const auto adapters = layout_adapters_of(record)) {
        make(item, record, adapters, std::nullopt, outcome);
      }
    }
    if (!outcome.measurement) return;
    outcome.why.clear();
    std::vector<std::string>& assumed = outcome.measurement->assumed;
    std::ranges::move(layout_assumptions(record), std::back_inserter(assumed));
    if (network && network->assumed) assumed.emplace_back("network");
    if (fits_software(record)) outcome.measurement->calibrated_from.push_back(record.id);
  }

  void make(const SurveyItem& item, const SurveyRecord& record,
            const std::optional<SurveyNetwork>& network,
            const std::optional<SurveyCalibration>& calibration, SurveyOutcome& outcome) {
    Measurement made;
    made.id = record.id;
    made.file = item.file;
    made.inline_scenario = made.of_survey = true;
    made.workers = record.workers;
    made.scenario = scenario_text(record, network, calibration);
    if (calibration) made.calibrated_from = {calibration->id};
    if (!server_stack(record, network).empty())
      made.calibrated_from.emplace_back(kFittedStackRecord);
    take_quantity(record, std::move(made), outcome);
    if (!outcome.measurement) return;
    try {
      (void)scenario_of(*outcome.measurement, {record.workers}, profiles_);
    } catch (const Error& error) {
      outcome.measurement.reset();
      outcome.why = error.what();
    }
  }

  // Shipped records of one node of which a survey's record can be recognised as kin.
  void find_calibrations() {
    for (const Measurement& record : shipped_) {
      if (record.matches.source.empty() || record.quantity != Measurement::Quantity::throughput) {
        continue;
      }
      const Scenario scenario = scenario_of(record, {record.workers}, profiles_);
      if (record.workers > scenario.node.devices) continue;
      const auto workers = static_cast<double>(record.workers);
      SurveyCalibration calibration;
      calibration.samples_per_s = record.value * record.unit_value / workers;
      calibration.batch = scenario.worker_batch(record.workers);
      calibration.relative_error = 0.02;
      calibration.id = record.id;
      calibration.source = record.source + ", record " + record.id;
      calibrations_.push_back({record, scenario.model->name(), scenario.device.name,
                               std::string(to_text(scenario.precision)), calibration});
    }
  }

  const std::vector<Measurement>& shipped_;
  std::map<std::string, const Measurement*, std::less<>> by_id_;
  std::vector<ShippedCalibration> calibrations_;
  ProfileLibrary profiles_;
};

}  // namespace

std::vector<SurveyOutcome> map_survey(const std::vector<SurveyItem>& items,
                                      const std::vector<Measurement>& shipped) {
  return Mapping(shipped).map(items);
}

}  // namespace rehearse
