// Descriptors of cuDNN's functions for pools and normalisations. Internal to the folder.
#pragma once

#include <cudnn.h>

#include <cstdint>

#include "kernels/cuda/cuda_check.h"
#include "kernels/models/layer.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

inline cudnnDataType_t library_type(ElementType type) {
  EXPECTS(type == ElementType::float32 || type == ElementType::float16 ||
          type == ElementType::bfloat16);
  if (type == ElementType::float32) return CUDNN_DATA_FLOAT;
  return type == ElementType::float16 ? CUDNN_DATA_HALF : CUDNN_DATA_BFLOAT16;
}

class LibraryTensor {
 public:
  LibraryTensor() { check(cudnnCreateTensorDescriptor(&handle_), "describe a tensor to cuDNN"); }
  // Images whose channels lie together.
  LibraryTensor(const Shape& shape, std::int64_t batch, ElementType type) : LibraryTensor() {
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    check(cudnnSetTensor4dDescriptor(handle_, CUDNN_TENSOR_NHWC, library_type(type), number(batch),
                                     number(shape.channels), number(shape.height),
                                     number(shape.width)),
          "describe a tensor to cuDNN");
  }
  ~LibraryTensor() { cudnnDestroyTensorDescriptor(handle_); }
  LibraryTensor(const LibraryTensor&) = delete;
  LibraryTensor& operator=(const LibraryTensor&) = delete;

  [[nodiscard]] cudnnTensorDescriptor_t handle() const { return handle_; }

 private:
  cudnnTensorDescriptor_t handle_ = nullptr;
};

}  // namespace rehearse::cuda
