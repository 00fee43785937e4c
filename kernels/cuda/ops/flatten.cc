// A flatten of images: from channels that lie together to the plain order of the vector.
#include "kernels/cuda/images.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class Flatten final : public Operation {
 public:
  explicit Flatten(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        channels_(site.input().channels),
        pixels_(site.input().height * site.input().width) {}

  [[nodiscard]] int reorders() const override { return backward_ ? 2 : 1; }
  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    channels_first(operands_.inputs.front(), channels_, pixels_, operands_.output,
                   engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    channels_last(operands_.output_gradient, channels_, pixels_, operands_.input_gradients.front(),
                  engine_.stream());
  }

 private:
  Engine& engine_;
  const bool backward_;
  const std::int64_t channels_, pixels_;
  Operands operands_;
};

// Whether the elements stay where they are.
bool is_view(const Model& model, std::size_t layer) {
  const Shape& in = model.input_of(layer);
  return in.channels == 1 || in.height * in.width == 1;
}

}  // namespace

OperationKind flatten_operation() { return {.make = construct<Flatten>, .does_nothing = is_view}; }

}  // namespace rehearse::cuda
