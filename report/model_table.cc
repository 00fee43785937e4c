#include "base/quantity_text.h"
#include "report/model_report.h"
#include "report/numbers.h"
#include "report/text_table.h"

namespace rehearse {

std::string model_table(const Model& model, Precision precision,
                        const std::vector<LayerRow>& rows) {
  TextTable table({{"layer", Align::left},
                   {"kind", Align::left},
                   {"output"},
                   {"parameters"},
                   {"forward FLOP"},
                   {"forward traffic"},
                   {"output size"}});
  Flops flops;
  Bytes traffic;
  for (const LayerRow& row : rows) {
    table.add({row.name, row.kind, row.output, grouped(row.parameters), to_text(row.forward_flops),
               to_text(row.forward_bytes), to_text(row.activation)});
    flops += row.forward_flops;
    traffic += row.forward_bytes;
  }
  const Bytes kept =
      element_size(precision) * static_cast<double>(model.activation_elements_per_sample());
  return model.name() + " in " + std::string(to_text(precision)) + ", for one sample\n\n" +
         table.text() + "\n" + grouped(model.parameter_count()) + " trainable parameters (" +
         to_text(element_size(precision) * static_cast<double>(model.parameter_count())) + "), " +
         to_text(flops) + " and " + to_text(traffic) + " of memory traffic forward, " +
         to_text(kept) + " kept for the backward pass\n";
}

}  // namespace rehearse
