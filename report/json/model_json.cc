#include <nlohmann/json.hpp>

#include "base/file_format.h"
#include "kernels/models/work.h"
#include "report/model_report.h"

namespace rehearse {

using Json = nlohmann::ordered_json;

std::string to_json(const ModelReport& report) {
  Json layers = Json::array();
  Flops flops;
  Bytes traffic;
  for (const LayerRow& row : report.rows) {
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
  Json memory;
  for (int i = 0; i < kMemoryParts; ++i) {
    const auto part = static_cast<MemoryPart>(i);
    memory[std::string(to_text(part))] = report.memory[part].value();
  }
  memory["total"] = report.memory.total().value();
  const Model& model = *report.model;
  const double of_sample = model_flops(model, 1).value();
  const std::int64_t tokens = model.tokens_per_sample();
  Json of_token = nullptr, convention = nullptr;
  if (tokens > 0) {
    of_token = of_sample / static_cast<double>(tokens);
    convention = model.counts_full_attention() ? "full" : "causal";
  }
  const Json result = {{"format", format_of(FileKind::model)},
                       {"model", model.name()},
                       {"precision", std::string(to_text(report.precision))},
                       {"batch", report.batch},
                       {"parameters", model.parameter_count()},
                       {"active_parameters", model.active_parameters()},
                       {"flops_per_sample", of_sample},
                       {"flops_per_token", of_token},
                       {"flops_convention", convention},
                       {"forward_flops", flops.value()},
                       {"forward_bytes", traffic.value()},
                       {"memory_bytes", std::move(memory)},
                       {"layers", layers}};
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rehearse
