// A Graph as descriptors of cuDNN. Internal to the folder.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cuda/graph.h"
#include "kernels/cuda/graph_descriptor.h"

namespace rehearse::cuda {

// The library's name of a tensor.
inline std::int64_t uid(TensorId tensor) { return static_cast<std::int64_t>(tensor) + 1; }

// Whether the library says that it cannot do what is asked for. Throws Error::environment for any
// other failure.
inline bool is_refusal(cudnnStatus_t status) {
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return true;
  check(status, "describe a graph to cuDNN");
  return false;
}

// Writes the operations of a graph, and keeps what they refer to.
class GraphWriter {
 public:
  explicit GraphWriter(const Graph& graph);

  // Whether the library refuses at least one of the operations.
  [[nodiscard]] bool is_refused() const { return refused_; }
  [[nodiscard]] const std::vector<Descriptor>& operations() const { return operations_; }

 private:
  struct ConvolutionNames {
    cudnnBackendAttributeName_t window, alpha, beta, first, second, result;
  };

  void write(const GraphOperation& operation);
  void write_convolution(const GraphOperation& operation, cudnnBackendDescriptorType_t type,
                         const ConvolutionNames& names);
  void write_product(const GraphOperation& operation);
  void write_pointwise(const GraphOperation& operation);
  void write_reduction(const GraphOperation& operation);
  void write_reshape(const GraphOperation& operation);
  void add(Descriptor operation);
  void add(Descriptor operation, Descriptor how);

  std::vector<Descriptor> tensors_, kept_, operations_;
  bool refused_ = false;
};

}  // namespace rehearse::cuda
