// The experts of a mixture, as kernels/cpu/ops/experts.cc computes them: each step is copied once
// for every expert that has a weight for it, sorted by expert; each expert multiplies its copies,
// and the results are summed by weight. The host waits in the forward pass for how many copies each
// expert has.
#include <vector>

#include "base/error.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/experts.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {
namespace {

class Experts final : public Operation {
 public:
  explicit Experts(const Site& site)
      : engine_(site.engine),
        shape_{.rows = site.batch * site.layer().steps,
               .experts = site.layer().experts.experts,
               .active = site.layer().experts.active},
        width_(site.layer().output.channels),
        inner_(site.layer().experts.features),
        bias_(site.layer().experts.bias),
        firsts_(static_cast<std::size_t>(shape_.experts + 1) * sizeof(std::int32_t)) {
    const auto numbers = [this](MemorySlots& slots, std::int64_t width) {
      return slots.take(static_cast<std::size_t>(most() * width) * engine_.bytes());
    };
    const auto whole = [](MemorySlots& slots, std::int64_t count) {
      return slots.take(static_cast<std::size_t>(count) * sizeof(std::int32_t));
    };
    copies_ = numbers(kept_, width_);
    pairs_ = numbers(kept_, 2 * inner_);
    units_ = numbers(kept_, inner_);
    results_ = numbers(kept_, width_);
    place_ = whole(kept_, shape_.rows * shape_.experts);
    row_ = whole(kept_, most());
    expert_firsts_ = whole(kept_, shape_.experts + 1);
    result_gradients_ = numbers(scratch_, width_);
    unit_gradients_ = numbers(scratch_, inner_);
    pair_gradients_ = numbers(scratch_, 2 * inner_);
    work_ = whole(scratch_,
                  std::max(place_scratch(shape_), column_scratch(std::max(2 * inner_, width_))));
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return kept_.bytes(); }
  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  [[nodiscard]] bool reads_copy(std::size_t which) const override { return which < 2; }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    find_places(shape_, operands_.inputs[1],
                {.place = place(), .row = kept<std::int32_t>(row_), .firsts = firsts_on_gpu()},
                reinterpret_cast<std::int32_t*>(operands_.scratch + work_), engine_.stream());
    copy_bytes(firsts_on_gpu(), firsts_.data(), firsts_.bytes(), engine_.stream());
    engine_.context().stream().synchronize();
    gather_rows(operands_.inputs[0], width_, kept<std::int32_t>(row_), placed(),
                all(copies(), width_), engine_.stream());
    for_each_expert([this](std::int64_t expert, std::int64_t first, std::int64_t count) {
      multiply(up_rows(count), rows(copies(), first, count, width_), up(expert),
               rows(pairs(), first, count, 2 * inner_));
      add_expert_bias(2, expert, rows(pairs(), first, count, 2 * inner_), 2 * inner_);
    });
    gated_unit(all(pairs(), 2 * inner_), all(units(), inner_), inner_, engine_.stream());
    for_each_expert([this](std::int64_t expert, std::int64_t first, std::int64_t count) {
      multiply(down_rows(count), rows(units(), first, count, inner_), down(expert),
               rows(results(), first, count, width_));
      add_expert_bias(3, expert, rows(results(), first, count, width_), width_);
    });
    combine_rows(shape_, operands_.inputs[1], all(results(), width_), width_, place(),
                 operands_.output, engine_.stream());
  }

