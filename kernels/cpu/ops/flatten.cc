// A flatten whose elements must change places: from channel blocks to the plain order.
#include "kernels/cpu/staged_operation.h"

namespace rehearse::cpu {
namespace {

class Flatten final : public StagedOperation {
 public:
  explicit Flatten(const Site& site) : StagedOperation(site) {
    const Desc in = activation_layout(site.input(), site.batch);
    const Desc out = plain_layout(site.input(), site.batch);
    forward_.reorder(in, {Operand::input}, out, {Operand::output});
    if (!site.model.needs_backward_data(site.index)) return;
    backward_data_.reorder(out, {Operand::output_gradient}, in, {Operand::input_gradient});
  }
};

// Whether the elements stay where they are.
bool is_view(const Model& model, std::size_t layer) { return is_plain(model.input_of(layer)); }

}  // namespace

OperationKind flatten_operation() { return {.make = construct<Flatten>, .does_nothing = is_view}; }

}  // namespace rehearse::cpu
