#include "kernels/cuda/graph_plan.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/contract.h"
#include "kernels/cuda/graph_descriptor.h"

namespace rehearse::cuda {
namespace {

cudnnDataType_t library_type(GraphType type) {
  switch (type) {
    case GraphType::float32:
      return CUDNN_DATA_FLOAT;
    case GraphType::float16:
      return CUDNN_DATA_HALF;
    case GraphType::bfloat16:
      return CUDNN_DATA_BFLOAT16;
    case GraphType::int32:
      return CUDNN_DATA_INT32;
    case GraphType::boolean:
      break;
  }
  return CUDNN_DATA_BOOLEAN;
}

cudnnPointwiseMode_t library_mode(Pointwise function) {
  switch (function) {
    case Pointwise::add:
      return CUDNN_POINTWISE_ADD;
    case Pointwise::subtract:
      return CUDNN_POINTWISE_SUB;
    case Pointwise::multiply:
      return CUDNN_POINTWISE_MUL;
    case Pointwise::divide:
      return CUDNN_POINTWISE_DIV;
    case Pointwise::exponential:
      return CUDNN_POINTWISE_EXP;
    case Pointwise::logarithm:
      return CUDNN_POINTWISE_LOG;
    case Pointwise::identity:
      return CUDNN_POINTWISE_IDENTITY;
    case Pointwise::relu:
      return CUDNN_POINTWISE_RELU_FWD;
    case Pointwise::index:
      return CUDNN_POINTWISE_GEN_INDEX;
    case Pointwise::at_least:
      return CUDNN_POINTWISE_CMP_GE;
    case Pointwise::exceeds:
      return CUDNN_POINTWISE_CMP_GT;
    case Pointwise::select:
      break;
  }
  return CUDNN_POINTWISE_BINARY_SELECT;
}

// Whether the library says that it cannot do what is asked for. Throws Error::environment for any
// other failure.
bool is_refusal(cudnnStatus_t status) {
  if (CUDNN_STATUS_CATEGORY(status) == CUDNN_STATUS_NOT_SUPPORTED) return true;
  check(status, "describe a graph to cuDNN");
  return false;
}

std::int64_t uid(TensorId tensor) { return static_cast<std::int64_t>(tensor) + 1; }

Descriptor make_tensor(const GraphTensor& tensor, TensorId id) {
  Descriptor made(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  made.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, library_type(tensor.type));
  made.set(CUDNN_ATTR_TENSOR_DIMENSIONS, std::span<const std::int64_t>(tensor.at.extents));
  made.set(CUDNN_ATTR_TENSOR_STRIDES, std::span<const std::int64_t>(tensor.at.strides));
  made.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, uid(id));
  made.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, tensor.alignment);
  if (tensor.is_virtual) made.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, true);
  if (tensor.constant) made.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, true);
  if (tensor.tiled) {
    made.set(CUDNN_ATTR_TENSOR_REORDERING_MODE, CUDNN_TYPE_TENSOR_REORDERING_MODE,
             CUDNN_TENSOR_REORDERING_F16x16);
  }
  made.finalize();
  return made;
}

// Writes the operations of a graph. Keeps what they refer to.
class Writer {
 public:
  explicit Writer(const Graph& graph) {
    for (TensorId i = 0; i < graph.tensors().size(); ++i) {
      tensors_.push_back(make_tensor(graph.tensors()[i], i));
    }
    for (const GraphOperation& operation : graph.operations()) write(operation);
  }

  [[nodiscard]] bool is_refused() const { return refused_; }
  [[nodiscard]] const std::vector<Descriptor>& operations() const { return operations_; }

