// The networks of the experts that a rank has: SwiGLU units on rows that are sorted by expert, each
// a copy of a step. Includes nothing of CUDA.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/cuda/operation.h"
#include "kernels/cuda/row_product.h"

namespace rehearse::cuda {

class ExpertNetworks {
 public:
  // `experts`: those that this rank has, whose parameters the layer has.
  ExpertNetworks(const Site& site, std::int64_t experts);

  [[nodiscard]] std::int64_t width() const { return width_; }
  [[nodiscard]] std::int64_t inner() const { return inner_; }
  // Whether a parameter tensor is read as a copy (Operation::reads_copy).
  static bool reads_copy(std::size_t which) { return which < 2; }
  // Floats of scratch memory that backward_weights() needs.
  [[nodiscard]] std::int64_t scratch() const;

  // Reads their parameters alone.
  void bind(const Operands& operands) { operands_ = operands; }

  // Of each expert its first row; then the number of rows.
  using Firsts = std::vector<std::int64_t>;
  // Arrays of the type of the engine by row: what the networks read and make, of width() elements
  // each; gates and values, of 2 inner(); units, of inner(). Or their gradients.
  struct Rows {
    std::byte *inputs = nullptr, *pairs = nullptr, *units = nullptr, *outputs = nullptr;
  };

  // From the inputs to all others.
  void forward(const Firsts& firsts, const Rows& rows);
  // From the gradients of the outputs to those of units, pairs and parameters.
  void backward_weights(const Firsts& firsts, const Rows& rows, const Rows& gradients,
                        float* scratch);
  // From the gradients of the pairs to those of the inputs.
  void backward_data(const Firsts& firsts, const Rows& gradients);

 private:
  // Rows [first, first + count) of an array.
  [[nodiscard]] Tensor rows(std::byte* array, std::int64_t first, std::int64_t count,
                            std::int64_t width) const;
  // An expert's part of a parameter tensor or of its gradient.
  [[nodiscard]] Tensor part(const Tensor& tensor, std::int64_t expert) const;
  [[nodiscard]] Tensor up(std::int64_t expert) const { return part(operands_.copies[0], expert); }
  [[nodiscard]] Tensor down(std::int64_t expert) const { return part(operands_.copies[1], expert); }
  [[nodiscard]] Tensor gradient(std::size_t which, std::int64_t expert) const {
    return part(operands_.parameter_gradients[which], expert);
  }
  [[nodiscard]] RowProduct up_rows(std::int64_t count) const {
    return row_product(count, width_, 2 * inner_);
  }
  [[nodiscard]] RowProduct down_rows(std::int64_t count) const {
    return row_product(count, inner_, width_);
  }
  [[nodiscard]] RowProduct row_product(std::int64_t count, std::int64_t in, std::int64_t out) const;
  void multiply(const RowProduct& of, const Tensor& x, const Tensor& weights, const Tensor& to);
  void add_expert_bias(std::size_t which, std::int64_t expert, const Tensor& to) const;
  void weight_gradient(const RowProduct& of, const Tensor& dy, const Tensor& x, const Tensor& to,
                       std::size_t which, std::int64_t expert, float* scratch);
  void clear(const Tensor& tensor) const;
  // use(expert, first row, rows) for experts that have any.
  template <class Use>
  void for_each_expert(const Firsts& firsts, const Use& use) const;

  Engine& engine_;
  const std::int64_t experts_, width_, inner_;
  const bool bias_;
  Operands operands_;
};

}  // namespace rehearse::cuda
