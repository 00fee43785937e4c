// cuBLASLt, by the words of kernels/cuda/product.h, and a cuDNN that has no engine for any graph.
// Layers that need it are refused.
#include "base/contract.h"
#include "kernels/cuda/bodies/numbers.h"
#include "kernels/cuda/cuda_context.h"
#include "kernels/cuda/graph_plan.h"
#include "kernels/cuda/operation.h"
#include "kernels/cuda/products.h"
#include "tests/kernels/fake_gpu/fake_device.h"

namespace rehearse::cuda {
namespace {

// One element of an operand.
std::int64_t place(const MatrixSpec& matrix, std::int64_t row, std::int64_t column) {
  return matrix.transposed ? column * matrix.stride + row : row * matrix.stride + column;
}

void multiply(const Product& p, const ProductOperands& x) {
  const Inputs a{x.a, p.a.type}, b{x.b, p.b.type};
  const Outputs c{x.c, p.c.type}, vector{x.vector, p.c.type};
  const bool has_relu = p.epilogue == Epilogue::relu || p.epilogue == Epilogue::bias_relu;
  const bool has_bias = p.epilogue == Epilogue::bias || p.epilogue == Epilogue::bias_relu;
  for (std::int64_t n = 0; n < p.batch; ++n) {
    for (std::int64_t i = 0; i < p.rows; ++i) {
      for (std::int64_t j = 0; j < p.columns; ++j) {
        float sum = 0;
        for (std::int64_t k = 0; k < p.inner; ++k) {
          sum += a[n * p.a.batch_stride + place(p.a, i, k)] *
                 b[n * p.b.batch_stride + place(p.b, k, j)];
        }
        const std::int64_t at = n * p.c.batch_stride + place(p.c, i, j);
        float result = x.alpha * sum + (p.adds ? c[at] : 0);
        if (has_bias) result += vector[j];
        c.set(at, has_relu && result < 0 ? 0 : result);
      }
    }
  }
  if (p.epilogue != Epilogue::bias_gradient) return;
  for (std::int64_t i = 0; i < p.rows; ++i) {
    float sum = 0;
    for (std::int64_t k = 0; k < p.inner; ++k) sum += a[place(p.a, i, k)];
    vector.set(i, sum);
  }
}

}  // namespace

CudaContext::CudaContext(int device) : own_(std::make_unique<Stream>(device)), stream_(*own_) {}
CudaContext::CudaContext(const Stream& stream) : stream_(stream) {}
CudaContext::~CudaContext() = default;

struct Products::Made {};

Products::Products(CudaContext& context) : context_(context) {}
Products::~Products() = default;
bool Products::can_run(const Product& product) {
  (void)library_product(product);  // which has contracts
  // It has epilogues for columns in fours alone, so that tests go both ways.
  constexpr std::int64_t kColumns = 4;
  const bool takes = product.epilogue == Epilogue::none || product.columns % kColumns == 0;
  return library_takes(product) && takes && !has_auxiliary(product.epilogue);
}
void Products::run(const Product& product, const ProductOperands& operands) {
  EXPECTS(can_run(product));
  EXPECTS(alignment_of(operands.a) >= product.a.alignment);
  EXPECTS(alignment_of(operands.b) >= product.b.alignment);
  EXPECTS(alignment_of(operands.c) >= product.c.alignment);
  context_.stream().handle()->put([=] { multiply(product, operands); });
}

struct GraphPlan::Parts {};
GraphPlan::~GraphPlan() = default;
std::size_t GraphPlan::workspace_bytes() const { return 0; }
std::shared_ptr<const GraphPlan> GraphPlans::get(const Graph& /*graph*/,
                                                 const EngineRules& /*rules*/) {
  return nullptr;
}

struct BoundGraph::Parts {};
BoundGraph::BoundGraph(std::shared_ptr<const GraphPlan> /*plan*/, const Addresses& /*addresses*/,
                       void* /*workspace*/) {
  EXPECTS(!"a graph without an engine");
}
BoundGraph::~BoundGraph() = default;
BoundGraph::BoundGraph(BoundGraph&&) noexcept = default;
BoundGraph& BoundGraph::operator=(BoundGraph&&) noexcept = default;
void BoundGraph::run(const CudaContext& /*context*/) const {
  EXPECTS(!"a graph without an engine");
}

OperationKind batch_norm_operation() { return {.make = refuse}; }
OperationKind max_pool_operation() { return {.make = refuse}; }
OperationKind average_pool_operation() { return {.make = refuse}; }
OperationKind global_average_pool_operation() { return {.make = refuse}; }

}  // namespace rehearse::cuda