 private:
  void write(const GraphOperation& operation) {
    switch (operation.step) {
      case GraphStep::convolution:
        return write_convolution(operation, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
                                 {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y});
      case GraphStep::convolution_data:
        return write_convolution(operation,
                                 CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
                                 {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX});
      case GraphStep::convolution_weights:
        return write_convolution(operation,
                                 CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
                                 {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
                                  CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW});
      case GraphStep::product:
        return write_product(operation);
      case GraphStep::pointwise:
        return write_pointwise(operation);
      case GraphStep::reduction:
        return write_reduction(operation);
      case GraphStep::reshape:
        break;
    }
    Descriptor made(CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_RESHAPE_XDESC, tensors_[operation.inputs[0]]);
    made.set(CUDNN_ATTR_OPERATION_RESHAPE_YDESC, tensors_[operation.output]);
    add(std::move(made));
  }

  struct ConvolutionNames {
    cudnnBackendAttributeName_t window, alpha, beta, first, second, result;
  };

  void write_convolution(const GraphOperation& operation, cudnnBackendDescriptorType_t type,
                         const ConvolutionNames& names) {
    constexpr std::int64_t kSpatial = 2;
    Descriptor window(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
    window.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE,
               library_type(operation.compute));
    window.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE,
               CUDNN_CROSS_CORRELATION);
    window.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, kSpatial);
    const std::span<const std::int64_t> padding(operation.window.padding);
    window.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, padding);
    window.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, padding);
    window.set(CUDNN_ATTR_CONVOLUTION_DILATIONS,
               std::span<const std::int64_t>(operation.window.dilations));
    window.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES,
               std::span<const std::int64_t>(operation.window.strides));
    window.finalize();

    Descriptor made(type);
    made.set(names.window, window);
    made.set(names.first, tensors_[operation.inputs[0]]);
    made.set(names.second, tensors_[operation.inputs[1]]);
    made.set(names.result, tensors_[operation.output]);
    made.set(names.alpha, CUDNN_TYPE_FLOAT, 1.0F);
    made.set(names.beta, CUDNN_TYPE_FLOAT, 0.0F);
    add(std::move(made), std::move(window));
  }

  void write_product(const GraphOperation& operation) {
    Descriptor how(CUDNN_BACKEND_MATMUL_DESCRIPTOR);
    how.set(CUDNN_ATTR_MATMUL_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, library_type(operation.compute));
    how.finalize();
    Descriptor made(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_MATMUL_ADESC, tensors_[operation.inputs[0]]);
    made.set(CUDNN_ATTR_OPERATION_MATMUL_BDESC, tensors_[operation.inputs[1]]);
    made.set(CUDNN_ATTR_OPERATION_MATMUL_CDESC, tensors_[operation.output]);
    made.set(CUDNN_ATTR_OPERATION_MATMUL_DESC, how);
    add(std::move(made), std::move(how));
  }

  void write_pointwise(const GraphOperation& operation) {
    Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
    how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE,
            library_mode(operation.function));
    how.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, library_type(operation.compute));
    if (operation.function == Pointwise::index) {
      how.set(CUDNN_ATTR_POINTWISE_AXIS, operation.axis);
    }
    how.finalize();
    Descriptor made(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, how);
    constexpr std::array kInputs{CUDNN_ATTR_OPERATION_POINTWISE_XDESC,
                                 CUDNN_ATTR_OPERATION_POINTWISE_BDESC,
                                 CUDNN_ATTR_OPERATION_POINTWISE_TDESC};
    for (std::size_t i = 0; i < operation.inputs.size(); ++i) {
      made.set(kInputs.at(i), tensors_[operation.inputs[i]]);
    }
    made.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[operation.output]);
    add(std::move(made), std::move(how));
  }

  void write_reduction(const GraphOperation& operation) {
    Descriptor how(CUDNN_BACKEND_REDUCTION_DESCRIPTOR);
    how.set(
        CUDNN_ATTR_REDUCTION_OPERATOR, CUDNN_TYPE_REDUCTION_OPERATOR_TYPE,
        operation.reduction == Reduction::sum ? CUDNN_REDUCE_TENSOR_ADD : CUDNN_REDUCE_TENSOR_MAX);
    how.set(CUDNN_ATTR_REDUCTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, library_type(operation.compute));
    how.finalize();
    Descriptor made(CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR);
    made.set(CUDNN_ATTR_OPERATION_REDUCTION_XDESC, tensors_[operation.inputs[0]]);
    made.set(CUDNN_ATTR_OPERATION_REDUCTION_YDESC, tensors_[operation.output]);
    made.set(CUDNN_ATTR_OPERATION_REDUCTION_DESC, how);
    add(std::move(made), std::move(how));
  }

  void add(Descriptor operation) {
    refused_ = is_refusal(operation.try_finalize()) || refused_;
    operations_.push_back(std::move(operation));
  }
  void add(Descriptor operation, Descriptor how) {
    add(std::move(operation));
    kept_.push_back(std::move(how));
  }

  std::vector<Descriptor> tensors_, kept_, operations_;
  bool refused_ = false;  // at least one of the operations
};

