#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "base/contract.h"
#include "kernels/cuda/attention_softmax.h"
#include "kernels/cuda/cuda_check.h"

namespace rehearse::cuda {
namespace {

constexpr int kThreads = 128, kWarp = 32, kWarps = kThreads / kWarp;

__device__ float to_float(float x) { return x; }
__device__ float to_float(__half x) { return __half2float(x); }
__device__ float to_float(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ void store(float x, float& to) { to = x; }
__device__ void store(float x, __half& to) { to = __float2half_rn(x); }
__device__ void store(float x, __nv_bfloat16& to) { to = __float2bfloat16_rn(x); }

struct Keys {
  std::int64_t begin, end;
};

__device__ Keys keys_of(std::int64_t query, const ScoreMatrices& of) {
  const std::int64_t end = of.causal ? query + 1 : of.steps;
  if (of.window == 0) return {0, end};
  if (of.causal) return {max(query + 1 - of.window, std::int64_t{0}), end};
  return {max(query - of.window / 2, std::int64_t{0}),
          min(query + of.window - of.window / 2, of.steps)};
}

// Of all threads of a block, to all of them, in an order that never changes.
template <class Combine>
__device__ float combine(float value, const Combine& combine_two) {
  __shared__ float parts[kWarps];
  for (int distance = kWarp / 2; distance > 0; distance /= 2) {
    value = combine_two(value, __shfl_xor_sync(0xffffffffU, value, distance));
  }
  __syncthreads();  // the parts of the combination before have been read
  if (threadIdx.x % kWarp == 0) parts[threadIdx.x / kWarp] = value;
  __syncthreads();
  float all = parts[0];
  for (int i = 1; i < kWarps; ++i) all = combine_two(all, parts[i]);
  return all;
}

__device__ float sum_of(float value) {
  return combine(value, [](float a, float b) { return a + b; });
}
__device__ float largest_of(float value) {
  return combine(value, [](float a, float b) { return fmaxf(a, b); });
}

// A block for each row.
template <class Number>
__global__ void softmax_rows(ScoreMatrices of, const float* scores, Number* weights) {
  const std::int64_t row = blockIdx.x;
  const Keys keys = keys_of(row % of.steps, of);
  const float* from = scores + row * of.steps;
  Number* to = weights + row * of.steps;
  float largest = -INFINITY;
  for (std::int64_t k = keys.begin + threadIdx.x; k < keys.end; k += kThreads) {
    largest = fmaxf(largest, from[k]);
  }
  largest = largest_of(largest);
  float sum = 0;
  for (std::int64_t k = keys.begin + threadIdx.x; k < keys.end; k += kThreads) {
    sum += __expf(of.scale * (from[k] - largest));
  }
  const float factor = 1 / sum_of(sum);
  for (std::int64_t k = threadIdx.x; k < of.steps; k += kThreads) {
    const bool sees = keys.begin <= k && k < keys.end;
    store(sees ? factor * __expf(of.scale * (from[k] - largest)) : 0.0F, to[k]);
  }
}

template <class Number>
__global__ void softmax_gradient_rows(ScoreMatrices of, const Number* weights,
                                      const float* gradients, Number* to) {
  const std::int64_t first = blockIdx.x * of.steps;
  float sum = 0;
  for (std::int64_t k = threadIdx.x; k < of.steps; k += kThreads) {
    sum += to_float(weights[first + k]) * gradients[first + k];
  }
  sum = sum_of(sum);
  for (std::int64_t k = threadIdx.x; k < of.steps; k += kThreads) {
    store(of.scale * to_float(weights[first + k]) * (gradients[first + k] - sum), to[first + k]);
  }
}

// use(an element of the type).
template <class Use>
void with_type(ElementType type, const Use& use) {
  switch (type) {
    case ElementType::float32:
      return use(float{});
    case ElementType::float16:
      return use(__half{});
    case ElementType::bfloat16:
      return use(__nv_bfloat16{});
    case ElementType::float8:
    case ElementType::byte:
      break;
  }
  EXPECTS(!"a type that attention computes in");
}

unsigned rows_of(const ScoreMatrices& of) {
  const std::int64_t rows = of.matrices * of.steps;
  EXPECTS(rows > 0 && rows < (std::int64_t{1} << 31));  // blocks of a grid
  return static_cast<unsigned>(rows);
}

}  // namespace

void attention_softmax(const ScoreMatrices& of, const float* scores, void* weights,
                       ElementType type, StreamHandle stream) {
  with_type(type, [&](auto number) {
    using Number = decltype(number);
    softmax_rows<<<rows_of(of), kThreads, 0, stream>>>(of, scores, static_cast<Number*>(weights));
  });
  check(cudaGetLastError(), "start a softmax");
}

void attention_softmax_gradient(const ScoreMatrices& of, const void* weights,
                                const float* gradients, void* to, ElementType type,
                                StreamHandle stream) {
  with_type(type, [&](auto number) {
    using Number = decltype(number);
    softmax_gradient_rows<<<rows_of(of), kThreads, 0, stream>>>(
        of, static_cast<const Number*>(weights), gradients, static_cast<Number*>(to));
  });
  check(cudaGetLastError(), "start the gradient of a softmax");
}

}  // namespace rehearse::cuda
