// An exchange between ranks (Exchange in kernels/models/layer.h) and the bias of a product whose
// parts were summed. Sequences lie sample by sample, while collectives take parts rank by rank: the
// parts are put in order in scratch memory on the way. Activations travel in the type in which they
// lie. Before each exchange the host waits for the GPU.
#include <algorithm>

#include "base/contract.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/sequences.h"
#include "kernels/step/shared_layers.h"

namespace rehearse::cuda {
namespace {

using Kind = Exchange::Kind;

class ExchangeOperation final : public Operation {
 public:
  explicit ExchangeOperation(const Site& site)
      : engine_(site.engine),
        of_(site.layer().exchange),
        bias_(site.layer().bias),
        backward_(site.wants_input_gradient()),
        batch_(site.batch),
        parts_elements_(std::max(site.input().elements() * site.batch, site.elements())),
        type_(output_type(site.model, site.index, site.engine.type())) {
    expect_computable_exchange(site.layer());
    if (of_.kind == Kind::gather || of_.kind == Kind::scatter) {
      parts_ = scratch_.take(static_cast<std::size_t>(parts_elements_ * element_bytes(type_)));
    }
    if (bias_) {
      const std::int64_t channels = site.layer().output.channels;
      sums_ = scratch_.take(static_cast<std::size_t>(column_scratch(channels)) * sizeof(float));
    }
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    const Tensor& in = operands_.inputs.front();
    const Tensor& out = operands_.output;
    switch (of_.kind) {
      case Kind::gather:
        gather(in, out);
        break;
      case Kind::scatter:
        scatter(in, out);
        break;
      default:
        pass(in, out);
        if (of_.kind == Kind::sum) exchanger().sum(of_.axis, out);
    }
    if (bias_) add_bias(out, operands_.parameters.front(), out, engine_.stream());
  }

  void backward_weights() override {
    if (!bias_) return;
    column_sums(operands_.output_gradient, operands_.parameter_gradients.front(),
                reinterpret_cast<float*>(operands_.scratch + sums_), engine_.stream());
  }

  void backward_data() override {
    if (!backward_) return;
    const Tensor& from = operands_.output_gradient;
    const Tensor& to = operands_.input_gradients.front();
    switch (of_.kind) {
      case Kind::gather:
        return scatter(from, to);
      case Kind::scatter:
        return gather(from, to);
      default:
        pass(from, to);
        if (of_.kind == Kind::copy) exchanger().sum(of_.axis, to);
    }
  }

 private:
  [[nodiscard]] Exchanger& others() const {
    EXPECTS(operands_.mode->exchanger != nullptr);
    return *operands_.mode->exchanger;
  }
  // When what was launched is complete.
  [[nodiscard]] Exchanger& exchanger() const {
    engine_.context().stream().synchronize();
    return others();
  }

  void pass(const Tensor& from, const Tensor& to) const {
    if (from.data != to.data) scale(from, 1, to, engine_.stream());
  }

  [[nodiscard]] Tensor parts() const {
    return device_tensor(operands_.scratch + parts_, parts_elements_, type_);
  }
  [[nodiscard]] Tensor own_part() const {
    const std::int64_t size = parts_elements_ / of_.ways;
    return parts().part(others().place(of_.axis) * size, size);
  }

  void gather(const Tensor& own, const Tensor& all) const {
    pass(own, own_part());
    exchanger().gather(of_.axis, parts());
    swap_axes(parts(), of_.ways, batch_, all, engine_.stream());
  }

  void scatter(const Tensor& all, const Tensor& own) const {
    swap_axes(all, batch_, of_.ways, parts(), engine_.stream());
    exchanger().scatter(of_.axis, parts());
    pass(own_part(), own);
  }

  Engine& engine_;
  const Exchange of_;
  const bool bias_, backward_;
  const std::int64_t batch_;
  const std::int64_t parts_elements_;  // of all ranks
  const ElementType type_;
  MemorySlots scratch_;
  std::size_t parts_ = 0, sums_ = 0;
  Operands operands_;
};

}  // namespace

OperationKind exchange_operation() {
  return {.make = construct<ExchangeOperation>,
          .does_nothing = moves_nothing,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
