// Maximum, average and global average pooling. An average divides by the whole window, padding
// included, as PyTorch's default does (and with it the networks of the zoo).
#include "kernels/cpu/staged_operation.h"

namespace rehearse::cpu {
namespace {

using Forward = dnnl::pooling_forward;
using Backward = dnnl::pooling_backward;

class Pool final : public StagedOperation {
 public:
  explicit Pool(const Site& site) : StagedOperation(site) {
    const Layer& layer = site.layer();
    const Desc in = activation_layout(site.input(), site.batch);
    const Desc out = activation_layout(layer.output, site.batch);
    const bool global = layer.kind == LayerKind::global_average_pool;
    const Window window = global ? Window{site.input().height, site.input().width} : layer.window;
    const auto algorithm = layer.kind == LayerKind::max_pool
                               ? dnnl::algorithm::pooling_max
                               : dnnl::algorithm::pooling_avg_include_padding;
    const dnnl::memory::dims strides{window.stride_height, window.stride_width};
    const dnnl::memory::dims kernel{window.kernel_height, window.kernel_width};
    const dnnl::memory::dims padding{window.padding_height, window.padding_width};

    const Forward::primitive_desc forward(
        {dnnl::prop_kind::forward_training, algorithm, in, out, strides, kernel, padding, padding},
        own_scratchpad(), site.engine.engine());
    const Desc workspace = forward.workspace_desc();  // of a maximum: where it was found
    const bool has_workspace = workspace.get_size() > 0;
    const Slot kept = keep(workspace.get_size());
    std::vector<Argument> arguments{{DNNL_ARG_SRC, in, {Operand::input}},
                                    {DNNL_ARG_DST, out, {Operand::output}}};
    if (has_workspace) arguments.push_back({DNNL_ARG_WORKSPACE, workspace, kept});
    forward_.add(Forward(forward), std::move(arguments), forward.scratchpad_desc());

    if (!site.model.needs_backward_data(site.index)) return;
    const Backward::primitive_desc backward({algorithm, in, out, strides, kernel, padding, padding},
                                            own_scratchpad(), site.engine.engine(), forward);
    arguments = {{DNNL_ARG_DIFF_DST, out, {Operand::output_gradient}},
                 {DNNL_ARG_DIFF_SRC, in, {Operand::input_gradient}}};
    if (has_workspace) arguments.push_back({DNNL_ARG_WORKSPACE, workspace, kept});
    backward_data_.add(Backward(backward), std::move(arguments), backward.scratchpad_desc());
  }
};

}  // namespace

OperationKind max_pool_operation() { return {.make = construct<Pool>}; }
OperationKind average_pool_operation() { return {.make = construct<Pool>}; }
OperationKind global_average_pool_operation() { return {.make = construct<Pool>}; }

}  // namespace rehearse::cpu
