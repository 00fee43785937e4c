// Steps sorted by token: what a deterministic gradient of an embedding walks through
// (kernels/cuda/sequences.h). In host memory.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace rehearse::cuda {

struct TokenOrder {
  std::vector<std::int32_t> rows;    // of the table, of each distinct token, rising
  std::vector<std::int32_t> starts;  // of each distinct token in `order`; then the end
  std::vector<std::int32_t> order;   // steps, rising for each token
};

// Of the tokens in [first, first + rows).
TokenOrder order_tokens(std::span<const std::int32_t> tokens, std::int64_t first,
                        std::int64_t rows);

}  // namespace rehearse::cuda
