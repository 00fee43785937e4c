// The experts of a mixture, as kernels/cpu/ops/experts.cc computes them: each step is copied once
// for every expert that has a weight for it, sorted by expert; each expert multiplies its copies,
// and the results are summed by weight. The host waits in the forward pass for how many copies each
// expert has.
#include <algorithm>
#include <vector>

#include "kernels/cuda/expert_networks.h"
#include "kernels/cuda/experts.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/shared_experts.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cuda {
namespace {

class Experts final : public Operation {
 public:
  explicit Experts(const Site& site)
      : engine_(site.engine),
        shape_{.rows = site.batch * site.layer().steps,
               .experts = site.layer().experts.experts,
               .active = site.layer().experts.active},
        networks_(site, shape_.experts),
        width_(networks_.width()),
        firsts_on_host_(static_cast<std::size_t>(shape_.experts + 1) * sizeof(std::int32_t)) {
    const auto numbers = [this](MemorySlots& slots, std::int64_t width) {
      return slots.take(static_cast<std::size_t>(most() * width) * engine_.bytes());
    };
    const auto whole = [](MemorySlots& slots, std::int64_t count) {
      return slots.take(static_cast<std::size_t>(count) * sizeof(std::int32_t));
    };
    const std::int64_t inner = networks_.inner();
    copies_ = numbers(kept_, width_);
    pairs_ = numbers(kept_, 2 * inner);
    units_ = numbers(kept_, inner);
    results_ = numbers(kept_, width_);
    place_ = whole(kept_, shape_.rows * shape_.experts);
    row_ = whole(kept_, most());
    expert_firsts_ = whole(kept_, shape_.experts + 1);
    result_gradients_ = numbers(scratch_, width_);
    unit_gradients_ = numbers(scratch_, inner);
    pair_gradients_ = numbers(scratch_, 2 * inner);
    work_ = whole(scratch_, std::max(place_scratch(shape_), networks_.scratch()));
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return kept_.bytes(); }
  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  [[nodiscard]] bool reads_copy(std::size_t which) const override {
    return ExpertNetworks::reads_copy(which);
  }
  void bind(const Operands& operands) override {
    operands_ = operands;
    networks_.bind(operands);
  }

  void forward() override {
    find_places(shape_, operands_.inputs[1],
                {.place = place(), .row = kept<std::int32_t>(row_), .firsts = firsts_on_gpu()},
                reinterpret_cast<std::int32_t*>(operands_.scratch + work_), engine_.stream());
    copy_bytes(firsts_on_gpu(), firsts_on_host_.data(), firsts_on_host_.bytes(), engine_.stream());
    engine_.context().stream().synchronize();
    const auto* const found = static_cast<const std::int32_t*>(firsts_on_host_.data());
    firsts_.assign(found, found + shape_.experts + 1);
    gather_rows(operands_.inputs[0], width_, kept<std::int32_t>(row_), firsts_.back(),
                all(rows().inputs), engine_.stream());
    networks_.forward(firsts_, rows());
    combine_rows(shape_, operands_.inputs[1], all(rows().outputs), width_, place(),
                 operands_.output, engine_.stream());
  }

  // Back to the gradients of gates and values, which backward_data() needs; those of the router's
  // weights come on the way.
  void backward_weights() override {
    combine_rows_backward(shape_, operands_.inputs[1], all(rows().outputs), width_, place(),
                          operands_.output_gradient, all(gradients().outputs),
                          operands_.input_gradients[1], engine_.stream());
    networks_.backward_weights(firsts_, rows(), gradients(),
                               reinterpret_cast<float*>(operands_.scratch + work_));
  }

  void backward_data() override {
    const Tensor& to = operands_.input_gradients[0];
    if (to.data == nullptr) return;
    networks_.backward_data(firsts_, gradients());
    combine_rows(shape_, {}, all(gradients().inputs), width_, place(), to, engine_.stream());
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

  [[nodiscard]] ExpertNetworks::Rows rows() const {
    return {.inputs = operands_.kept + copies_,
            .pairs = operands_.kept + pairs_,
            .units = operands_.kept + units_,
            .outputs = operands_.kept + results_};
  }
  // The copies are no longer needed when their gradients are known, which take their place.
  [[nodiscard]] ExpertNetworks::Rows gradients() const {
    return {.inputs = operands_.kept + copies_,
            .pairs = operands_.scratch + pair_gradients_,
            .units = operands_.scratch + unit_gradients_,
            .outputs = operands_.scratch + result_gradients_};
  }
  // Rows of `width_` elements, one for each place.
  [[nodiscard]] Tensor all(std::byte* array) const {
    return device_tensor(array, firsts_.back() * width_, engine_.type());
  }

  Engine& engine_;
  const RouterShape shape_;
  ExpertNetworks networks_;
  const std::int64_t width_;
  MemorySlots kept_, scratch_;
  // By place: steps, gates and values, their units, results.
  std::size_t copies_ = 0, pairs_ = 0, units_ = 0, results_ = 0;
  std::size_t place_ = 0, row_ = 0, expert_firsts_ = 0;  // Places
  std::size_t result_gradients_ = 0, unit_gradients_ = 0, pair_gradients_ = 0;
  std::size_t work_ = 0;
  PinnedMemory firsts_on_host_;
  ExpertNetworks::Firsts firsts_;
  Operands operands_;
};

std::unique_ptr<Operation> make(const Site& site) {
  expect_computable_experts(site.model, site.index);
  if (site.layer().experts.ranks > 1) return make_shared_experts(site);
  return std::make_unique<Experts>(site);
}

}  // namespace

OperationKind experts_operation() {
  return {.make = make, .takes_sequences = true, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
