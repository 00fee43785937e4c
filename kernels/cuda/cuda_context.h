// What one thread needs to compute on one GPU: a stream, and the handles of the libraries, which
// work in it. Includes nothing of CUDA.
#pragma once

#include <memory>

#include "kernels/cuda/cuda_memory.h"
#include "kernels/cuda/cuda_stream.h"

struct cudnnContext;
struct cublasLtContext;

namespace rehearse::cuda {

// An object belongs to one thread at a time.
class CudaContext {
 public:
  // Throws Error::environment where the GPU or a library does not work. REQUIRES: 0 <= device <
  // cuda_device_count().
  explicit CudaContext(int device);
  // In a stream that others work in, too, which it borrows.
  explicit CudaContext(const Stream& stream);
  ~CudaContext();
  CudaContext(const CudaContext&) = delete;
  CudaContext& operator=(const CudaContext&) = delete;

  [[nodiscard]] int device() const { return stream_.device(); }
  [[nodiscard]] const Stream& stream() const { return stream_; }
  [[nodiscard]] cudnnContext* cudnn() const { return cudnn_; }          // cudnnHandle_t
  [[nodiscard]] cublasLtContext* cublas_lt() const { return cublas_; }  // cublasLtHandle_t
  [[nodiscard]] Workspace& workspace() { return workspace_; }

 private:
  void start();

  std::unique_ptr<const Stream> own_;
  const Stream& stream_;
  Workspace workspace_{stream_};
  cudnnContext* cudnn_ = nullptr;
  cublasLtContext* cublas_ = nullptr;
};

}  // namespace rehearse::cuda
