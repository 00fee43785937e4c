#include "kernels/models/importers/onnx/graph.h"

#include <algorithm>

#include "base/error.h"
#include "kernels/models/model_limits.h"

namespace rehearse::onnx_import {
namespace {

const Attribute* find(const Node& node, const std::string& name) {
  const auto found = node.attributes.find(name);
  return found == node.attributes.end() ? nullptr : &found->second;
}

}  // namespace

std::int64_t elements_of(const Dims& dims) {
  double product = 1;
  std::int64_t exact = 1;
  for (const std::int64_t extent : dims) {
    if (extent < 0) throw Error::input("a tensor has an extent of " + std::to_string(extent));
    product *= static_cast<double>(std::max<std::int64_t>(extent, 1));
    if (product > static_cast<double>(kMaxParameterElements)) {
      throw Error::input("a tensor is too large",
                         "at most " + std::to_string(kMaxParameterElements) + " elements");
    }
    exact *= extent;
  }
  return exact;
}

std::string to_text(const Dims& dims) {
  std::string text;
  for (const std::int64_t extent : dims) text += (text.empty() ? "" : "x") + std::to_string(extent);
  return text.empty() ? "one number" : text;
}

std::int64_t Node::integer(const std::string& attribute, std::int64_t otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found == nullptr || found->integers.empty() ? otherwise : found->integers.front();
}

double Node::number(const std::string& attribute, double otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found == nullptr || found->numbers.empty() ? otherwise : found->numbers.front();
}

std::string Node::text(const std::string& attribute, const std::string& otherwise) const {
  const Attribute* found = find(*this, attribute);
  return found == nullptr ? otherwise : found->text;
}

std::vector<std::int64_t> Node::integers(const std::string& attribute) const {
  const Attribute* found = find(*this, attribute);
  return found == nullptr ? std::vector<std::int64_t>{} : found->integers;
}

}  // namespace rehearse::onnx_import
