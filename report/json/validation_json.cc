#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "report/validation_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

namespace {

Json phases(const ValidatedRecord& record) {
  Json list = Json::array();
  for (const ValidatedPhase& phase : record.phases) {
    const bool judged = phase.measured > 0;
    list.push_back(
        {{"phase", phase.phase},
         {"measured_s", phase.measured},
         {"predicted_s", phase.predicted},
         {"signed_error", judged ? Json(phase.predicted / phase.measured - 1) : Json()}});
  }
  return list;
}

Json families(const Validation& validation) {
  Json all = Json::object();
  for (const auto& [name, sums] : validation.families) {
    all[name] = {{"records", sums.records},
                 {"mean_error", sums.mean_error},
                 {"median_error", sums.median_error},
                 {"worst_error", sums.worst_error},
                 {"inside_interval", sums.inside_interval}};
  }
  return all;
}

}  // namespace

std::string to_json(const Validation& validation) {
  Json result = {{"format", format_of(FileKind::validation)},
                 {"records", Json::array()},
                 {"unmapped", Json::array()},
                 {"mean_error", validation.mean_error},
                 {"worst_error", validation.worst_error},
                 {"inside_interval", validation.inside_interval},
                 {"families", families(validation)}};
  for (const ValidatedRecord& record : validation.records) {
    result["records"].push_back(
        {{"id", record.id},
         {"family", record.family},
         {"quantity", record.quantity},
         {"unit", record.unit},
         {"measured", record.measured},
         {"predicted", record.predicted},
         {"interval", {{"p10", record.predicted_low}, {"p90", record.predicted_high}}},
         {"signed_error", record.signed_error()},
         {"calibration", record.calibration},
         {"source", record.source}});
    if (!record.phases.empty()) result["records"].back()["phases"] = phases(record);
    if (!record.assumed.empty()) result["records"].back()["assumed"] = record.assumed;
    if (record.only_reported) result["records"].back()["only_reported"] = true;
    if (record.machine) {
      result["records"].back()["machine"] = {
          {"slowdown", record.machine->slowdown},
          {"predicted", record.machine->predicted},
          {"signed_error", record.machine->predicted / record.measured - 1}};
    }
  }
  for (const UnmappedRecord& record : validation.unmapped) {
    result["unmapped"].push_back({{"id", record.id}, {"why", record.why}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
