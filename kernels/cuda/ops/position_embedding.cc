// Adds the row of each position. Its gradient is that of the sum.
#include "base/error.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/sequences.h"

namespace rehearse::cuda {
namespace {

class PositionEmbedding final : public Operation {
 public:
  explicit PositionEmbedding(const Site& site)
      : engine_(site.engine),
        shape_{.batch = site.batch,
               .steps = site.layer().steps,
               .width = site.layer().output.channels,
               .positions = site.layer().vocabulary,
               .first = site.layer().first} {
    if (site.layer().types == 0) return;
    throw Error::input("cannot compute '" + site.layer().name + "'",
                       "positions with types of tokens can be predicted, but not trained here",
                       "use 'predict'");
  }

  void bind(const Operands& operands) override { operands_ = operands; }

  void forward() override {
    add_positions(shape_, operands_.inputs.front(), operands_.parameters[0], operands_.output,
                  engine_.stream());
  }
  void backward_weights() override {
    positions_backward(shape_, operands_.output_gradient, operands_.parameter_gradients[0],
                       engine_.stream());
  }

 private:
  Engine& engine_;
  const PositionShape shape_;
  Operands operands_;
};

}  // namespace

OperationKind position_embedding_operation() {
  return {.make = construct<PositionEmbedding>,
          .takes_sequences = true,
          .overwrites_input = true,
          .passes_gradient = true};
}

}  // namespace rehearse::cuda
