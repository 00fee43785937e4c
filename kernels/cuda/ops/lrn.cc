// Local response normalisation across channels.
#include "base/error.h"
#include "kernels/cuda/images.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class Lrn final : public Operation {
 public:
  explicit Lrn(const Site& site)
      : engine_(site.engine),
        backward_(site.wants_input_gradient()),
        size_(site.layer().lrn_size),
        shape_{.outer = site.elements() / site.layer().output.channels,
               .channels = site.layer().output.channels} {
    if (size_ % 2 == 1) return;
    throw Error::input(
        "cannot compute '" + site.layer().name + "': its size is " + std::to_string(size_),
        "a window around a channel has an odd size");
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    normalize_response(shape_, size_, operands_.inputs.front(), operands_.output, engine_.stream());
  }
  void backward_data() override {
    if (!backward_) return;
    normalize_response_backward(shape_, size_, operands_.inputs.front(), operands_.output_gradient,
                                operands_.input_gradients.front(), engine_.stream());
  }

 private:
  Engine& engine_;
  const bool backward_;
  const std::int64_t size_;
  const ChannelShape shape_;
  Operands operands_;
};

}  // namespace

OperationKind lrn_operation() { return {.make = construct<Lrn>, .backward_reads_input = true}; }

}  // namespace rehearse::cuda