  // Back to the gradients of gates and values, which backward_data() needs; those of the router's
  // weights come on the way.
  void backward_weights() override {
    combine_rows_backward(shape_, operands_.inputs[1], all(results(), width_), width_, place(),
                          operands_.output_gradient, all(result_gradients(), width_),
                          operands_.input_gradients[1], engine_.stream());
    for_each_expert([this](std::int64_t expert, std::int64_t first, std::int64_t count) {
      engine_.products().run(data_product(down_rows(count)),
                             {.a = rows(result_gradients(), first, count, width_).data,
                              .b = down(expert).data,
                              .c = rows(unit_gradients(), first, count, inner_).data});
    });
    gated_unit_backward(all(pairs(), 2 * inner_), all(unit_gradients(), inner_),
                        all(pair_gradients(), 2 * inner_), inner_, engine_.stream());
    for (std::int64_t expert = 0; expert < shape_.experts; ++expert) {
      const std::int64_t first = first_of(expert), count = first_of(expert + 1) - first;
      weight_gradient(down_rows(count), rows(result_gradients(), first, count, width_),
                      rows(units(), first, count, inner_), gradient(1, expert), 3, expert);
      weight_gradient(up_rows(count), rows(pair_gradients(), first, count, 2 * inner_),
                      rows(copies(), first, count, width_), gradient(0, expert), 2, expert);
    }
  }

  void backward_data() override {
    const Tensor& to = operands_.input_gradients[0];
    if (to.data == nullptr) return;
    // The copies are no longer needed: their gradients take their place.
    for_each_expert([this](std::int64_t expert, std::int64_t first, std::int64_t count) {
      engine_.products().run(data_product(up_rows(count)),
                             {.a = rows(pair_gradients(), first, count, 2 * inner_).data,
                              .b = up(expert).data,
                              .c = rows(copies(), first, count, width_).data});
    });
    combine_rows(shape_, {}, all(copies(), width_), width_, place(), to, engine_.stream());
  }

  // Each step has experts of its own, all of equal weight.
  void write_inputs() override {
    const auto experts = static_cast<std::size_t>(shape_.experts);
    const auto active = static_cast<std::size_t>(shape_.active);
    const auto steps = static_cast<std::size_t>(shape_.rows);
    std::vector<float> weights(steps * experts, 0.0F);
    for (std::size_t step = 0; step < steps; ++step) {
      for (std::size_t k = 0; k < active; ++k) {
        weights[step * experts + (step * active + k) % experts] = 1 / static_cast<float>(active);
      }
    }
    copy_bytes(weights.data(), operands_.inputs[1].data, weights.size() * sizeof(float),
               engine_.stream());
    engine_.context().stream().synchronize();
  }

 private:
  [[nodiscard]] std::int64_t most() const { return shape_.rows * shape_.active; }  // copies

  template <class Number>
  [[nodiscard]] Number* kept(std::size_t at) const {
    return reinterpret_cast<Number*>(operands_.kept + at);
  }
  [[nodiscard]] std::int32_t* place() const { return kept<std::int32_t>(place_); }
  [[nodiscard]] std::int32_t* firsts_on_gpu() const { return kept<std::int32_t>(expert_firsts_); }
  [[nodiscard]] std::int64_t first_of(std::int64_t expert) const {
    return static_cast<const std::int32_t*>(firsts_.data())[expert];
  }
  [[nodiscard]] std::int64_t placed() const { return first_of(shape_.experts); }

  [[nodiscard]] std::byte* copies() const { return operands_.kept + copies_; }
  [[nodiscard]] std::byte* pairs() const { return operands_.kept + pairs_; }
  [[nodiscard]] std::byte* units() const { return operands_.kept + units_; }
  [[nodiscard]] std::byte* results() const { return operands_.kept + results_; }
  [[nodiscard]] std::byte* result_gradients() const {
    return operands_.scratch + result_gradients_;
  }
  [[nodiscard]] std::byte* unit_gradients() const { return operands_.scratch + unit_gradients_; }
  [[nodiscard]] std::byte* pair_gradients() const { return operands_.scratch + pair_gradients_; }

  // Rows [first, first + count) of an array by place, each of `width` numbers.
  [[nodiscard]] Tensor rows(std::byte* array, std::int64_t first, std::int64_t count,
                            std::int64_t width) const {
    return device_tensor(array + static_cast<std::size_t>(first * width) * engine_.bytes(),
                         count * width, engine_.type());
  }
  [[nodiscard]] Tensor all(std::byte* array, std::int64_t width) const {
    return rows(array, 0, placed(), width);
  }

