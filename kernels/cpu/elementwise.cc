#include "kernels/cpu/elementwise.h"

#include <algorithm>
#include <cstring>

#include "base/contract.h"
#include "kernels/cpu/vector_loop.h"

namespace rehearse::cpu {
namespace {

REHEARSE_INLINE inline float positive(float x) { return x > 0 ? x : 0; }

// In pieces that the first cache holds, so that `to` may be any of `from`.
template <class Finish>
void sum_many(const std::vector<const float*>& from, float* to, std::size_t n,
              const Finish& finish) {
  constexpr std::size_t kPiece = 1024;
  split(n, [&](std::size_t begin, std::size_t end) {
    float total[kPiece];
    for (std::size_t at = begin; at < end; at += kPiece) {
      const std::size_t length = std::min(kPiece, end - at);
      std::copy_n(from[0] + at, length, total);
      for (std::size_t k = 1; k < from.size(); ++k) {
        const float* next = from[k] + at;
        loop(0, length, [&total, next](std::size_t i) REHEARSE_INLINE { total[i] += next[i]; });
      }
      loop(0, length, [&total, to, at, finish](std::size_t i) REHEARSE_INLINE {
        to[at + i] = finish(total[i]);
      });
    }
  });
}

template <class Finish>
void sum_with(const std::vector<const float*>& from, float* to, std::size_t n,
              const Finish& finish) {
  EXPECTS(from.size() >= 2);
  if (from.size() > 2) return sum_many(from, to, n, finish);
  const float* a = from[0];
  const float* b = from[1];
  for_each(n, [=](std::size_t i) REHEARSE_INLINE { to[i] = finish(a[i] + b[i]); });
}

}  // namespace

void sum(const std::vector<const float*>& from, float* to, std::size_t n) {
  sum_with(from, to, n, [](float x) REHEARSE_INLINE { return x; });
}

void sum_relu(const std::vector<const float*>& from, float* to, std::size_t n) {
  sum_with(from, to, n, [](float x) REHEARSE_INLINE { return positive(x); });
}

void relu(const float* from, float* to, std::size_t n) {
  for_each(n, [=](std::size_t i) REHEARSE_INLINE { to[i] = positive(from[i]); });
}

void relu_gradient(const float* output, const float* gradient, float* to, std::size_t n) {
  for_each(n, [=](std::size_t i) REHEARSE_INLINE {
    const float passed = gradient[i];  // read in any case: a condition would be a branch
    to[i] = output[i] > 0 ? passed : 0;
  });
}

void masked(const std::uint8_t* mask, const float* from, float factor, float* to, std::size_t n) {
  for_each(n, [=](std::size_t i)
                  REHEARSE_INLINE { to[i] = from[i] * factor * static_cast<float>(mask[i]); });
}

void touch(float* values, std::size_t n) {
  split(n, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; i += kLine) {
      volatile float& line = values[i];
      line = line;
    }
  });
}

void copy(const float* from, float* to, std::size_t n) {
  split(n, [&](std::size_t begin, std::size_t end) {
    std::memcpy(to + begin, from + begin, (end - begin) * sizeof(float));
  });
}

}  // namespace rehearse::cpu
