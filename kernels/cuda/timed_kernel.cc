#include "kernels/cuda/timed_kernel.h"

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "kernels/cuda/attention_graph.h"
#include "kernels/cuda/attention_softmax.h"
#include "kernels/cuda/blas_product.h"
#include "kernels/cuda/convolution_graph.h"
#include "kernels/cuda/elementwise.h"
#include "kernels/cuda/norms.h"
#include "kernels/cuda/random_memory.h"
#include "kernels/cuda/reductions.h"

namespace rehearse::cuda {
namespace {

std::int64_t whole(double value) { return static_cast<std::int64_t>(value); }

RandomMemory random(Engine& engine, std::int64_t elements) {
  return {engine.context().stream(), elements, engine.type()};
}

RandomMemory random_floats(Engine& engine, std::int64_t elements) {
  return {engine.context().stream(), elements, ElementType::float32};
}

class TimedProduct final : public TimedKernel {
 public:
  TimedProduct(const Product& product, Engine& engine)
      : engine_(engine),
        product_(product),
        a_(random(engine, product.batch * product.a.batch_stride)),
        b_(random(engine, product.batch * product.b.batch_stride)),
        c_(random(engine, product.batch * product.c.batch_stride)) {}

  void run() override {
    engine_.products().run(product_, {.a = a_.data(), .b = b_.data(), .c = c_.data()});
  }

 private:
  Engine& engine_;
  const Product product_;
  const RandomMemory a_, b_, c_;
};

// A graph of cuDNN with memory for all of its tensors.
class TimedGraph final : public TimedKernel {
 public:
  TimedGraph(const Graph& graph, std::shared_ptr<const GraphPlan> plan, Engine& engine)
      : engine_(engine),
        workspace_(engine.context().device(), plan->workspace_bytes()),
        bound_(std::move(plan), addresses(graph), workspace_.data()) {}

  void run() override { bound_.run(engine_.context()); }

 private:
  BoundGraph::Addresses addresses(const Graph& graph) {
    BoundGraph::Addresses all;
    for (TensorId id = 0; id < graph.tensors().size(); ++id) {
      const GraphTensor& tensor = graph.tensors()[id];
      if (tensor.is_virtual || tensor.constant) continue;
      std::int64_t elements = 1;
      for (const std::int64_t extent : tensor.at.extents) elements *= extent;
      memory_.push_back(tensor.type == GraphType::float32 ? random_floats(engine_, elements)
                                                          : random(engine_, elements));
      all.emplace_back(id, memory_.back().data());
    }
    return all;
  }

  Engine& engine_;
  std::vector<RandomMemory> memory_;
  const DeviceMemory workspace_;
  const BoundGraph bound_;
};

std::unique_ptr<TimedKernel> timed_graph(const Graph& graph, Engine& engine) {
  auto plan = engine.graphs().get(graph, engine.rules());
  if (plan == nullptr) return nullptr;
  return std::make_unique<TimedGraph>(graph, std::move(plan), engine);
}

std::unique_ptr<TimedKernel> timed_product(const ProductShape& shape, Engine& engine) {
  const Product product = row_major(shape, engine.type(), engine.narrow());
  if (!engine.products().can_run(product)) return nullptr;
  return std::make_unique<TimedProduct>(product, engine);
}

std::unique_ptr<TimedKernel> timed_convolution(const rehearse::ConvolutionShape& of,
                                               KernelDirection direction, Engine& engine) {
  const ConvolutionShape shape{.batch = whole(of.n),
                               .in_channels = whole(of.c),
                               .in_height = whole(of.h),
                               .in_width = whole(of.w),
                               .out_channels = whole(of.k),
                               .out_height = whole(of.p),
                               .out_width = whole(of.q),
                               .groups = whole(of.groups),
                               .kernel_height = whole(of.r),
                               .kernel_width = whole(of.s),
                               .window = {.strides = {whole(of.stride_h), whole(of.stride_w)},
                                          .padding = {whole(of.pad_h), whole(of.pad_w)}}};
  const GraphType type = graph_type(engine.type());
  switch (direction) {
    case KernelDirection::forward:
      return timed_graph(convolution_forward(shape, type, false, false).graph, engine);
    case KernelDirection::backward_data:
      return timed_graph(convolution_backward_data(shape, type).graph, engine);
    case KernelDirection::backward_weights:
      return timed_graph(convolution_backward_weights(shape, type).graph, engine);
    case KernelDirection::backward_total:
      break;
  }
  return nullptr;
}

std::unique_ptr<TimedKernel> timed_attention(const AttentionKernel& of, KernelDirection direction,
                                             Engine& engine) {
  const AttentionProblem problem{.batch = whole(of.batch),
                                 .steps = whole(of.seq),
                                 .heads = whole(of.heads),
                                 .kv_heads = whole(of.kv_heads),
                                 .head_dim = whole(of.head_dim),
                                 .value_dim = whole(of.v_head_dim),
                                 .causal = of.causal,
                                 .query_stride = whole(of.heads * of.head_dim),
                                 .key_stride = whole(of.kv_heads * of.head_dim),
                                 .value_stride = whole(of.kv_heads * of.v_head_dim),
                                 .type = graph_type(engine.type())};
  if (!may_fuse(problem)) return nullptr;
  if (direction == KernelDirection::forward) {
    return timed_graph(attention_forward(problem).graph, engine);
  }
  if (direction != KernelDirection::backward_total) return nullptr;
  return timed_graph(attention_backward(problem, engine.deterministic()).graph, engine);
}

class TimedNorm final : public TimedKernel {
 public:
  TimedNorm(const RowShape& of, bool forward, Engine& engine)
      : stream_(engine.stream()),
        shape_{.rows = whole(of.rows), .width = whole(of.cols)},
        forward_(forward),
        x_(random(engine, shape_.rows * shape_.width)),
        y_(random(engine, shape_.rows * shape_.width)),
        dx_(random(engine, forward ? 1 : shape_.rows * shape_.width)),
        scale_(random_floats(engine, shape_.width)),
        shift_(random_floats(engine, shape_.width)),
        gradients_(random_floats(engine, 2 * shape_.width)),
        moments_(random_floats(engine, 2 * shape_.rows)),
        scratch_(random_floats(engine, 2 * column_scratch(shape_.width))) {
    normalise();
  }

