// What the operations of an executor share: the context, the plans of the libraries, and in which
// precision they compute. Includes nothing of CUDA.
#pragma once

#include "kernels/cuda/cuda_context.h"
#include "kernels/cuda/graph_plan.h"
#include "kernels/cuda/products.h"
#include "kernels/models/precision.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Of activations and of the weights that products read: float32 of fp32 and tf32. Throws
// Error::input for a precision that the operations do not compute in.
ElementType element_type(Precision precision);

GraphType graph_type(ElementType type);

class Engine {
 public:
  // What one plan of cuDNN may ask for; TensorFlow allows as much (TF_CUDNN_WORKSPACE_LIMIT_IN_MB).
  static constexpr std::size_t kMostWorkspace = std::size_t{4} << 30;

  // Borrows the plans, and computes on their stream.
  Engine(GraphPlans& graphs, Precision precision, bool deterministic)
      : graphs_(graphs),
        context_(graphs.stream()),
        precision_(precision),
        type_(element_type(precision)),
        deterministic_(deterministic) {}

  [[nodiscard]] CudaContext& context() { return context_; }
  [[nodiscard]] StreamHandle stream() const { return context_.stream().handle(); }
  // Scratch memory of operations that learn only from a batch how much they need. They run one
  // after the other.
  [[nodiscard]] Workspace& aside() { return aside_; }
  [[nodiscard]] GraphPlans& graphs() const { return graphs_; }
  [[nodiscard]] Products& products() { return products_; }

  [[nodiscard]] ElementType type() const { return type_; }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(element_bytes(type_)); }
  [[nodiscard]] bool narrow() const { return precision_ == Precision::tf32; }
  [[nodiscard]] bool deterministic() const { return deterministic_; }
  [[nodiscard]] EngineRules rules() const {
    return {.deterministic = deterministic_,
            .tensor_cores = precision_ != Precision::fp32,
            .most_workspace = kMostWorkspace};
  }

 private:
  GraphPlans& graphs_;
  CudaContext context_;
  Precision precision_;
  ElementType type_;
  bool deterministic_;
  Products products_{context_};
  Workspace aside_{context_.stream()};
};

}  // namespace rehearse::cuda
