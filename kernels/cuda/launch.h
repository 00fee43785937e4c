// Kernels from bodies; for .cu files alone. A body is a small struct, copied to the GPU:
//
//   void operator()(std::int64_t i) const;                                          of elements
//   template <class Lanes> void operator()(std::int64_t row, const Lanes&) const;   of rows
//
// Lanes are the threads that share a row: each takes elements first(), first() + step(), … and all
// get what sum() and most() make of their parts, after all have read what they read before. Bodies
// know no GPU: tests run them on the host, with other lanes.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/cuda/runtime_check.h"

namespace rehearse::cuda {

inline constexpr int kWarp = 32;  // threads that run in step: of all NVIDIA GPUs
inline constexpr int kThreads = 256;
inline constexpr std::int64_t kMostBlocks = 1 << 16;  // each walks on until the work is done

struct Plus {
  template <class Number>
  __device__ Number operator()(Number a, Number b) const {
    return a + b;
  }
};

struct Greater {
  __device__ float operator()(float a, float b) const { return a > b ? a : b; }
};

// The threads of a block. The order of additions is a function of their number alone.
struct BlockLanes {
  __host__ __device__ std::int64_t first() const {
#ifdef __CUDA_ARCH__
    return threadIdx.x;
#else
    return 0;
#endif
  }
  __host__ __device__ std::int64_t step() const {
#ifdef __CUDA_ARCH__
    return blockDim.x;
#else
    return 1;
#endif
  }
  template <class Number>
  __host__ __device__ Number sum(Number part) const {
#ifdef __CUDA_ARCH__
    return join(part, Plus());
#else
    return part;
#endif
  }
  __host__ __device__ float most(float part) const {
#ifdef __CUDA_ARCH__
    return join(part, Greater());
#else
    return part;
#endif
  }

#ifdef __CUDACC__
  template <class Number, class Join>
  __device__ static Number join(Number part, Join two) {
    for (int distance = kWarp / 2; distance > 0; distance /= 2) {
      part = two(part, __shfl_xor_sync(0xffffffffU, part, distance));
    }
    if (blockDim.x == kWarp) return part;
    __shared__ Number of_warps[kWarp];
    __syncthreads();  // those of the call before are read
    if (threadIdx.x % kWarp == 0) of_warps[threadIdx.x / kWarp] = part;
    __syncthreads();
    Number all = of_warps[0];
    for (unsigned warp = 1; warp < blockDim.x / kWarp; ++warp) all = two(all, of_warps[warp]);
    return all;
  }
#endif
};

template <class Body>
__global__ void element_kernel(Body body, std::int64_t count) {
  const std::int64_t step = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (; i < count; i += step) body(i);
}

template <class Body>
__global__ void row_kernel(Body body, std::int64_t rows) {
  for (std::int64_t row = blockIdx.x; row < rows; row += gridDim.x) body(row, BlockLanes());
}

inline unsigned blocks_for(std::int64_t parts) {
  return static_cast<unsigned>(parts < kMostBlocks ? parts : kMostBlocks);
}

// body(i) for 0 <= i < count, in any order.
template <class Body>
void for_each(std::int64_t count, const Body& body, StreamHandle stream) {
  if (count == 0) return;
  const unsigned blocks = blocks_for((count + kThreads - 1) / kThreads);
  element_kernel<<<blocks, kThreads, 0, stream>>>(body, count);
  check(cudaGetLastError(), "start a kernel");
}

// body(row, lanes) for 0 <= row < rows; each has about `width` elements.
template <class Body>
void for_each_row(std::int64_t rows, std::int64_t width, const Body& body, StreamHandle stream) {
  if (rows == 0) return;
  // About eight elements or more for a thread, which hide what joining the threads costs.
  const unsigned threads = width <= 256 ? kWarp : width <= 2048 ? 128 : 512;
  row_kernel<<<blocks_for(rows), threads, 0, stream>>>(body, rows);
  check(cudaGetLastError(), "start a kernel");
}

}  // namespace rehearse::cuda
