#include <algorithm>
#include <utility>

#include "kernels/cuda/attention_parts.h"
#include "kernels/cuda/memory_slots.h"

namespace rehearse::cuda {
namespace {

using Plan = std::shared_ptr<const GraphPlan>;

class FusedAttention final : public Operation {
 public:
  // Both plans exist; `backward` is null where nobody wants the gradient.
  FusedAttention(const Site& site, const AttentionParts& parts, Plan forward, Plan backward)
      : engine_(site.engine),
        parts_(parts),
        problem_(attention_problem(site, parts)),
        forward_(std::move(forward)),
        backward_(std::move(backward)) {
    const auto count = [](std::int64_t value) { return static_cast<std::size_t>(value); };
    const std::size_t rows = count(problem_.batch * problem_.heads * problem_.steps);
    logarithms_ = rows * sizeof(float);
    const std::size_t steps = count(problem_.batch * problem_.steps);
    if (backward_ != nullptr) {
      sums_ = scratch_.take(rows * count(problem_.head_dim) * sizeof(float));
      for (std::size_t i = 0; i < parts_.size(); ++i) {
        // The gradient of a part that nobody wants.
        unwanted_[i] =
            site.layer().inputs.size() == 1 || is_trained(site.model, site.layer().inputs[i])
                ? 0
                : scratch_.take(steps * count(parts_[i].stride) * engine_.bytes());
      }
    }
    workspace_ = scratch_.take(std::max(forward_->workspace_bytes(),
                                        backward_ == nullptr ? 0 : backward_->workspace_bytes()));
  }

  [[nodiscard]] std::size_t kept_bytes() const override { return logarithms_; }
  [[nodiscard]] std::size_t scratch_bytes() const override { return scratch_.bytes(); }

  void bind(const Operands& operands) override {
    runs_.clear();
    const auto of = [&](const std::vector<Tensor>& arrays, std::size_t part) -> void* {
      return address(arrays, parts_[part], engine_.bytes());
    };
    const auto& x = operands.inputs;
    void* const workspace = operands.scratch + workspace_;
    {
      const AttentionTensors at = attention_forward(problem_).tensors;
      runs_.emplace_back(forward_,
                         BoundGraph::Addresses{{at.q, of(x, 0)},
                                               {at.k, of(x, 1)},
                                               {at.v, of(x, 2)},
                                               {at.out, operands.output.data},
                                               {at.logarithms, operands.kept}},
                         workspace);
    }
    if (backward_ == nullptr) return;
    const AttentionTensors at = attention_backward(problem_, engine_.deterministic()).tensors;
    const auto gradient = [&](std::size_t part) -> void* {
      void* const to = of(operands.input_gradients, part);
      return to != nullptr ? to : operands.scratch + unwanted_[part];
    };
    BoundGraph::Addresses addresses{{at.q, of(x, 0)},
                                    {at.k, of(x, 1)},
                                    {at.v, of(x, 2)},
                                    {at.out, operands.output.data},
                                    {at.logarithms, operands.kept},
                                    {at.dout, operands.output_gradient.data},
                                    {at.dq, gradient(0)},
                                    {at.dk, gradient(1)},
                                    {at.dv, gradient(2)}};
    if (!engine_.deterministic()) addresses.emplace_back(at.sums, operands.scratch + sums_);
    runs_.emplace_back(backward_, addresses, workspace);
  }

  void forward() override { runs_[0].run(engine_.context()); }
  void backward_data() override {
    if (backward_ != nullptr) runs_[1].run(engine_.context());
  }

 private:
  Engine& engine_;
  const AttentionParts parts_;
  const AttentionProblem problem_;
  const Plan forward_, backward_;
  std::size_t logarithms_ = 0;
  MemorySlots scratch_;
  std::size_t sums_ = 0, workspace_ = 0;
  std::array<std::size_t, 3> unwanted_{};
  std::vector<BoundGraph> runs_;
};

}  // namespace

std::unique_ptr<Operation> make_fused_attention(const Site& site, const AttentionParts& parts) {
  const AttentionProblem problem = attention_problem(site, parts);
  if (!may_fuse(problem)) return nullptr;
  Engine& engine = site.engine;
  Plan forward = engine.graphs().get(attention_forward(problem).graph, engine.rules());
  if (forward == nullptr) return nullptr;
  Plan backward;
  if (site.wants_input_gradient()) {
    const Graph graph = attention_backward(problem, engine.deterministic()).graph;
    backward = engine.graphs().get(graph, engine.rules());
    if (backward == nullptr) return nullptr;
  }
  return std::make_unique<FusedAttention>(site, parts, std::move(forward), std::move(backward));
}

}  // namespace rehearse::cuda
