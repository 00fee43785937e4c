// What a name of a graph stands for while layers are made of it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "kernels/models/importers/onnx/axes.h"
#include "kernels/models/importers/onnx/constants.h"

namespace rehearse::onnx_import {

// What has been computed, element by element and by means over the channels, from one activation,
// and is no layer yet: GELUs, SiLUs and normalisations are written as several operators.
struct Expression {
  std::set<std::string> operators{};  // those of more than one number: "Erf", "Tanh", "Sqrt"
  bool reduced = false;               // a mean over the channels: one value for each position
  bool squared = false;               // joins two parts of it
  std::string scale{}, shift{};       // learnt vectors of channels
};

// The output of a layer, or a part of its channels, as the axes say.
struct Activation {
  std::size_t layer = 0;
  Axes axes{};
  std::int64_t begin = 0;      // of the part
  std::int64_t channels = 0;   // of the part
  std::vector<Table> added{};  // of positions, whose layer is not made yet
  std::optional<Expression> expression{};

  [[nodiscard]] Dims dims() const {
    Dims result = dims_of(axes);
    if (expression && expression->reduced && !result.empty()) result.back() = 1;
    return result;
  }
};

// The products of queries and keys, and what they become before they weigh values.
struct Scores {
  Activation queries{}, keys{};
  Dims dims{};
  bool causal = false;
  bool weighs = false;  // behind the softmax
  double dropout_rate = 0;
};

struct Value {
  std::optional<Constant> constant{};
  std::optional<Activation> activation{};
  std::optional<Scores> scores{};

  [[nodiscard]] Dims dims() const {
    if (constant) return constant->dims;
    return activation ? activation->dims() : scores->dims;
  }
};

}  // namespace rehearse::onnx_import
