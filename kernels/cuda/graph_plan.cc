#include "kernels/cuda/graph_plan.h"

#include <algorithm>
#include <optional>

#include "base/contract.h"
#include "kernels/cuda/graph_writer.h"

namespace rehearse::cuda {
namespace {

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
  const auto notes = read_values<cudnnBackendNumericalNote_t>(
      engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
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
  std::unique_ptr<GraphWriter> writer;
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
  parts->writer = std::make_unique<GraphWriter>(graph);
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
  const std::lock_guard lock(mutex_);
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
