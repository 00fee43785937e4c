#include "base/numbers.h"
#include "base/quantity_text.h"
#include "kernels/models/work.h"
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
  std::string language;
  if (const std::int64_t tokens = model.tokens_per_sample(); tokens > 0) {
    const double of_token = model_flops(model, 1).value() / static_cast<double>(tokens);
    language = "a token of a sequence of " + grouped(tokens) + " takes " +
               to_text(Flops(of_token)) + " in training, forward and backward (" +
               (model.counts_full_attention() ? "full" : "causal") + " attention)";
    if (model.active_parameters() != model.parameter_count()) {
      language += " and " + grouped(model.active_parameters()) + " active parameters";
    }
    language += "\n";
  }
  const std::string samples = report.batch == 1 ? "one sample" : grouped(report.batch) + " samples";
  return model.name() + " in " + std::string(to_text(precision)) + ", for " + samples + "\n\n" +
         table.text() + "\n" + grouped(model.parameter_count()) + " trainable parameters (" +
         to_text(element_size(precision) * static_cast<double>(model.parameter_count())) + "), " +
         to_text(flops) + " and " + to_text(traffic) + " of memory traffic forward, " +
         to_text(memory[MemoryPart::activations]) + " kept for the backward pass\n" + language +
         "memory of training on one device: " + to_text(memory.total()) + " (weights " +
         to_text(memory[MemoryPart::weights]) + ", gradients " +
         to_text(memory[MemoryPart::gradients]) + ", optimizer " +
         to_text(memory[MemoryPart::optimizer]) + ", activations " +
         to_text(memory[MemoryPart::activations]) +
         (memory[MemoryPart::transient] > Bytes(0)
              ? ", transient " + to_text(memory[MemoryPart::transient])
              : "") +
         ")\n";
}

}  // namespace rehearse
