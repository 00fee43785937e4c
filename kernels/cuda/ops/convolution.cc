// Convolution with bias and, where fused, ReLU, by cuDNN's graphs. Where no engine fuses bias and
// ReLU, they follow as kernels of their own. Weights' gradients of two bytes are computed in two
// bytes and widened.
#include "base/error.h"
#include "kernels/cuda/convolution_graph.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/memory_slots.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/reductions.h"
#include "kernels/cuda/row_product.h"
#include "kernels/devices/layer_fusion.h"

namespace rehearse::cuda {
namespace {

using Plan = std::shared_ptr<const GraphPlan>;

std::size_t elements(const Arrangement& at) {
  std::size_t product = 1;
  for (const std::int64_t extent : at.extents) product *= static_cast<std::size_t>(extent);
  return product;
}

class Convolution final : public Operation {
 public:
  explicit Convolution(const Site& site)
      : engine_(site.engine),
        name_(site.layer().name),
        shape_(convolution_shape(site.layer(), site.input(), site.batch)),
        bias_(site.layer().bias),
        relu_(applies_relu(site.model, site.index)),
        backward_(site.wants_input_gradient()) {
    const GraphType type = graph_type(engine_.type());
    forward_graph_ = convolution_forward(shape_, type, bias_, relu_);
    forward_ = engine_.graphs().get(forward_graph_.graph, engine_.rules());
    if (forward_ == nullptr && (bias_ || relu_)) {
      forward_graph_ = convolution_forward(shape_, type, false, false);
      forward_ = plan_of(forward_graph_);
      fused_ = false;
    }
    require(forward_);
    weights_graph_ = convolution_backward_weights(shape_, type);
    weights_ = plan_of(weights_graph_);
    if (backward_) {
      data_graph_ = convolution_backward_data(shape_, type);
      data_ = plan_of(data_graph_);
    }
    // The gradient of the weights before it is widened; then the workspace.
    (void)scratch_.take(elements(shape_.weights()) * engine_.bytes());
    std::size_t most = 0;
    for (const Plan& plan : {forward_, weights_, data_}) {
      if (plan != nullptr) most = std::max(most, plan->workspace_bytes());
    }
    workspace_ = scratch_.take(std::max(
        most, static_cast<std::size_t>(column_scratch(shape_.out_channels)) * sizeof(float)));
  }

  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }
  [[nodiscard]] bool reads_copy(std::size_t /*which*/) const override { return true; }

  void bind(const Operands& operands) override {
    operands_ = operands;
    runs_.clear();
    void* const x = operands.inputs.front().data;
    void* const w = operands.copies[0].data;
    void* const bias = bias_ ? operands.copies[1].data : nullptr;
    void* const y = operands.output.data;
    add(forward_, forward_graph_.tensors, x, w, y, fused_ ? bias : nullptr);
    void* const dy = operands.output_gradient.data;
    if (dy == nullptr) return;
    void* const dw = operands.parameter_gradients[0].data;
    stages_ = engine_.type() != ElementType::float32 || alignment_of(dw) < kVector;
    add(weights_, weights_graph_.tensors, x, stages_ ? raw() : dw, dy, nullptr);
    if (backward_) {
      add(data_, data_graph_.tensors, operands.input_gradients.front().data, w, dy, nullptr);
    }
  }

  void forward() override {
    runs_[kForward].run(engine_.context());
    if (fused_) return;
    const Tensor& y = operands_.output;
    if (bias_) add_bias(y, operands_.copies[1], y, engine_.stream());
    if (relu_) apply(Function::relu, y, y, engine_.stream());
  }

  void backward_weights() override {
    runs_[kWeights].run(engine_.context());
    if (stages_) {
      const Tensor& to = operands_.parameter_gradients[0];
      scale(device_tensor(raw(), to.elements, engine_.type()), 1, to, engine_.stream());
    }
    if (!bias_) return;
    column_sums(operands_.output_gradient, operands_.parameter_gradients[1],
                static_cast<float*>(workspace()), engine_.stream());
  }

  void backward_data() override {
    if (backward_) runs_[kData].run(engine_.context());
  }

 private:
  enum Run : std::uint8_t { kForward, kWeights, kData };  // places in runs_

  [[nodiscard]] void* raw() const { return operands_.scratch; }
  [[nodiscard]] void* workspace() const { return operands_.scratch + workspace_; }

  void require(const Plan& plan) const {
    if (plan != nullptr) return;
    throw Error::environment("cannot compute the convolution '" + name_ + "' on this GPU",
                             "cuDNN has no engine for it in this precision",
                             "use another precision or train on CPU cores");
  }
  [[nodiscard]] Plan plan_of(const ConvolutionGraph& graph) {
    Plan plan = engine_.graphs().get(graph.graph, engine_.rules());
    require(plan);
    return plan;
  }

  void add(const Plan& plan, const ConvolutionTensors& at, void* x, void* w, void* y, void* bias) {
    BoundGraph::Addresses addresses{{at.x, x}, {at.w, w}, {at.y, y}};
    if (bias != nullptr) addresses.emplace_back(at.bias, bias);
    runs_.emplace_back(plan, addresses, workspace());
  }

  Engine& engine_;
  const std::string name_;
  const ConvolutionShape shape_;
  const bool bias_, relu_, backward_;
  ConvolutionGraph forward_graph_, weights_graph_, data_graph_;
  Plan forward_, weights_, data_;
  bool fused_ = true;  // bias and ReLU
  MemorySlots scratch_;
  std::size_t workspace_ = 0;
  bool stages_ = false;  // the gradient of the weights passes through scratch
  Operands operands_;
  std::vector<BoundGraph> runs_;
};

}  // namespace

OperationKind convolution_operation() {
  return {.make = construct<Convolution>, .backward_reads_input = true};
}

}  // namespace rehearse::cuda
