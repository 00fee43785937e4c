// Local response normalisation across channels: y = x / (1 + alpha / size * sum of squares)^0.75
// with alpha 1e-4, the sum over the `size` channels around x; the constants are PyTorch's defaults.
#include "base/error.h"
#include "kernels/cpu/staged_operation.h"

namespace rehearse::cpu {
namespace {

using Forward = dnnl::lrn_forward;
using Backward = dnnl::lrn_backward;
constexpr auto kAcross = dnnl::algorithm::lrn_across_channels;
constexpr float kAlpha = 1e-4F, kBeta = 0.75F, kOffset = 1;

class Lrn final : public StagedOperation {
 public:
  explicit Lrn(const Site& site) : StagedOperation(site) {
    const std::int64_t size = site.layer().lrn_size;
    if (size % 2 == 0) {
      throw Error::input(
          "cannot compute '" + site.layer().name + "': its size is " + std::to_string(size),
          "a window around a channel has an odd size");
    }
    const Desc layout = activation_layout(site.input(), site.batch);
    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, kAcross, layout, size, kAlpha, kBeta, kOffset},
        own_scratchpad(), site.engine.engine());
    const Desc workspace = forward.workspace_desc();
    const bool has_workspace = workspace.get_size() > 0;
    const Slot kept = keep(workspace.get_size());
    std::vector<Argument> arguments{{DNNL_ARG_SRC, layout, {Operand::input}},
                                    {DNNL_ARG_DST, layout, {Operand::output}}};
    if (has_workspace) arguments.push_back({DNNL_ARG_WORKSPACE, workspace, kept});
    forward_.add(Forward(forward), std::move(arguments), forward.scratchpad_desc());

    if (!site.model.needs_backward_data(site.index)) return;
    const Backward::primitive_desc backward({kAcross, layout, layout, size, kAlpha, kBeta, kOffset},
                                            own_scratchpad(), site.engine.engine(), forward);
    arguments = {{DNNL_ARG_SRC, layout, {Operand::input}},
                 {DNNL_ARG_DIFF_DST, layout, {Operand::output_gradient}},
                 {DNNL_ARG_DIFF_SRC, layout, {Operand::input_gradient}}};
    if (has_workspace) arguments.push_back({DNNL_ARG_WORKSPACE, workspace, kept});
    backward_data_.add(Backward(backward), std::move(arguments), backward.scratchpad_desc());
  }
};

}  // namespace

OperationKind lrn_operation() { return {.make = construct<Lrn>, .backward_reads_input = true}; }

}  // namespace rehearse::cpu
