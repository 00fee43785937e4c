#include "kernels/cpu/shared_experts.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "base/contract.h"
#include "kernels/cpu/expert_products.h"
#include "kernels/cpu/gated_unit.h"
#include "kernels/cpu/steps.h"

namespace rehearse::cpu {
namespace {

using Rows = std::vector<float>;
constexpr Exchange::Axis kAxis = Exchange::Axis::expert;

// Copies of steps, one for each expert that serves it, lie by expert on the rank that has the steps
// and on the rank that serves them. What they are known by is how many there are of each expert.
class SharedExperts final : public Operation {
 public:
  explicit SharedExperts(const Site& site)
      : Operation(site.layer().parameters),
        steps_(steps_of(site)),
        experts_(static_cast<std::size_t>(site.layer().experts.experts)),
        ranks_(static_cast<std::size_t>(site.layer().experts.ranks)),
        own_(experts_ / ranks_),
        inner_(static_cast<std::size_t>(site.layer().experts.features)),
        bias_(site.layer().experts.bias) {}

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
    for (std::size_t expert = 0; expert < own_; ++expert) {
      const std::size_t first = firsts_[expert], count = firsts_[expert + 1] - first;
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

  // Finds the copies of this rank's steps, and tells each rank how many it will have to serve.
  void sort() {
    copies_.clear();
    std::vector<float> to(experts_), from(experts_);
    for (std::size_t expert = 0; expert < experts_; ++expert) {
      for (std::size_t step = 0; step < steps_.rows; ++step) {
        if (!(operands_.inputs[1][step * experts_ + expert] > 0)) continue;
        copies_.push_back({step, expert});
        ++to[expert];
      }
    }
    std::vector<std::span<const float>> sent;
    std::vector<std::span<float>> received;
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      sent.push_back(std::span<const float>(to).subspan(rank * own_, own_));
      received.push_back(std::span(from).subspan(rank * own_, own_));
    }
    const auto me = static_cast<std::size_t>(exchanger().place(kAxis));
    std::ranges::copy(sent[me], received[me].begin());
    exchanger().swap(kAxis, sent, received);
    sent_.assign(ranks_, 0);
    served_of_.assign(ranks_ * own_, 0);
    for (std::size_t i = 0; i < experts_; ++i) {
      sent_[i / own_] += static_cast<std::size_t>(to[i]);
      served_of_[i] = static_cast<std::size_t>(from[i]);
    }
    firsts_.assign(own_ + 1, 0);
    for (std::size_t expert = 0; expert < own_; ++expert) {
      firsts_[expert + 1] = firsts_[expert];
      for (std::size_t rank = 0; rank < ranks_; ++rank) {
        firsts_[expert + 1] += served_of_[rank * own_ + expert];
      }
    }
  }

  // Moves rows between what the ranks sent, rank by rank, and the order of the experts. Of each
  // rank they lie by expert already.
  template <class Use>
  void for_each_run(const Use& use) const {
    std::vector<std::size_t> next(firsts_.begin(), firsts_.end() - 1);
    std::size_t at = 0;
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      for (std::size_t expert = 0; expert < own_; ++expert) {
        const std::size_t count = served_of_[rank * own_ + expert];
        use(at, next[expert], count);
        at += count;
        next[expert] += count;
      }
    }
  }

  [[nodiscard]] std::vector<std::size_t> served_by_rank() const {
    std::vector<std::size_t> counts(ranks_);
    for (std::size_t i = 0; i < experts_; ++i) counts[i / own_] += served_of_[i];
    return counts;
  }

  // Rows of copies to the ranks that serve them; returns those that this one serves, by expert.
  Rows to_experts(const Rows& copies) {
    const std::size_t h = steps_.width;
    const Rows arrived = swap(copies, sent_, served_by_rank());
    Rows sorted(arrived.size());
    for_each_run([&](std::size_t by_rank, std::size_t by_expert, std::size_t count) {
      std::copy_n(arrived.data() + by_rank * h, count * h, sorted.data() + by_expert * h);
    });
    return sorted;
  }

  // The way back.
  Rows back(const Rows& served) {
    const std::size_t h = steps_.width;
    Rows by_rank(served.size());
    for_each_run([&](std::size_t to, std::size_t from, std::size_t count) {
      std::copy_n(served.data() + from * h, count * h, by_rank.data() + to * h);
    });
    return swap(by_rank, served_by_rank(), sent_);
  }

  // `counts`: rows to and from each rank.
  Rows swap(const Rows& rows, const std::vector<std::size_t>& to,
            const std::vector<std::size_t>& from) {
    const std::size_t h = steps_.width;
    Rows received(std::accumulate(from.begin(), from.end(), std::size_t{0}) * h);
    std::vector<std::span<const float>> leave;
    std::vector<std::span<float>> arrive;
    std::size_t out = 0, in = 0;
    for (std::size_t rank = 0; rank < ranks_; ++rank) {
      leave.push_back(std::span<const float>(rows).subspan(out, to[rank] * h));
      arrive.push_back(std::span(received).subspan(in, from[rank] * h));
      out += to[rank] * h;
      in += from[rank] * h;
    }
    const auto me = static_cast<std::size_t>(exchanger().place(kAxis));
    std::ranges::copy(leave[me], arrive[me].begin());
    exchanger().swap(kAxis, leave, arrive);
    return received;
  }

  // use(expert, first row, rows) for own experts that serve any.
  template <class Use>
  void for_each_own(const Use& use) const {
    for (std::size_t expert = 0; expert < own_; ++expert) {
      const std::size_t count = firsts_[expert + 1] - firsts_[expert];
      if (count > 0) use(expert, firsts_[expert], count);
    }
  }

  const Steps steps_;
  const std::size_t experts_, ranks_, own_, inner_;
  const bool bias_;
  Operands operands_;
  std::vector<Copy> copies_;            // of this rank's steps, by expert
  std::vector<std::size_t> sent_;       // of them, to each rank
  std::vector<std::size_t> served_of_;  // rows of each rank for each own expert
  std::vector<std::size_t> firsts_;     // of each own expert, its first row; then their number
  // By row that is served; results_ by copy of this rank's steps.
  Rows served_, pairs_, units_, served_gradients_, results_;
};

}  // namespace

std::unique_ptr<Operation> make_shared_experts(const Site& site) {
  return std::make_unique<SharedExperts>(site);
}

}  // namespace rehearse::cpu
