// What an ONNX file says, without the types of its library.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rehearse::onnx_import {

using Dims = std::vector<std::int64_t>;

// The product; throws Error::input for a negative extent or more than 10^13 elements.
std::int64_t elements_of(const Dims& dims);
std::string to_text(const Dims& dims);  // "3x224x224"

// Values are known of small tensors only: those that tell shapes.
inline constexpr std::int64_t kMostValues = 4096;

struct Tensor {
  std::string name{};
  Dims dims{};
  bool integer = false;
  std::optional<std::vector<double>> values{};
};

struct Attribute {
  std::vector<std::int64_t> integers{};  // one for a number
  std::vector<double> numbers{};         // likewise
  std::string text{};
  std::optional<Tensor> tensor{};
};

struct Node {
  std::string op{}, name{};
  std::vector<std::string> inputs{}, outputs{};  // "" where one is left out
  std::map<std::string, Attribute> attributes{};

  [[nodiscard]] bool has(const std::string& attribute) const {
    return attributes.contains(attribute);
  }
  [[nodiscard]] std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
  [[nodiscard]] double number(const std::string& attribute, double otherwise) const;
  [[nodiscard]] std::string text(const std::string& attribute, const std::string& otherwise) const;
  [[nodiscard]] std::vector<std::int64_t> integers(const std::string& attribute) const;
  [[nodiscard]] bool gives(std::size_t input) const {
    return input < inputs.size() && !inputs[input].empty();
  }
};

struct InputDim {
  std::optional<std::int64_t> extent{};
  std::string symbol{};  // of an open one; may be empty
};

struct GraphInput {
  std::string name{};
  bool integer = false;
  std::vector<InputDim> dims{};
};

struct Graph {
  std::vector<Node> nodes{};  // each reads what earlier ones write
  std::map<std::string, Tensor> initializers{};
  std::vector<GraphInput> inputs{};  // without initializers
  std::vector<std::string> outputs{};
};

// Throws Error::input, which names the file. Nodes that no output needs are left out.
Graph read_graph(const std::string& path);

}  // namespace rehearse::onnx_import
