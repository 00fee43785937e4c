// Loops over arrays that use all threads and the widest vectors of the machine.
//
// A body is compiled twice: for any machine and, inlined here, for vectors of 512 bits. It must be
// marked REHEARSE_INLINE, and so must what it calls.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstddef>

#define REHEARSE_INLINE __attribute__((always_inline))

namespace rehearse::cpu {

// A thread's share begins at a cache line; a tensor of less than a few pages is not worth waking
// other threads for.
inline constexpr std::size_t kLine = 16, kSmall = 8192;

// body(begin, end) for the share of each thread in [0, n).
template <class Body>
void split(std::size_t n, const Body& body) {
  if (n <= kSmall || omp_get_max_threads() == 1) {
    body(std::size_t{0}, n);
    return;
  }
#pragma omp parallel
  {
    const auto threads = static_cast<std::size_t>(omp_get_num_threads());
    const auto thread = static_cast<std::size_t>(omp_get_thread_num());
    const std::size_t share = (n / threads + kLine) / kLine * kLine;
    const std::size_t begin = std::min(n, thread * share);
    body(begin, std::min(n, begin + share));
  }
}

template <class Body>
__attribute__((target("avx512f"))) void wide_loop(std::size_t begin, std::size_t end,
                                                  const Body& body) {
#pragma omp simd
  for (std::size_t i = begin; i < end; ++i) body(i);
}

// body(i) for each element, in any order.
template <class Body>
void loop(std::size_t begin, std::size_t end, const Body& body) {
  if (__builtin_cpu_supports("avx512f")) {
    wide_loop(begin, end, body);
    return;
  }
#pragma omp simd
  for (std::size_t i = begin; i < end; ++i) body(i);
}

// The same by all threads.
template <class Body>
void for_each(std::size_t n, const Body& body) {
  split(n, [&](std::size_t begin, std::size_t end) { loop(begin, end, body); });
}

template <class Body>
__attribute__((target("avx512f"))) void wide_rows(std::size_t begin, std::size_t end,
                                                  const Body& body) {
  for (std::size_t i = begin; i < end; ++i) body(i);
}

// body(row) for rows [begin, end) one after the other; the body has loops of its own.
template <class Body>
void rows(std::size_t begin, std::size_t end, const Body& body) {
  if (__builtin_cpu_supports("avx512f")) {
    wide_rows(begin, end, body);
    return;
  }
  for (std::size_t i = begin; i < end; ++i) body(i);
}

// The same by all threads, for `count` rows of `width` elements: equal shares of whole rows.
template <class Body>
void for_each_row(std::size_t count, std::size_t width, const Body& body) {
  if (count * width <= kSmall || omp_get_max_threads() == 1) {
    rows(0, count, body);
    return;
  }
#pragma omp parallel
  {
    const auto threads = static_cast<std::size_t>(omp_get_num_threads());
    const auto thread = static_cast<std::size_t>(omp_get_thread_num());
    rows(count * thread / threads, count * (thread + 1) / threads, body);
  }
}

}  // namespace rehearse::cpu
