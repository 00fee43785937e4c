// Rotary positions, by halves as in Llama (kernels/cpu/ops/rotary.cc). Values pass.
#include "base/error.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/sequences.h"
#include "kernels/rotary_table.h"

namespace rehearse::cuda {
namespace {

class Rotary final : public Operation {
 public:
  explicit Rotary(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        shape_{.rows = site.elements() / site.layer().output.channels,
               .width = site.layer().output.channels,
               .steps = site.layer().steps,
               .turned = site.layer().attention.heads + site.layer().attention.kv_heads,
               .half = site.layer().attention.head_dim / 2},
        table_(site.engine.context().device(),
               static_cast<std::size_t>(2 * shape_.steps * shape_.half) * sizeof(float)) {
    if (site.layer().attention.head_dim % 2 != 0) {
      throw Error::input("cannot compute '" + site.layer().name + "'",
                         "heads of " + std::to_string(site.layer().attention.head_dim) +
                             " features have no halves",
                         "make 'head_dim' even");
    }
    const RotaryTable table = rotary_table(shape_.steps, shape_.half);
    const std::size_t bytes = table.cosines.size() * sizeof(float);
    copy_bytes(table.cosines.data(), cosines(), bytes, engine_.stream());
    copy_bytes(table.sines.data(), sines(), bytes, engine_.stream());
    engine_.context().stream().synchronize();
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    rotate(shape_, cosines(), sines(), false, operands_.inputs.front(), operands_.output,
           engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    rotate(shape_, cosines(), sines(), true, operands_.output_gradient,
           operands_.input_gradients.front(), engine_.stream());
  }

 private:
  [[nodiscard]] float* cosines() const { return static_cast<float*>(table_.data()); }
  [[nodiscard]] float* sines() const { return cosines() + shape_.steps * shape_.half; }

  Engine& engine_;
  const bool backward_;
  const RotaryShape shape_;
  const DeviceMemory table_;
  Operands operands_;
};

}  // namespace

OperationKind rotary_operation() {
  return {.make = construct<Rotary>,
          .takes_sequences = true,
          .overwrites_input = true,
          .overwrites_gradient = true};
}

}  // namespace rehearse::cuda