  // An expert's part of a parameter tensor or of its gradient.
  [[nodiscard]] Tensor part(const Tensor& tensor, std::int64_t expert) const {
    const std::int64_t size = tensor.elements / shape_.experts;
    return tensor.part(expert * size, size);
  }
  [[nodiscard]] Tensor up(std::int64_t expert) const { return part(operands_.copies[0], expert); }
  [[nodiscard]] Tensor down(std::int64_t expert) const { return part(operands_.copies[1], expert); }
  [[nodiscard]] Tensor gradient(std::size_t which, std::int64_t expert) const {
    return part(operands_.parameter_gradients[which], expert);
  }

  [[nodiscard]] RowProduct up_rows(std::int64_t count) const {
    return row_product(count, width_, 2 * inner_);
  }
  [[nodiscard]] RowProduct down_rows(std::int64_t count) const {
    return row_product(count, inner_, width_);
  }
  [[nodiscard]] RowProduct row_product(std::int64_t count, std::int64_t in,
                                       std::int64_t out) const {
    return {.rows = count,
            .in = in,
            .out = out,
            .type = engine_.type(),
            .narrow = engine_.narrow(),
            .alignment = alignment_of(engine_.type(), {width_, inner_})};
  }

  void multiply(const RowProduct& of, const Tensor& x, const Tensor& weights, const Tensor& to) {
    engine_.products().run(forward_product(of, false, false),
                           {.a = x.data, .b = weights.data, .c = to.data});
  }

  void add_expert_bias(std::size_t which, std::int64_t expert, const Tensor& to,
                       std::int64_t width) const {
    if (!bias_) return;
    const Tensor bias = operands_.parameters[which].part(expert * width, width);
    add_bias(to, bias, to, engine_.stream());
  }

  // to = dy^T x, and the sums of dy's rows as the gradient of the bias `which`.
  void weight_gradient(const RowProduct& of, const Tensor& dy, const Tensor& x, const Tensor& to,
                       std::size_t which, std::int64_t expert) {
    if (of.rows == 0) {
      clear(to);
      if (bias_) clear(gradient(which, expert));
      return;
    }
    engine_.products().run(weights_product(of, to.data, false),
                           {.a = dy.data, .b = x.data, .c = to.data});
    if (!bias_) return;
    column_sums(dy, gradient(which, expert), reinterpret_cast<float*>(operands_.scratch + work_),
                engine_.stream());
  }

  void clear(const Tensor& tensor) const {
    clear_bytes(tensor.data, static_cast<std::size_t>(tensor.elements * tensor.element_bytes()),
                engine_.stream());
  }

  // use(expert, first place, places) for experts that have any.
  template <class Use>
  void for_each_expert(const Use& use) const {
    for (std::int64_t expert = 0; expert < shape_.experts; ++expert) {
      const std::int64_t count = first_of(expert + 1) - first_of(expert);
      if (count > 0) use(expert, first_of(expert), count);
    }
  }

  Engine& engine_;
  const RouterShape shape_;
  const std::int64_t width_, inner_;
  const bool bias_;
  MemorySlots kept_, scratch_;
  // By place: steps, gates and values, their units, results.
  std::size_t copies_ = 0, pairs_ = 0, units_ = 0, results_ = 0;
  std::size_t place_ = 0, row_ = 0, expert_firsts_ = 0;  // Places
  std::size_t result_gradients_ = 0, unit_gradients_ = 0, pair_gradients_ = 0;
  std::size_t work_ = 0;
  PinnedMemory firsts_;  // of each expert, its first place; then their number
  Operands operands_;
};

std::unique_ptr<Operation> make_experts(const Site& site) {
  const Layer& layer = site.layer();
  if (layer.experts.ranks > 1) return refuse(site);
  if (layer.experts.capacity > 0) {
    throw Error::input("cannot compute '" + layer.name + "'",
                       "experts with a capacity can be predicted, but not trained here",
                       "leave 'capacity' out or use 'predict'");
  }
  return std::make_unique<Experts>(site);
}

}  // namespace

OperationKind experts_operation() {
  return {.make = make_experts, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
