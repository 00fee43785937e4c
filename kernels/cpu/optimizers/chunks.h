// Splits a loop over elements into pieces of fixed size: whatever is summed per piece does not
// depend on the number of threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace rehearse {

// 64 KiB of floats: far above the cost of handing out a piece, far below a cache.
inline constexpr std::int64_t kChunkElements = 16384;

inline std::int64_t chunks_of(std::int64_t elements) {
  return (elements + kChunkElements - 1) / kChunkElements;
}

// Calls body(from, to) for every piece of [begin, end). The body must not throw.
template <class Body>
void for_each_chunk(std::int64_t begin, std::int64_t end, int threads, const Body& body) {
  const std::int64_t chunks = chunks_of(end - begin);
  const auto piece = [&](std::int64_t chunk) {
    const std::int64_t from = begin + chunk * kChunkElements;
    body(from, std::min(end, from + kChunkElements));
  };
  constexpr std::int64_t kWorthATeam = 4;
  if (threads <= 1 || chunks < kWorthATeam) {
    for (std::int64_t chunk = 0; chunk < chunks; ++chunk) piece(chunk);
    return;
  }
#pragma omp parallel for num_threads(threads) schedule(static)
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) piece(chunk);
}

}  // namespace rehearse