  void run() override {
    if (forward_) return normalise();
    norm_backward_data(shape_, x_.tensor(), y_.tensor(), scale_.tensor(), floats(moments_),
                       dx_.tensor(), stream_);
    norm_backward_parameters(shape_, x_.tensor(), y_.tensor(), floats(moments_),
                             gradients_.tensor().part(0, shape_.width),
                             gradients_.tensor().part(shape_.width, shape_.width), floats(scratch_),
                             stream_);
  }

 private:
  static float* floats(const RandomMemory& memory) { return static_cast<float*>(memory.data()); }
  void normalise() {
    norm_forward(shape_, x_.tensor(), scale_.tensor(), shift_.tensor(), y_.tensor(),
                 floats(moments_), stream_);
  }

  const StreamHandle stream_;
  const NormShape shape_;
  const bool forward_;
  const RandomMemory x_, y_, dx_, scale_, shift_, gradients_, moments_, scratch_;
};

// Scores of square matrices without a mask.
class TimedSoftmax final : public TimedKernel {
 public:
  TimedSoftmax(const RowShape& of, bool forward, Engine& engine)
      : stream_(engine.stream()),
        shape_{.matrices = whole(of.rows / of.cols), .steps = whole(of.cols), .causal = false},
        forward_(forward),
        x_(random(engine, whole(of.rows * of.cols))),
        y_(random(engine, whole(of.rows * of.cols))),
        z_(random(engine, forward ? 1 : whole(of.rows * of.cols))) {}

  void run() override {
    if (forward_) {
      attention_softmax(shape_, x_.tensor(), y_.tensor(), stream_);
    } else {
      attention_softmax_backward(shape_, x_.tensor(), y_.tensor(), z_.tensor(), stream_);
    }
  }

 private:
  const StreamHandle stream_;
  const ScoreMatrices shape_;
  const bool forward_;
  const RandomMemory x_, y_, z_;
};

class TimedPass final : public TimedKernel {
 public:
  TimedPass(const RowShape& of, bool forward, Engine& engine)
      : stream_(engine.stream()),
        op_(of.op),
        forward_(forward),
        x_(random(engine, whole(of.rows * of.cols))),
        y_(random(engine, whole(of.rows * of.cols))),
        z_(random(engine, whole(of.rows * of.cols))) {}

  void run() override {
    if (op_ == ElementwiseOp::binary) {
      add({x_.tensor(), y_.tensor()}, z_.tensor(), false, stream_);
    } else if (op_ == ElementwiseOp::scalar) {
      scale(x_.tensor(), 0.5F, z_.tensor(), stream_);
    } else if (op_ == ElementwiseOp::dropout) {
      dropout(x_.tensor(), {.rate = 0.1}, z_.tensor(), stream_);
    } else if (forward_) {
      apply(Function::gelu, x_.tensor(), z_.tensor(), stream_);
    } else {
      apply_backward(Function::gelu, x_.tensor(), y_.tensor(), z_.tensor(), stream_);
    }
  }

 private:
  const StreamHandle stream_;
  const ElementwiseOp op_;
  const bool forward_;
  const RandomMemory x_, y_, z_;
};

// Whether a pass is computed in this direction: of two tensors and of numbers only forwards.
bool has_direction(const RowShape& of, KernelDirection direction) {
  if (direction == KernelDirection::forward) return of.op != ElementwiseOp::power_scalar;
  const bool total = direction == KernelDirection::backward_total;
  if (of.kind != KernelKind::elementwise) return total;
  return total && of.op == ElementwiseOp::function;
}

std::unique_ptr<TimedKernel> timed_rows(const RowShape& of, KernelDirection direction,
                                        Engine& engine) {
  if (!has_direction(of, direction)) return nullptr;
  const bool forward = direction == KernelDirection::forward;
  switch (of.kind) {
    case KernelKind::layernorm:
      return std::make_unique<TimedNorm>(of, forward, engine);
    case KernelKind::softmax:
      if (whole(of.rows) % whole(of.cols) != 0) return nullptr;
      return std::make_unique<TimedSoftmax>(of, forward, engine);
    default:
      return std::make_unique<TimedPass>(of, forward, engine);
  }
}

}  // namespace

std::unique_ptr<TimedKernel> make_timed_kernel(const KernelQuery& query, Engine& engine) {
  if (const auto* shape = std::get_if<ProductShape>(&query.shape)) {
    return shape->layout == ProductLayout::grouped ? nullptr : timed_product(*shape, engine);
  }
  if (const auto* shape = std::get_if<rehearse::ConvolutionShape>(&query.shape)) {
    return timed_convolution(*shape, query.direction, engine);
  }
  if (const auto* shape = std::get_if<AttentionKernel>(&query.shape)) {
    return timed_attention(*shape, query.direction, engine);
  }
  return timed_rows(std::get<RowShape>(query.shape), query.direction, engine);
}

}  // namespace rehearse::cuda
