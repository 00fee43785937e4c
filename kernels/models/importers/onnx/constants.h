// Values of a graph that are no activations: weights, numbers that shapes are made of, and what is
// made from inputs beside the samples (masks, positions).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/models/importers/onnx/graph.h"

namespace rehearse::onnx_import {

// Learnt rows of which some are added to the steps of a sequence.
struct Table {
  std::string weight{};
  std::int64_t rows = 0, features = 0;
};

struct Constant {
  Dims dims{};
  bool integer = false;
  std::optional<std::vector<double>> values{};  // of small ones that depend on no input
  std::string weight{};                         // the initializer of floats whose elements it has
  std::vector<Table> tables{};                  // whose rows it sums
  bool repeats_rows = false;                    // all rows of its last two dimensions are the same

  // Whether its last two dimensions have rows that differ.
  [[nodiscard]] bool varies_by_row() const {
    return dims.size() > 1 && dims[dims.size() - 2] > 1 && !repeats_rows;
  }

  [[nodiscard]] bool is_number() const { return elements_of(dims) == 1; }
};

Constant constant_of(const Tensor& tensor, bool initializer);

// Whether `op` makes constants of constants.
bool folds(const std::string& op);
std::vector<std::string> folding_operators();

// The outputs of such a node. Inputs that are left out are null. Throws Error::input.
std::vector<Constant> fold(const Node& node, const std::vector<const Constant*>& inputs);

// What several operators have in common. `axis` may count from the end; throws Error::input.
std::size_t axis_of(std::int64_t axis, std::size_t rank);
Dims broadcast(const Dims& a, const Dims& b);
// The whole numbers of a constant; throws Error::input, which calls them `what`, if they are not
// known.
std::vector<std::int64_t> whole_numbers(const Constant* constant, const char* what);
// The extents that a Reshape asks for, with 0 and -1 resolved for the dimensions `from`.
Dims reshaped(const Dims& from, const std::vector<std::int64_t>& wanted, bool zero_is_zero);

// Of an operator whose axes are an attribute, or since operator set 13 an input.
std::optional<std::vector<std::int64_t>> axes_of(const Node& node, const Constant* input);

// The rows [begin, end) that a Slice takes along an axis; steps other than 1 are refused.
struct Range {
  std::size_t axis = 0;
  std::int64_t begin = 0, end = 0;
};
std::vector<Range> slices(const Node& node, const Dims& dims,
                          const std::vector<const Constant*>& inputs);
// The extents of the parts that a Split makes of `extent`.
std::vector<std::int64_t> split_parts(const Node& node, std::int64_t extent, const Constant* input);
Dims squeezed(const Dims& dims, const std::optional<std::vector<std::int64_t>>& axes);
Dims unsqueezed(const Dims& dims, const std::vector<std::int64_t>& axes);

}  // namespace rehearse::onnx_import
