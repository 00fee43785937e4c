#include "base/numbers.h"
#include "base/quantity_text.h"
#include "report/model_report.h"
#include "report/text/text_table.h"

namespace rehearse {

std::string model_table(const ModelReport& report) {
  const Model& model = *report.model;
  const Precision precision = report.precision;
  TextTable table({{"layer", Align::left},
                   {"kind", Align::left},
                   {"output"},
                   {"parameters"},
                   {"forward FLOP"},
                   {"forward traffic"},
                   {"output size"}});
  Flops flops;
  Bytes traffic;
  for (const LayerRow& row : report.rows) {
    table.add({row.name, row.kind, row.output, grouped(row.parameters), to_text(row.forward_flops),
               to_text(row.forward_bytes), to_text(row.activation)});
    flops += row.forward_flops;
    traffic += row.forward_bytes;
  }
  const DeviceMemory& memory = report.memory;
  const std::string samples = report.batch == 1 ? "one sample" : grouped(report.batch) + " samples";
  return model.name() + " in " + std::string(to_text(precision)) + ", for " + samples + "\n\n" +
         table.text() + "\n" + grouped(model.parameter_count()) + " trainable parameters (" +
         to_text(element_size(precision) * static_cast<double>(model.parameter_count())) + "), " +
         to_text(flops) + " and " + to_text(traffic) + " of memory traffic forward, " +
         to_text(memory[MemoryPart::activations]) + " kept for the backward pass\n" +
         "memory of training on one device: " + to_text(memory.total()) + " (weights " +
         to_text(memory[MemoryPart::weights]) + ", gradients " +
         to_text(memory[MemoryPart::gradients]) + ", optimizer " +
         to_text(memory[MemoryPart::optimizer]) + ", activations " +
         to_text(memory[MemoryPart::activations]) + ")\n";
}

}  // namespace rehearse
