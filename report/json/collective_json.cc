#include <cmath>
#include <nlohmann/json.hpp>

#include "base/contract.h"
#include "base/file_format.h"
#include "report/collective_report.h"
#include "report/json/notes.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) {
  ENSURES(std::isfinite(value));
  return value;
}

Json bytes_of(double bytes) { return std::llround(bytes); }

Json to_value(const CollectiveReport& report, const CollectiveRow& row) {
  return {{"bytes", bytes_of(row.bytes)},
          {"time_s",
           {{"p10", number(row.time.p10)},
            {"p50", number(row.time.p50)},
            {"p90", number(row.time.p90)}}},
          {"algbw_GBps", number(row.algorithm_bandwidth() * 1e-9)},
          {"busbw_GBps", number(report.bus_bandwidth(row.bytes, row.time.p50) * 1e-9)},
          {"algorithm", row.algorithm},
          {"protocol", row.protocol}};
}

Json to_value(const MeasuredCollective& log) {
  Json rows = Json::array();
  for (const MeasuredCollective::Row& row : log.rows) {
    rows.push_back({{"bytes", bytes_of(row.bytes)},
                    {"measured_s", number(row.measured)},
                    {"error", number(row.error)}});
  }
  return {{"file", log.file},
          {"rows", rows},
          {"mean_abs_error", number(log.mean_abs_error)},
          {"inside_interval", number(log.inside_interval)}};
}

}  // namespace

std::string to_json(const CollectiveReport& report) {
  Json result = {{"format", format_of(FileKind::collective)},
                 {"network", report.network},
                 {"stack", report.stack},
                 {"operation", to_text(report.operation)},
                 {"ranks", report.ranks},
                 {"ranks_per_node", report.ranks_per_node},
                 {"version", report.version},
                 {"fidelity", report.fidelity},
                 {"seed", report.seed},
                 {"rows", Json::array()},
                 {"against", Json::array()},
                 {"warnings", to_value(report.prediction.warnings)},
                 {"provenance", to_value(report.prediction.provenance)}};
  for (const CollectiveRow& row : report.prediction.rows) {
    result["rows"].push_back(to_value(report, row));
  }
  for (const MeasuredCollective& log : report.against) result["against"].push_back(to_value(log));
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
