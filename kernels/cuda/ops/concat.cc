// Concatenation along channels, which lie together: each input is a slice of them.
#include "kernels/cuda/images.h"
#include "kernels/cuda/operation.h"

namespace rehearse::cuda {
namespace {

class Concat final : public Operation {
 public:
  explicit Concat(const Site& site)
      : engine_(site.engine), whole_(shape_of(site.layer().output, site.batch)) {
    for (std::size_t i = 0; i < site.layer().inputs.size(); ++i) {
      parts_.push_back(shape_of(site.input(i), site.batch));
    }
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    for_each_part([this](std::size_t i, std::int64_t first) {
      copy_channels(operands_.inputs[i], parts_[i], 0, operands_.output, whole_, first,
                    parts_[i].channels, engine_.stream());
    });
  }

  void backward_data() override {
    for_each_part([this](std::size_t i, std::int64_t first) {
      const Tensor& to = operands_.input_gradients[i];
      if (to.data == nullptr) return;
      copy_channels(operands_.output_gradient, whole_, first, to, parts_[i], 0, parts_[i].channels,
                    engine_.stream());
    });
  }

 private:
  static ChannelShape shape_of(const Shape& shape, std::int64_t batch) {
    return {.outer = batch * shape.elements() / shape.channels, .channels = shape.channels};
  }

  // use(input, its first channel in the output).
  template <class Use>
  void for_each_part(const Use& use) const {
    std::int64_t first = 0;
    for (std::size_t i = 0; i < parts_.size(); ++i) {
      use(i, first);
      first += parts_[i].channels;
    }
  }

  Engine& engine_;
  const ChannelShape whole_;
  std::vector<ChannelShape> parts_;
  Operands operands_;
};

}  // namespace

OperationKind concat_operation() { return {.make = construct<Concat>, .takes_sequences = true}; }

}  // namespace rehearse::cuda
