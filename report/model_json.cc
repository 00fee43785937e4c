#include <nlohmann/json.hpp>

#include "report/model_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

std::string to_json(const Model& model, Precision precision, const std::vector<LayerRow>& rows) {
  Json layers = Json::array();
  Flops flops;
  Bytes traffic;
  for (const LayerRow& row : rows) {
    layers.push_back({{"name", row.name},
                      {"kind", row.kind},
                      {"output", row.output},
                      {"parameters", row.parameters},
                      {"forward_flops", row.forward_flops.value()},
                      {"forward_bytes", row.forward_bytes.value()},
                      {"activation_bytes", row.activation.value()}});
    flops += row.forward_flops;
    traffic += row.forward_bytes;
  }
  const Json result = {{"model", model.name()},
                       {"precision", std::string(to_text(precision))},
                       {"parameters", model.parameter_count()},
                       {"forward_flops", flops.value()},
                       {"forward_bytes", traffic.value()},
                       {"layers", layers}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
