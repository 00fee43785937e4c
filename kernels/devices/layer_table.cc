#include "kernels/devices/layer_table.h"

#include "kernels/models/work.h"

namespace rehearse {

std::vector<LayerRow> layer_table(const Model& model, Precision precision, std::int64_t batch) {
  std::vector<LayerRow> rows;
  rows.reserve(model.layers().size());
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    const Work forward = work(model, i, Direction::forward, batch, precision);
    LayerRow row;
    row.name = layer.name;
    row.kind = to_text(layer.kind);
    row.output = to_text(layer.output);
    row.parameters = parameter_elements(layer);
    row.forward_flops = forward.flops;
    row.forward_bytes = forward.bytes;
    row.activation = element_size(precision) *
                     (static_cast<double>(batch) * static_cast<double>(layer.output.elements()));
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace rehearse
