// Loops over whole tensors, on the threads of the calling thread's OpenMP setting. Arrays may be
// the same array, but must not overlap otherwise.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rehearse::cpu {

void sum(const std::vector<const float*>& from, float* to, std::size_t n);
void sum_relu(const std::vector<const float*>& from, float* to, std::size_t n);
void relu(const float* from, float* to, std::size_t n);

// gradient where output > 0, else 0.
void relu_gradient(const float* output, const float* gradient, float* to, std::size_t n);

// factor * mask * from, the mask of ones and zeros.
void masked(const std::uint8_t* mask, const float* from, float factor, float* to, std::size_t n);

// Brings an array into the caches as if it had just been written, and leaves it as it was.
void touch(float* values, std::size_t n);

void copy(const float* from, float* to, std::size_t n);

}  // namespace rehearse::cpu
