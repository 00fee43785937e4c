// A Graph compiled by cuDNN for the GPU of a context. Engines are those that the library's
// heuristics propose (mode A, then its fallbacks), best first: the first that compiles is taken.
// Includes nothing of CUDA.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "kernels/cuda/cuda_context.h"
#include "kernels/cuda/graph.h"

namespace rehearse::cuda {

// Which engines may compute a graph.
struct EngineRules {
  bool deterministic = false;      // none whose results change from run to run
  bool tensor_cores = true;        // of fp32 tensors: with them products are those of TF32
  std::size_t most_workspace = 0;  // bytes

  friend auto operator<=>(const EngineRules&, const EngineRules&) = default;
};

class GraphPlan {
 public:
  ~GraphPlan();
  GraphPlan(const GraphPlan&) = delete;
  GraphPlan& operator=(const GraphPlan&) = delete;

  // Null where no engine takes the graph under the rules. Throws Error::environment where the
  // library fails otherwise. REQUIRES: graph.is_sound().
  static std::shared_ptr<const GraphPlan> compile(const CudaContext& context, const Graph& graph,
                                                  const EngineRules& rules);

  [[nodiscard]] std::size_t workspace_bytes() const;

 private:
  friend class BoundGraph;
  struct Parts;
  explicit GraphPlan(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

// Compiles each graph once for all that compute on the stream, which takes up to a second; a graph
// is its own key. May be used by any thread.
class GraphPlans {
 public:
  // Borrows the stream.
  explicit GraphPlans(const Stream& stream) : context_(stream) {}

  [[nodiscard]] const Stream& stream() const { return context_.stream(); }
  // As GraphPlan::compile.
  std::shared_ptr<const GraphPlan> get(const Graph& graph, const EngineRules& rules);

 private:
  const CudaContext context_;
  std::mutex mutex_;
  std::map<std::pair<Graph, EngineRules>, std::shared_ptr<const GraphPlan>> plans_;
};

// A plan with the addresses of its tensors.
class BoundGraph {
 public:
  using Addresses = std::vector<std::pair<TensorId, void*>>;

  // REQUIRES: an address for each tensor in memory; as much workspace as the plan asks for.
  BoundGraph(std::shared_ptr<const GraphPlan> plan, const Addresses& addresses, void* workspace);
  ~BoundGraph();
  BoundGraph(BoundGraph&&) noexcept;
  BoundGraph& operator=(BoundGraph&&) noexcept;

  // Puts the graph into the stream of the context.
  void run(const CudaContext& context) const;

 private:
  struct Parts;

  std::shared_ptr<const GraphPlan> plan_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace rehearse::cuda
