// The experts of a mixture. Each step is copied once for every expert that has a weight for it,
// sorted by expert; each expert multiplies its copies, and the results are summed by weight.
#include <algorithm>

#include "base/contract.h"
#include "kernels/cpu/expert_products.h"
#include "kernels/cpu/gated_unit.h"
#include "kernels/cpu/shared_experts.h"
#include "kernels/cpu/steps.h"
#include "kernels/cpu/vector_loop.h"
#include "kernels/step/memory_plan.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cpu {
namespace {

class Experts final : public Operation {
 public:
  explicit Experts(const Site& site)
      : Operation(site.layer().parameters),
        steps_(steps_of(site)),
        experts_(static_cast<std::size_t>(site.layer().experts.experts)),
        active_(static_cast<std::size_t>(site.layer().experts.active)),
        inner_(static_cast<std::size_t>(site.layer().experts.features)),
        bias_(site.layer().experts.bias) {}

  [[nodiscard]] std::size_t kept_bytes() const override { return slots().end; }
  [[nodiscard]] std::size_t scratch_bytes() const override {
    return most() * (steps_.width + 3 * inner_) * sizeof(float);
  }

  void bind(const Operands& operands) override {
    operands_ = operands;
    const Slots at = slots();
    const auto floats = [&](std::size_t offset) {
      return reinterpret_cast<float*>(operands.kept + offset);
    };
    copies_ = floats(at.copies);
    pairs_ = floats(at.pairs);
    units_ = floats(at.units);
    results_ = floats(at.results);
    places_ = reinterpret_cast<std::int32_t*>(operands.kept + at.places);
    auto* scratch = reinterpret_cast<float*>(operands.scratch);
    result_gradients_ = scratch;
    unit_gradients_ = result_gradients_ + most() * steps_.width;
    pair_gradients_ = unit_gradients_ + most() * inner_;
  }

