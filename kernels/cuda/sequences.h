// Embeddings, rotary positions and parts of sequences, on a GPU. A sequence tensor has a row of
// `width` features for each step of each sample. Launchers keep the rules of elementwise.h.
#pragma once

#include <cstdint>

#include "kernels/cuda/cuda_stream.h"
#include "kernels/tensor.h"

namespace rehearse::cuda {

// Row r of y = row tokens[r] - first of the table, or zeros where the table has no such row
// (another rank has it).
struct TableShape {
  std::int64_t rows = 0;  // of the table
  std::int64_t width = 0;
  std::int64_t first = 0;  // token of the first row
};
void embed(const TableShape& shape, const std::int32_t* tokens, const Tensor& table,
           const Tensor& y, StreamHandle stream);

// A batch's steps sorted by token, in memory of the GPU: of each of `distinct` tokens its row in
// the table and its steps, order[starts[d]] to order[starts[d + 1] - 1], in rising order. Tokens
// that the table lacks are left out. kernels/cuda/token_order.h makes it.
struct SortedTokens {
  const std::int32_t *rows = nullptr, *starts = nullptr, *order = nullptr;
  std::int64_t distinct = 0;
};
// Adds to each row of the gradient of the table the rows of dy that belong to it; rows without
// tokens stay. Zero the gradient first where it is not to be added to.
void embed_backward(const TableShape& shape, const SortedTokens& tokens, const Tensor& dy,
                    const Tensor& dtable, StreamHandle stream);

struct PositionShape {
  std::int64_t batch = 0, steps = 0, width = 0;
  std::int64_t positions = 0;  // rows of the table
  std::int64_t first = 0;      // position of the first step here
};
// y = x + the table's row of the step; y may be x.
void add_positions(const PositionShape& shape, const Tensor& x, const Tensor& table,
                   const Tensor& y, StreamHandle stream);
// Writes the gradient of the whole table: zeros for positions without a step.
void positions_backward(const PositionShape& shape, const Tensor& dy, const Tensor& dtable,
                        StreamHandle stream);

// Rows have `turned` heads of 2 half features (queries and keys), which turn, and then values,
// which pass: features i and i + half turn by the angle (step, i) (kernels/rotary_table.h).
struct RotaryShape {
  std::int64_t rows = 0, width = 0;
  std::int64_t steps = 0;  // of a sample
  std::int64_t turned = 0, half = 0;
};
// `cosines` and `sines` are [step, i]. `backward`: turns gradients the other way. y may be x.
void rotate(const RotaryShape& shape, const float* cosines, const float* sines, bool backward,
            const Tensor& x, const Tensor& y, StreamHandle stream);

// A tensor of first x second blocks of equal size, row by row, into one of second x first: parts of
// samples that lie sample by sample into rank by rank, or back. REQUIRES: as many elements; y is
// not x.
void swap_axes(const Tensor& x, std::int64_t first, std::int64_t second, const Tensor& y,
               StreamHandle stream);

}  // namespace rehearse::cuda
