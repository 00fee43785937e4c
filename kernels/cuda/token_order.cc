#include "kernels/cuda/token_order.h"

#include <algorithm>

namespace rehearse::cuda {

TokenOrder order_tokens(std::span<const std::int32_t> tokens, std::int64_t first,
                        std::int64_t rows) {
  TokenOrder result;
  for (std::size_t step = 0; step < tokens.size(); ++step) {
    const std::int64_t row = tokens[step] - first;
    if (row >= 0 && row < rows) result.order.push_back(static_cast<std::int32_t>(step));
  }
  std::ranges::stable_sort(
      result.order, {}, [&](std::int32_t step) { return tokens[static_cast<std::size_t>(step)]; });
  for (std::size_t k = 0; k < result.order.size(); ++k) {
    const auto row =
        static_cast<std::int32_t>(tokens[static_cast<std::size_t>(result.order[k])] - first);
    if (!result.rows.empty() && result.rows.back() == row) continue;
    result.rows.push_back(row);
    result.starts.push_back(static_cast<std::int32_t>(k));
  }
  result.starts.push_back(static_cast<std::int32_t>(result.order.size()));
  return result;
}

}  // namespace rehearse::cuda
