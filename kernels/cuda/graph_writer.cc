#include "kernels/cuda/graph_writer.h"

#include <array>
#include <span>
#include <utility>

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

}  // namespace

GraphWriter::GraphWriter(const Graph& graph) {
  for (TensorId i = 0; i < graph.tensors().size(); ++i) {
    tensors_.push_back(make_tensor(graph.tensors()[i], i));
  }
  for (const GraphOperation& operation : graph.operations()) write(operation);
}

void GraphWriter::write(const GraphOperation& operation) {
  switch (operation.step) {
    case GraphStep::convolution:
      return write_convolution(
          operation, CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
          {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
           CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
           CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA,
           CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
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
      return write_reshape(operation);
  }
}

void GraphWriter::write_convolution(const GraphOperation& operation,
                                    cudnnBackendDescriptorType_t type,
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

void GraphWriter::write_product(const GraphOperation& operation) {
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

void GraphWriter::write_pointwise(const GraphOperation& operation) {
  Descriptor how(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  how.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, library_mode(operation.function));
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

void GraphWriter::write_reduction(const GraphOperation& operation) {
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

void GraphWriter::write_reshape(const GraphOperation& operation) {
  Descriptor made(CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_RESHAPE_XDESC, tensors_[operation.inputs[0]]);
  made.set(CUDNN_ATTR_OPERATION_RESHAPE_YDESC, tensors_[operation.output]);
  add(std::move(made));
}

void GraphWriter::add(Descriptor operation) {
  refused_ = is_refusal(operation.try_finalize()) || refused_;
  operations_.push_back(std::move(operation));
}
void GraphWriter::add(Descriptor operation, Descriptor how) {
  add(std::move(operation));
  kept_.push_back(std::move(how));
}

}  // namespace rehearse::cuda