template <class Value>
std::vector<Value> read_values(const Descriptor& from, cudnnBackendAttributeName_t name,
                               cudnnBackendAttributeType_t type, std::int64_t most) {
  std::vector<Value> values(static_cast<std::size_t>(most));
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(from.handle(), name, type, most, &count, values.data()),
        "read an attribute of a descriptor of cuDNN");
  values.resize(static_cast<std::size_t>(std::min(count, most)));
  return values;
}

// The configurations of engines that a mode of the heuristics proposes, best first.
std::vector<Descriptor> propose(const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  if (is_refusal(heuristics.try_finalize())) return {};
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(heuristics.handle(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr),
        "count the engines of cuDNN");
  std::vector<Descriptor> made;
  std::vector<cudnnBackendDescriptor_t> handles;
  for (std::int64_t i = 0; i < count; ++i) {
    made.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    handles.push_back(made.back().handle());
  }
  std::int64_t read = 0;
  check(cudnnBackendGetAttribute(heuristics.handle(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &read, handles.data()),
        "list the engines of cuDNN");
  made.erase(made.begin() + std::min(read, count), made.end());
  return made;
}

bool is_allowed(const Descriptor& configuration, const EngineRules& rules) {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t handle = engine.handle();
  std::int64_t count = 0;
  check(cudnnBackendGetAttribute(configuration.handle(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                 CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &handle),
        "read an engine of cuDNN");
  const auto notes =
      read_values<cudnnBackendNumericalNote_t>(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                               CUDNN_TYPE_NUMERICAL_NOTE,
                                               CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  return std::none_of(notes.begin(), notes.end(), [&](cudnnBackendNumericalNote_t note) {
    return note == CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS ||
           (rules.deterministic && note == CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC) ||
           (!rules.tensor_cores && note == CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
  });
}

std::size_t workspace_of(const Descriptor& plan) {
  return static_cast<std::size_t>(
      read_values<std::int64_t>(plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1)
          .at(0));
}

// Nothing where the engine turns out not to take the graph.
std::optional<Descriptor> make_plan(const CudaContext& context, const Descriptor& configuration) {
  Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, cudnnHandle_t{context.cudnn()});
  plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
  if (plan.try_finalize() != CUDNN_STATUS_SUCCESS) return std::nullopt;
  return plan;
}

}  // namespace

struct GraphPlan::Parts {
  // The heuristics' descriptors refer to those of the graph.
  std::unique_ptr<Writer> writer;
  std::optional<Descriptor> graph, configuration, plan;
  std::size_t workspace = 0;
  std::vector<GraphTensor> tensors;
  std::vector<float> constants;  // of each tensor; the library reads them when the graph runs
};

GraphPlan::GraphPlan(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
GraphPlan::~GraphPlan() = default;

std::size_t GraphPlan::workspace_bytes() const { return parts_->workspace; }

std::shared_ptr<const GraphPlan> GraphPlan::compile(const CudaContext& context, const Graph& graph,
                                                    const EngineRules& rules) {
  EXPECTS(graph.is_sound());
  auto parts = std::make_unique<Parts>();
  parts->writer = std::make_unique<Writer>(graph);
  parts->tensors = graph.tensors();
  for (const GraphTensor& tensor : graph.tensors()) {
    parts->constants.push_back(tensor.constant.value_or(0));
  }
  if (parts->writer->is_refused()) return nullptr;
  parts->graph.emplace(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  parts->graph->set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE,
                    cudnnHandle_t{context.cudnn()});
  parts->graph->set(CUDNN_ATTR_OPERATIONGRAPH_OPS, parts->writer->operations());
  if (is_refusal(parts->graph->try_finalize())) return nullptr;
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (Descriptor& configuration : propose(*parts->graph, mode)) {
      if (!is_allowed(configuration, rules)) continue;
      std::optional<Descriptor> plan = make_plan(context, configuration);
      if (!plan) continue;
      parts->workspace = workspace_of(*plan);
      if (parts->workspace > rules.most_workspace) continue;
      parts->configuration = std::move(configuration);
      parts->plan = std::move(plan);
      return std::shared_ptr<const GraphPlan>(new GraphPlan(std::move(parts)));
    }
  }
  return nullptr;
}

std::shared_ptr<const GraphPlan> GraphPlans::get(const Graph& graph, const EngineRules& rules) {
  const auto [at, is_new] = plans_.try_emplace({graph, rules});
  if (is_new) at->second = GraphPlan::compile(context_, graph, rules);
  return at->second;
}

struct BoundGraph::Parts {
  Descriptor pack{CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR};
  std::vector<std::pair<void*, std::size_t>> cleared;  // address and bytes
};

BoundGraph::BoundGraph(std::shared_ptr<const GraphPlan> plan, const Addresses& addresses,
                       void* workspace)
    : plan_(std::move(plan)), parts_(std::make_unique<Parts>()) {
  EXPECTS(plan_ != nullptr);
  const GraphPlan::Parts& of = *plan_->parts_;
  std::vector<std::int64_t> uids;
  std::vector<void*> pointers;
  const auto add = [&](TensorId tensor, void* address) {
    EXPECTS(address != nullptr);
    uids.push_back(uid(tensor));
    pointers.push_back(address);
  };
  for (TensorId i = 0; i < of.tensors.size(); ++i) {
    const GraphTensor& tensor = of.tensors[i];
    if (tensor.constant) add(i, const_cast<float*>(&of.constants[i]));
    if (tensor.constant || tensor.is_virtual) continue;
    const auto given = std::find_if(addresses.begin(), addresses.end(),
                                    [i](const auto& one) { return one.first == i; });
    EXPECTS(given != addresses.end());
    add(i, given->second);
    if (tensor.tiled) {
      std::size_t bytes = sizeof(float);
      for (const std::int64_t extent : tensor.at.extents) bytes *= static_cast<std::size_t>(extent);
      parts_->cleared.emplace_back(given->second, bytes);
    }
  }
  Descriptor& pack = parts_->pack;
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const std::int64_t>(uids));
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR,
           static_cast<std::int64_t>(pointers.size()), pointers.data());
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, workspace);
  pack.finalize();
}

BoundGraph::~BoundGraph() = default;
BoundGraph::BoundGraph(BoundGraph&&) noexcept = default;
BoundGraph& BoundGraph::operator=(BoundGraph&&) noexcept = default;

void BoundGraph::run(const CudaContext& context) const {
  for (const auto& [address, bytes] : parts_->cleared) {
    clear_bytes(address, bytes, context.stream().handle());
  }
  check(cudnnBackendExecute(context.cudnn(), plan_->parts_->plan->handle(), parts_->pack.handle()),
        "run a graph of cuDNN");
}

}  // namespace rehearse::cuda
