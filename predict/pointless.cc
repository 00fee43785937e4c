#include "predict/pointless.h"

#include "kernels/models/ops/layer_op.h"

namespace rehearse {

std::string one_value_per_channel(const Model& model, std::int64_t batch) {
  for (const Layer& layer : model.layers()) {
    if (op_of(layer.kind).statistics(layer) == 0) continue;
    const Shape& output = layer.output;
    if (batch * (output.elements() / output.channels) == 1) {
      return layer.name + " (" + to_text(output) + ")";
    }
  }
  return "";
}

std::int64_t smallest_batch(const Scenario& scenario, std::int64_t workers) {
  return scenario.global_batch_at(workers) / workers;
}

bool repeats_samples(const Scenario& scenario, std::int64_t workers) {
  return scenario.global_batch_at(workers) > scenario.samples;
}

std::string repetition_text(const Scenario& scenario) {
  return "a step takes more samples than the " + std::to_string(scenario.samples) +
         " of the training set: some come again within the step, and samples/s counts them each "
         "time";
}

}  // namespace rehearse