  void forward() override {
    sort();
    for_each_row(steps_.rows, steps_.width * active_, [this](std::size_t step) {
      for_each_place(step, [&](std::size_t, std::size_t place) {
        std::copy_n(operands_.inputs[0] + step * steps_.width, steps_.width,
                    copies_ + place * steps_.width);
      });
    });
    const std::size_t h = steps_.width, f = inner_;
    for_each_expert([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = 2 * f, .inner = h}, {copies_ + first * h, h},
               {up(expert), h, true}, pairs_ + first * 2 * f, 2 * f);
      if (bias_)
        add_bias(operands_.parameters[2] + expert * 2 * f, pairs_ + first * 2 * f, count, 2 * f);
    });
    gated_unit(pairs_, units_, placed_, f);
    for_each_expert([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = h, .inner = f}, {units_ + first * f, f},
               {down(expert), f, true}, results_ + first * h, h);
      if (bias_) add_bias(operands_.parameters[3] + expert * h, results_ + first * h, count, h);
    });
    for_each_row(steps_.rows, h * active_, [this, h](std::size_t step) REHEARSE_INLINE {
      float* to = operands_.output + step * h;
      std::fill_n(to, h, 0.0F);
      for_each_place(step, [&](std::size_t expert, std::size_t place) REHEARSE_INLINE {
        const float weight = operands_.inputs[1][step * experts_ + expert];
        const float* from = results_ + place * h;
#pragma omp simd
        for (std::size_t i = 0; i < h; ++i) to[i] += weight * from[i];
      });
    });
  }

  // Back to the gradients of gates and values, which backward_data() needs.
  void backward_weights() override {
    const std::size_t h = steps_.width, f = inner_;
    for_each_row(steps_.rows, h * active_, [this, h](std::size_t step) REHEARSE_INLINE {
      const float* gradient = operands_.output_gradient + step * h;
      for_each_place(step, [&](std::size_t expert, std::size_t place) REHEARSE_INLINE {
        const float weight = operands_.inputs[1][step * experts_ + expert];
        float* to = result_gradients_ + place * h;
#pragma omp simd
        for (std::size_t i = 0; i < h; ++i) to[i] = weight * gradient[i];
      });
    });
    for_each_expert([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = f, .inner = h}, {result_gradients_ + first * h, h},
               {down(expert), f}, unit_gradients_ + first * f, f);
    });
    gated_unit_gradient(pairs_, unit_gradients_, pair_gradients_, placed_, f);
    for (std::size_t expert = 0; expert < experts_; ++expert) {
      const std::size_t first = firsts_[expert], count = firsts_[expert + 1] - first;
      weight_gradient(result_gradients_ + first * h, units_ + first * f, count, h, f,
                      operands_.parameter_gradients[1] + expert * h * f);
      weight_gradient(pair_gradients_ + first * 2 * f, copies_ + first * h, count, 2 * f, h,
                      operands_.parameter_gradients[0] + expert * 2 * f * h);
      if (!bias_) continue;
      sum_rows(pair_gradients_ + first * 2 * f, count, 2 * f,
               operands_.parameter_gradients[2] + expert * 2 * f);
      sum_rows(result_gradients_ + first * h, count, h,
               operands_.parameter_gradients[3] + expert * h);
    }
  }

  void backward_data() override {
    const std::size_t h = steps_.width, f = inner_;
    if (float* to = operands_.input_gradients[1]; to != nullptr) weigh_gradients(to);
    float* to = operands_.input_gradients[0];
    if (to == nullptr) return;
    // The copies are no longer needed: their gradients take their place.
    for_each_expert([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = h, .inner = 2 * f},
               {pair_gradients_ + first * 2 * f, 2 * f}, {up(expert), h}, copies_ + first * h, h);
    });
    for_each_row(steps_.rows, h * active_, [=, this](std::size_t step) REHEARSE_INLINE {
      float* sum = to + step * h;
      std::fill_n(sum, h, 0.0F);
      for_each_place(step, [&](std::size_t, std::size_t place) REHEARSE_INLINE {
        const float* from = copies_ + place * h;
#pragma omp simd
        for (std::size_t i = 0; i < h; ++i) sum[i] += from[i];
      });
    });
  }

  // Each step has experts of its own, all of equal weight.
  void write_inputs() override {
    float* weights = operands_.inputs[1];
    std::fill_n(weights, steps_.rows * experts_, 0.0F);
    for (std::size_t step = 0; step < steps_.rows; ++step) {
      for (std::size_t k = 0; k < active_; ++k) {
        weights[step * experts_ + (step * active_ + k) % experts_] =
            1 / static_cast<float>(active_);
      }
    }
  }

 private:
  // Offsets of what is kept from forward to backward.
  struct Slots {
    std::size_t copies, pairs, units, results, places, end;
  };

  [[nodiscard]] std::size_t most() const { return steps_.rows * active_; }  // copies

  [[nodiscard]] Slots slots() const {
    std::size_t at = 0;
    const auto take = [&](std::size_t bytes) {
      at += aligned(bytes);
      return at - aligned(bytes);
    };
    const std::size_t floats = most() * sizeof(float);
    Slots all{};
    all.copies = take(floats * steps_.width);
    all.pairs = take(floats * 2 * inner_);
    all.units = take(floats * inner_);
    all.results = take(floats * steps_.width);
    all.places = take(2 * most() * sizeof(std::int32_t));
    all.end = at;
    return all;
  }

  [[nodiscard]] const float* up(std::size_t expert) const {
    return operands_.parameters[0] + expert * 2 * inner_ * steps_.width;
  }
  [[nodiscard]] const float* down(std::size_t expert) const {
    return operands_.parameters[1] + expert * inner_ * steps_.width;
  }

  // Finds the experts of each step and a place for each of their copies.
  void sort() {
    firsts_.assign(experts_ + 1, 0);
    counts_.assign(steps_.rows, 0);
    const float* weights = operands_.inputs[1];
    for (std::size_t step = 0; step < steps_.rows; ++step) {
      for (std::size_t expert = 0; expert < experts_; ++expert) {
        if (!(weights[step * experts_ + expert] > 0)) continue;
        EXPECTS(counts_[step] < active_);
        places_[2 * (step * active_ + counts_[step]++)] = static_cast<std::int32_t>(expert);
        ++firsts_[expert + 1];
      }
    }
    for (std::size_t expert = 0; expert < experts_; ++expert) {
      firsts_[expert + 1] += firsts_[expert];
    }
    placed_ = firsts_.back();
    std::vector<std::size_t> next(firsts_.begin(), firsts_.end() - 1);
    for (std::size_t step = 0; step < steps_.rows; ++step) {
      for (std::size_t k = 0; k < counts_[step]; ++k) {
        std::int32_t* entry = places_ + 2 * (step * active_ + k);
        entry[1] = static_cast<std::int32_t>(next[static_cast<std::size_t>(entry[0])]++);
      }
    }
  }

  // use(expert, place) for the copies of a step.
  template <class Use>
  REHEARSE_INLINE void for_each_place(std::size_t step, const Use& use) const {
    for (std::size_t k = 0; k < counts_[step]; ++k) {
      const std::int32_t* entry = places_ + 2 * (step * active_ + k);
      use(static_cast<std::size_t>(entry[0]), static_cast<std::size_t>(entry[1]));
    }
  }

  // use(expert, first place, places) for experts that have any.
  template <class Use>
  void for_each_expert(const Use& use) const {
    for (std::size_t expert = 0; expert < experts_; ++expert) {
      const std::size_t count = firsts_[expert + 1] - firsts_[expert];
      if (count > 0) use(expert, firsts_[expert], count);
    }
  }

  // The gradient of a weight is the product of the result and the gradient of the sum.
  void weigh_gradients(float* to) const {
    const std::size_t h = steps_.width;
    for_each_row(steps_.rows, h * active_, [=, this](std::size_t step) REHEARSE_INLINE {
      std::fill_n(to + step * experts_, experts_, 0.0F);
      const float* gradient = operands_.output_gradient + step * h;
      for_each_place(step, [&](std::size_t expert, std::size_t place) REHEARSE_INLINE {
        const float* result = results_ + place * h;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (std::size_t i = 0; i < h; ++i) sum += result[i] * gradient[i];
        to[step * experts_ + expert] = sum;
      });
    });
  }

  const Steps steps_;
  const std::size_t experts_, active_, inner_;
  const bool bias_;
  Operands operands_;
  std::vector<std::size_t> firsts_;  // of each expert, its first place; then their number
  std::vector<std::size_t> counts_;  // of each step, its experts
  std::size_t placed_ = 0;
  // By place: steps, gates and values, their units, results. By step: pairs of expert and place.
  float *copies_ = nullptr, *pairs_ = nullptr, *units_ = nullptr, *results_ = nullptr;
  std::int32_t* places_ = nullptr;
  float *result_gradients_ = nullptr, *unit_gradients_ = nullptr, *pair_gradients_ = nullptr;
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

}  // namespace rehearse::cpu
