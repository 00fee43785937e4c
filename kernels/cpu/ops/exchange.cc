// An exchange between ranks (Exchange in kernels/models/layer.h) and the bias of a product whose
// parts were summed. Sequences lie sample by sample, while collectives take parts rank by rank: of
// several samples the parts are put in order in scratch memory on the way.
#include <algorithm>

#include "base/contract.h"
#include "kernels/cpu/elementwise.h"
#include "kernels/cpu/operation.h"
#include "kernels/step/memory_plan.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cpu {
namespace {

using Kind = Exchange::Kind;

class ExchangeOperation final : public Operation {
 public:
  explicit ExchangeOperation(const Site& site)
      : Operation(site.layer().parameters),
        of_(site.layer().exchange),
        bias_(site.layer().bias),
        backward_(site.model.needs_backward_data(site.index)),
        batch_(static_cast<std::size_t>(site.batch)),
        ways_(static_cast<std::size_t>(of_.ways)),
        in_(static_cast<std::size_t>(site.input().elements()) * batch_),
        out_(static_cast<std::size_t>(site.layer().output.elements()) * batch_),
        channels_(static_cast<std::size_t>(site.layer().output.channels)) {
    expect_computable_exchange(site.layer());
  }

  [[nodiscard]] std::size_t scratch_bytes() const override {
    const bool parts = of_.kind == Kind::gather || of_.kind == Kind::scatter;
    return parts ? aligned(std::max(in_, out_) * sizeof(float)) : 0;
  }

  void bind(const Operands& operands) override {
    operands_ = operands;
    parts_ = {reinterpret_cast<float*>(operands.scratch), std::max(in_, out_)};
  }

  void forward() override {
    const float* in = operands_.inputs.front();
    switch (of_.kind) {
      case Kind::gather:
        gather(in, operands_.output);
        break;
      case Kind::scatter:
        scatter(in, operands_.output);
        break;
      default:
        if (in != operands_.output) copy(in, operands_.output, out_);
        if (of_.kind == Kind::sum) exchanger().sum(of_.axis, tensor_of({operands_.output, out_}));
    }
    if (!bias_) return;
    const float* bias = operands_.parameters.front();
    for (std::size_t i = 0; i < out_; ++i) operands_.output[i] += bias[i % channels_];
  }

  void backward_weights() override {
    if (!bias_) return;
    float* to = operands_.parameter_gradients.front();
    std::fill_n(to, channels_, 0.0F);
    for (std::size_t row = 0; row < out_ / channels_; ++row) {
      const float* from = operands_.output_gradient + row * channels_;
      for (std::size_t i = 0; i < channels_; ++i) to[i] += from[i];
    }
  }

  void backward_data() override {
    if (!backward_) return;
    const float* from = operands_.output_gradient;
    float* to = operands_.input_gradients.front();
    switch (of_.kind) {
      case Kind::gather:
        return scatter(from, to);
      case Kind::scatter:
        return gather(from, to);
      default:
        if (from != to) copy(from, to, in_);
        if (of_.kind == Kind::copy) exchanger().sum(of_.axis, tensor_of({to, in_}));
    }
  }

 private:
  [[nodiscard]] Exchanger& exchanger() const {
    EXPECTS(operands_.mode->exchanger != nullptr);
    return *operands_.mode->exchanger;
  }

  // Elements that one rank has of a sample.
  [[nodiscard]] std::size_t block() const { return parts_.size() / batch_ / ways_; }

  void gather(const float* own, float* all) {
    const std::size_t part = parts_.size() / ways_;
    const auto place = static_cast<std::size_t>(exchanger().place(of_.axis));
    copy(own, parts_.data() + place * part, part);
    exchanger().gather(of_.axis, tensor_of(parts_));
    for_each_block([&](std::size_t in_parts, std::size_t in_all) {
      std::copy_n(parts_.data() + in_parts, block(), all + in_all);
    });
  }

  void scatter(const float* all, float* own) {
    for_each_block([&](std::size_t in_parts, std::size_t in_all) {
      std::copy_n(all + in_all, block(), parts_.data() + in_parts);
    });
    exchanger().scatter(of_.axis, tensor_of(parts_));
    const std::size_t part = parts_.size() / ways_;
    const auto place = static_cast<std::size_t>(exchanger().place(of_.axis));
    copy(parts_.data() + place * part, own, part);
  }

  // use(place rank by rank, place sample by sample).
  template <class Use>
  void for_each_block(const Use& use) const {
    for (std::size_t rank = 0; rank < ways_; ++rank) {
      for (std::size_t n = 0; n < batch_; ++n) {
        use((rank * batch_ + n) * block(), (n * ways_ + rank) * block());
      }
    }
  }

  const Exchange of_;
  const bool bias_, backward_;
  const std::size_t batch_, ways_, in_, out_, channels_;
  Operands operands_;
  std::span<float> parts_;
};

}  // namespace

OperationKind exchange_operation() {
  return {.make = construct<ExchangeOperation>,
          .does_nothing = moves_nothing,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cpu
