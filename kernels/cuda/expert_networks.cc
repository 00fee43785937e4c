#include "kernels/cuda/expert_networks.h"

#include <algorithm>

#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/reductions.h"

namespace rehearse::cuda {

ExpertNetworks::ExpertNetworks(const Site& site, std::int64_t experts)
    : engine_(site.engine),
      experts_(experts),
      width_(site.layer().output.channels),
      inner_(site.layer().experts.features),
      bias_(site.layer().experts.bias) {}

std::int64_t ExpertNetworks::scratch() const {
  return std::max(column_scratch(2 * inner_), column_scratch(width_));
}

template <class Use>
void ExpertNetworks::for_each_expert(const Firsts& firsts, const Use& use) const {
  for (std::int64_t expert = 0; expert < experts_; ++expert) {
    const auto at = static_cast<std::size_t>(expert);
    const std::int64_t count = firsts[at + 1] - firsts[at];
    if (count > 0) use(expert, firsts[at], count);
  }
}

void ExpertNetworks::forward(const Firsts& firsts, const Rows& at) {
  for_each_expert(firsts, [&](std::int64_t expert, std::int64_t first, std::int64_t count) {
    const Tensor pairs = rows(at.pairs, first, count, 2 * inner_);
    multiply(up_rows(count), rows(at.inputs, first, count, width_), up(expert), pairs);
    add_expert_bias(2, expert, pairs);
  });
  gated_unit(rows(at.pairs, 0, firsts.back(), 2 * inner_), rows(at.units, 0, firsts.back(), inner_),
             inner_, engine_.stream());
  for_each_expert(firsts, [&](std::int64_t expert, std::int64_t first, std::int64_t count) {
    const Tensor outputs = rows(at.outputs, first, count, width_);
    multiply(down_rows(count), rows(at.units, first, count, inner_), down(expert), outputs);
    add_expert_bias(3, expert, outputs);
  });
}

void ExpertNetworks::backward_weights(const Firsts& firsts, const Rows& at, const Rows& gradients,
                                      float* scratch) {
  for_each_expert(firsts, [&](std::int64_t expert, std::int64_t first, std::int64_t count) {
    engine_.products().run(data_product(down_rows(count)),
                           {.a = rows(gradients.outputs, first, count, width_).data,
                            .b = down(expert).data,
                            .c = rows(gradients.units, first, count, inner_).data});
  });
  gated_unit_backward(
      rows(at.pairs, 0, firsts.back(), 2 * inner_), rows(gradients.units, 0, firsts.back(), inner_),
      rows(gradients.pairs, 0, firsts.back(), 2 * inner_), inner_, engine_.stream());
  for (std::int64_t expert = 0; expert < experts_; ++expert) {
    const std::int64_t first = firsts[static_cast<std::size_t>(expert)];
    const std::int64_t count = firsts[static_cast<std::size_t>(expert) + 1] - first;
    weight_gradient(down_rows(count), rows(gradients.outputs, first, count, width_),
                    rows(at.units, first, count, inner_), gradient(1, expert), 3, expert, scratch);
    weight_gradient(up_rows(count), rows(gradients.pairs, first, count, 2 * inner_),
                    rows(at.inputs, first, count, width_), gradient(0, expert), 2, expert, scratch);
  }
}

void ExpertNetworks::backward_data(const Firsts& firsts, const Rows& gradients) {
  for_each_expert(firsts, [&](std::int64_t expert, std::int64_t first, std::int64_t count) {
    engine_.products().run(data_product(up_rows(count)),
                           {.a = rows(gradients.pairs, first, count, 2 * inner_).data,
                            .b = up(expert).data,
                            .c = rows(gradients.inputs, first, count, width_).data});
  });
}

Tensor ExpertNetworks::rows(std::byte* array, std::int64_t first, std::int64_t count,
                            std::int64_t width) const {
  return device_tensor(array + static_cast<std::size_t>(first * width) * engine_.bytes(),
                       count * width, engine_.type());
}

Tensor ExpertNetworks::part(const Tensor& tensor, std::int64_t expert) const {
  const std::int64_t size = tensor.elements / experts_;
  return tensor.part(expert * size, size);
}

RowProduct ExpertNetworks::row_product(std::int64_t count, std::int64_t in,
                                       std::int64_t out) const {
  return {.rows = count,
          .in = in,
          .out = out,
          .type = engine_.type(),
          .narrow = engine_.narrow(),
          .alignment = alignment_of(engine_.type(), {width_, inner_})};
}

void ExpertNetworks::multiply(const RowProduct& of, const Tensor& x, const Tensor& weights,
                              const Tensor& to) {
  engine_.products().run(forward_product(of, false, false),
                         {.a = x.data, .b = weights.data, .c = to.data});
}

void ExpertNetworks::add_expert_bias(std::size_t which, std::int64_t expert,
                                     const Tensor& to) const {
  if (bias_) add_bias(to, part(operands_.parameters[which], expert), to, engine_.stream());
}

// to = dy^T x, and the sums of dy's rows as the gradient of the bias `which`.
void ExpertNetworks::weight_gradient(const RowProduct& of, const Tensor& dy, const Tensor& x,
                                     const Tensor& to, std::size_t which, std::int64_t expert,
                                     float* scratch) {
  if (of.rows == 0) {
    clear(to);
    if (bias_) clear(gradient(which, expert));
    return;
  }
  engine_.products().run(weights_product(of, to.data, false),
                         {.a = dy.data, .b = x.data, .c = to.data});
  if (bias_) column_sums(dy, gradient(which, expert), scratch, engine_.stream());
}

void ExpertNetworks::clear(const Tensor& tensor) const {
  clear_bytes(tensor.data, static_cast<std::size_t>(tensor.elements * tensor.element_bytes()),
              engine_.stream());
}

}  // namespace rehearse::cuda
