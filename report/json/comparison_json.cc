#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "report/comparison.h"
#include "report/prediction_report.h"

namespace rehearse {
namespace {

using Json = nlohmann::ordered_json;

Json value_of(const std::string& text) {
  Json value = Json::parse(text, nullptr, false);
  return value.is_discarded() ? Json(text) : value;
}

Json network_of(const ComparedNetwork& network, const std::string& currency) {
  const NetworkCost& cost = network.cost;
  Json result = {{"shape", network.shape},
                 {"nodes", cost.nodes},
                 {"endpoints", cost.endpoints},
                 {"switches", cost.switches},
                 {"switch_ports", cost.ports},
                 {"electrical_cables", cost.electrical_cables},
                 {"optical_cables", cost.optical_cables},
                 {"nics", cost.nics},
                 {"cost", nullptr}};
  if (cost.unpriced.empty()) {
    result["cost"] = {{"currency", currency},       {"switches", cost.switch_price},
                      {"cables", cost.cable_price}, {"nics", cost.nic_price},
                      {"total", cost.total()},      {"per_endpoint", cost.per_endpoint()}};
  }
  return result;
}

}  // namespace

std::string to_json(const Comparison& comparison) {
  Json result = {{"format", format_of(FileKind::comparison)},
                 {"varied", comparison.varied},
                 {"rows", Json::array()},
                 {"warnings", Json::array()}};
  for (const ComparedRow& row : comparison.rows) {
    Json values = Json::object();
    for (std::size_t i = 0; i < comparison.varied.size(); ++i) {
      values[comparison.varied[i]] = value_of(row.values[i]);
    }
    Json entry = {{"values", values}, {"prediction", Json::parse(to_json(row.prediction))}};
    if (row.network) entry["network"] = network_of(*row.network, comparison.currency);
    result["rows"].push_back(std::move(entry));
  }
  for (const Warning& warning : comparison.warnings) {
    result["warnings"].push_back(
        {{"code", warning.code}, {"what", warning.what}, {"points", warning.points}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
