#include "kernels/models/work.h"

#include <algorithm>

#include "base/contract.h"
#include "kernels/models/ops/layer_op.h"

namespace rehearse {
namespace {

double count(const Shape& shape) { return static_cast<double>(shape.elements()); }

// Precisions below 2 bytes are formats of the inputs of products; everything else stays at 2.
Work of_batch(const SampleWork& sample, std::int64_t batch, Precision precision, bool product) {
  const double samples = static_cast<double>(batch);
  const Bytes size = element_size(precision);
  const Bytes element = product ? size : std::max(size, Bytes(2));
  return {Flops(sample.flops * samples), element * (sample.elements * samples + sample.weights)};
}

// sum = sum + gradient, for each consumer after the first.
SampleWork gradient_sums(const Model& model, std::size_t index) {
  if (model.consumers(index) < 2) return {};
  const double sums = static_cast<double>(model.consumers(index) - 1);
  const double out = count(model.layers()[index].output);
  return {sums * out, 3 * sums * out, 0};
}

double counted_multiply_adds(const Model& model, const Layer& layer) {
  const LayerOp& op = op_of(layer.kind);
  const bool doubled = model.counts_full_attention() && layer.attention.causal;
  return op.multiply_adds(layer) + (doubled ? op.attention_multiply_adds_of(layer) : 0);
}

}  // namespace

Work work(const Model& model, std::size_t index, Direction direction, std::int64_t batch,
          Precision precision) {
  EXPECTS(index < model.layers().size() && batch >= 1);
  const Layer& layer = model.layers()[index];
  double in = 0;
  for (std::size_t i = 0; i < layer.inputs.size(); ++i) in += count(model.input_of(index, i));
  const double out = count(layer.output);

  const LayerOp& op = op_of(layer.kind);
  SampleWork total;
  if (direction == Direction::forward) total = op.forward(layer, in, out);
  if (direction == Direction::backward_weights) total = op.backward_weights(layer, in, out);
  if (direction == Direction::backward_data && model.needs_backward_data(index)) {
    const SampleWork sums = gradient_sums(model, index);
    total = op.backward_data(layer, in, out);
    total.flops += sums.flops;
    total.elements += sums.elements;
  }
  return of_batch(total, batch, precision, op.multiplies_matrices());
}

std::vector<Kernels> kernels(const Model& model, std::size_t index, Direction direction,
                             std::int64_t batch, Precision precision) {
  const Work all = work(model, index, direction, batch, precision);
  if (!(all.bytes > Bytes(0))) return {};
  const Layer& layer = model.layers()[index];
  std::vector<Kernels> list;
  for (const KernelWork& kernel : op_of(layer.kind).kernels(layer, direction)) {
    const double samples = kernel.sums_samples ? static_cast<double>(batch) : 1;
    list.push_back({kernel.count, of_batch(kernel.work, batch, precision, kernel.reduction > 0),
                    kernel.reduction * samples, kernel.features,
                    kernel.groups * (kernel.each_sample ? batch : 1), kernel.attends});
  }
  if (list.empty()) return {{1, all}};
  if (direction == Direction::backward_data && model.consumers(index) > 1) {
    list.push_back({1, of_batch(gradient_sums(model, index), batch, precision, false)});
  }
  return list;
}

double forward_multiply_adds(const Model& model) {
  double sum = 0;
  for (const Layer& layer : model.layers()) sum += counted_multiply_adds(model, layer);
  return sum;
}

Flops model_flops(const Model& model, std::int64_t batch) {
  EXPECTS(batch >= 1);
  double sum = 0;
  for (std::size_t i = 0; i < model.layers().size(); ++i) {
    const Layer& layer = model.layers()[i];
    const LayerOp& op = op_of(layer.kind);
    const double multiply_adds = counted_multiply_adds(model, layer);
    sum += 2 * 2 * multiply_adds;  // forward, weights
    sum +=
        2 * (model.needs_backward_data(i) ? multiply_adds : op.multiply_adds_through_time(layer));
  }
  return Flops(sum * static_cast<double>(batch));
}

}  // namespace rehearse
