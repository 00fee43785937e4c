#include "kernels/cpu/shared_experts.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "base/contract.h"
#include "kernels/cpu/expert_products.h"
#include "kernels/cpu/gated_unit.h"
#include "kernels/cpu/steps.h"
#include "kernels/step/expert_shares.h"

namespace rehearse::cpu {
namespace {

using Rows = std::vector<float>;

class SharedExperts final : public Operation {
 public:
  explicit SharedExperts(const Site& site)
      : Operation(site.layer().parameters),
        steps_(steps_of(site)),
        experts_(static_cast<std::size_t>(site.layer().experts.experts)),
        inner_(static_cast<std::size_t>(site.layer().experts.features)),
        bias_(site.layer().experts.bias),
        shares_(site.layer().experts.experts, site.layer().experts.ranks) {}

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    sort();
    const std::size_t h = steps_.width, f = inner_;
    Rows copies(copies_.size() * h);
    for (std::size_t place = 0; place < copies_.size(); ++place) {
      std::copy_n(operands_.inputs[0] + copies_[place].step * h, h, copies.data() + place * h);
    }
    served_ = to_experts(copies);
    const std::size_t served = served_.size() / h;
    pairs_.resize(served * 2 * f);
    units_.resize(served * f);
    Rows results(served * h);
    for_each_own([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = 2 * f, .inner = h}, {served_.data() + first * h, h},
               {up(expert), h, true}, pairs_.data() + first * 2 * f, 2 * f);
      if (bias_)
        add_bias(operands_.parameters[2] + expert * 2 * f, pairs_.data() + first * 2 * f, count,
                 2 * f);
    });
    gated_unit(pairs_.data(), units_.data(), served, f);
    for_each_own([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = h, .inner = f}, {units_.data() + first * f, f},
               {down(expert), f, true}, results.data() + first * h, h);
      if (bias_)
        add_bias(operands_.parameters[3] + expert * h, results.data() + first * h, count, h);
    });
    results_ = back(results);
    std::fill_n(operands_.output, steps_.elements(), 0.0F);
    for (std::size_t place = 0; place < copies_.size(); ++place) {
      const float* from = results_.data() + place * h;
      float* to = operands_.output + copies_[place].step * h;
      for (std::size_t i = 0; i < h; ++i) to[i] += weight(copies_[place]) * from[i];
    }
  }

  // Back to the gradients of the copies, which backward_data() needs.
  void backward_weights() override {
    const std::size_t h = steps_.width, f = inner_, served = served_.size() / h;
    Rows of_results(copies_.size() * h);
    for (std::size_t place = 0; place < copies_.size(); ++place) {
      const float* from = operands_.output_gradient + copies_[place].step * h;
      float* to = of_results.data() + place * h;
      for (std::size_t i = 0; i < h; ++i) to[i] = weight(copies_[place]) * from[i];
    }
    const Rows results = to_experts(of_results);
    Rows units(served * f), pairs(served * 2 * f);
    for_each_own([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = f, .inner = h}, {results.data() + first * h, h},
               {down(expert), f}, units.data() + first * f, f);
    });
    gated_unit_gradient(pairs_.data(), units.data(), pairs.data(), served, f);
    for (std::size_t expert = 0; expert < own_experts(); ++expert) {
      const std::size_t first = first_of(expert), count = first_of(expert + 1) - first;
      weight_gradient(results.data() + first * h, units_.data() + first * f, count, h, f,
                      operands_.parameter_gradients[1] + expert * h * f);
      weight_gradient(pairs.data() + first * 2 * f, served_.data() + first * h, count, 2 * f, h,
                      operands_.parameter_gradients[0] + expert * 2 * f * h);
      if (!bias_) continue;
      sum_rows(pairs.data() + first * 2 * f, count, 2 * f,
               operands_.parameter_gradients[2] + expert * 2 * f);
      sum_rows(results.data() + first * h, count, h, operands_.parameter_gradients[3] + expert * h);
    }
    served_gradients_.resize(served * h);
    for_each_own([&](std::size_t expert, std::size_t first, std::size_t count) {
      multiply({.rows = count, .columns = h, .inner = 2 * f}, {pairs.data() + first * 2 * f, 2 * f},
               {up(expert), h}, served_gradients_.data() + first * h, h);
    });
  }

  void backward_data() override {
    const std::size_t h = steps_.width;
    if (float* to = operands_.input_gradients[1]; to != nullptr) {
      std::fill_n(to, steps_.rows * experts_, 0.0F);
      for (std::size_t place = 0; place < copies_.size(); ++place) {
        const auto [step, expert] = copies_[place];
        to[step * experts_ + expert] =
            std::inner_product(results_.data() + place * h, results_.data() + (place + 1) * h,
                               operands_.output_gradient + step * h, 0.0F);
      }
    }
    float* to = operands_.input_gradients[0];
    if (to == nullptr) return;
    const Rows gradients = back(served_gradients_);
    std::fill_n(to, steps_.elements(), 0.0F);
    for (std::size_t place = 0; place < copies_.size(); ++place) {
      const float* from = gradients.data() + place * h;
      float* sum = to + copies_[place].step * h;
      for (std::size_t i = 0; i < h; ++i) sum[i] += from[i];
    }
  }

 private:
  struct Copy {
    std::size_t step, expert;
  };

  [[nodiscard]] float weight(const Copy& copy) const {
    return operands_.inputs[1][copy.step * experts_ + copy.expert];
  }
  [[nodiscard]] Exchanger& exchanger() const {
    EXPECTS(operands_.mode->exchanger != nullptr);
    return *operands_.mode->exchanger;
  }
  [[nodiscard]] const float* up(std::size_t expert) const {
    return operands_.parameters[0] + expert * 2 * inner_ * steps_.width;
  }
  [[nodiscard]] const float* down(std::size_t expert) const {
    return operands_.parameters[1] + expert * inner_ * steps_.width;
  }

  [[nodiscard]] std::size_t own_experts() const {
    return static_cast<std::size_t>(shares_.own_experts());
  }
  [[nodiscard]] std::size_t first_of(std::size_t expert) const {
    return static_cast<std::size_t>(shares_.firsts()[expert]);
  }

  // Finds the copies of this rank's steps, and tells each rank how many it will have to serve.
  void sort() {
    copies_.clear();
    std::vector<std::int64_t> counts(experts_);
    for (std::size_t expert = 0; expert < experts_; ++expert) {
      for (std::size_t step = 0; step < steps_.rows; ++step) {
        if (!(operands_.inputs[1][step * experts_ + expert] > 0)) continue;
        copies_.push_back({step, expert});
        ++counts[expert];
      }
    }
    shares_.agree(counts, exchanger());
  }

  [[nodiscard]] std::int64_t width() const { return static_cast<std::int64_t>(steps_.width); }

  // Rows of copies to the ranks that serve them; returns those that this one serves, in order.
  Rows to_experts(Rows& copies) {
    Rows arrived(static_cast<std::size_t>(shares_.served()) * steps_.width);
    swap(shares_.to_experts(tensor_of(copies), tensor_of(arrived), width()));
    return picked(arrived, shares_.arrivals());
  }

  // The way back.
  Rows back(const Rows& served) {
    Rows leaving = picked(served, shares_.places());
    Rows received(copies_.size() * steps_.width);
    swap(shares_.back(tensor_of(leaving), tensor_of(received), width()));
    return received;
  }

  [[nodiscard]] Rows picked(const Rows& rows, const std::vector<std::int32_t>& which) const {
    const std::size_t h = steps_.width;
    Rows result(which.size() * h);
    for (std::size_t i = 0; i < which.size(); ++i) {
      std::copy_n(rows.data() + static_cast<std::size_t>(which[i]) * h, h, result.data() + i * h);
    }
    return result;
  }

  void swap(const ExpertShares::Parts& parts) const {
    const auto me = static_cast<std::size_t>(exchanger().place(ExpertShares::kAxis));
    std::ranges::copy(parts.to[me].values(), parts.from[me].floats());
    exchanger().swap(ExpertShares::kAxis, parts.to, parts.from);
  }

  // use(expert, first row, rows) for own experts that serve any.
  template <class Use>
  void for_each_own(const Use& use) const {
    for (std::size_t expert = 0; expert < own_experts(); ++expert) {
      const std::size_t count = first_of(expert + 1) - first_of(expert);
      if (count > 0) use(expert, first_of(expert), count);
    }
  }

  const Steps steps_;
  const std::size_t experts_, inner_;
  const bool bias_;
  ExpertShares shares_;
  Operands operands_;
  std::vector<Copy> copies_;  // of this rank's steps, by expert
  // By row that is served; results_ by copy of this rank's steps.
  Rows served_, pairs_, units_, served_gradients_, results_;
};

}  // namespace

std::unique_ptr<Operation> make_shared_experts(const Site& site) {
  return std::make_unique<SharedExperts>(site);
}

}  // namespace rehearse::cpu
