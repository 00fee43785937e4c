#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/stubs/logging.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>

#include "base/error.h"
#include "base/printable.h"
#include "kernels/models/importers/onnx/graph.h"
#include "kernels/models/model_limits.h"

namespace rehearse::onnx_import {
namespace {

using ::onnx::TensorProto;

constexpr std::size_t kLongestName = 200;

std::string name_of(const std::string& raw) { return printable(raw, kLongestName); }

template <class Raw>
std::optional<std::vector<double>> from_bytes(const std::string& bytes, std::size_t count) {
  if (bytes.size() != count * sizeof(Raw)) return std::nullopt;
  std::vector<Raw> raw(count);
  std::memcpy(raw.data(), bytes.data(), bytes.size());
  return std::vector<double>(raw.begin(), raw.end());
}

template <class Field>
std::optional<std::vector<double>> from_field(const Field& field, std::size_t count) {
  if (static_cast<std::size_t>(field.size()) != count) return std::nullopt;
  return std::vector<double>(field.begin(), field.end());
}

std::optional<std::vector<double>> values_of(const TensorProto& proto, std::size_t count) {
  const bool raw = proto.has_raw_data();
  switch (proto.data_type()) {
    case TensorProto::INT64:
      return raw ? from_bytes<std::int64_t>(proto.raw_data(), count)
                 : from_field(proto.int64_data(), count);
    case TensorProto::INT32:
      return raw ? from_bytes<std::int32_t>(proto.raw_data(), count)
                 : from_field(proto.int32_data(), count);
    case TensorProto::BOOL:
      return raw ? from_bytes<std::uint8_t>(proto.raw_data(), count)
                 : from_field(proto.int32_data(), count);
    case TensorProto::FLOAT:
      return raw ? from_bytes<float>(proto.raw_data(), count)
                 : from_field(proto.float_data(), count);
    case TensorProto::DOUBLE:
      return raw ? from_bytes<double>(proto.raw_data(), count)
                 : from_field(proto.double_data(), count);
    default:
      return std::nullopt;
  }
}

bool is_integer(int type) {
  switch (type) {
    case TensorProto::FLOAT:
    case TensorProto::FLOAT16:
    case TensorProto::BFLOAT16:
    case TensorProto::DOUBLE:
      return false;
    default:
      return true;
  }
}

Tensor tensor_of(const TensorProto& proto) {
  Tensor tensor{.name = name_of(proto.name()),
                .dims = {proto.dims().begin(), proto.dims().end()},
                .integer = is_integer(proto.data_type())};
  const std::int64_t elements = elements_of(tensor.dims);
  if (elements <= kMostValues && proto.data_location() != TensorProto::EXTERNAL) {
    tensor.values = values_of(proto, static_cast<std::size_t>(elements));
  }
  return tensor;
}

Attribute attribute_of(const ::onnx::AttributeProto& proto) {
  Attribute attribute;
  attribute.integers.assign(proto.ints().begin(), proto.ints().end());
  if (proto.has_i()) attribute.integers = {proto.i()};
  attribute.numbers.assign(proto.floats().begin(), proto.floats().end());
  if (proto.has_f()) attribute.numbers = {proto.f()};
  attribute.text = printable(proto.s(), kLongestName);
  if (proto.has_t()) attribute.tensor = tensor_of(proto.t());
  return attribute;
}

Node node_of(const ::onnx::NodeProto& proto) {
  Node node{.op = name_of(proto.op_type()), .name = name_of(proto.name())};
  for (const std::string& input : proto.input()) node.inputs.push_back(name_of(input));
  for (const std::string& output : proto.output()) node.outputs.push_back(name_of(output));
  for (const auto& attribute : proto.attribute()) {
    node.attributes[name_of(attribute.name())] = attribute_of(attribute);
  }
  return node;
}

GraphInput input_of(const ::onnx::ValueInfoProto& proto) {
  const auto& type = proto.type().tensor_type();
  GraphInput input{.name = name_of(proto.name()), .integer = is_integer(type.elem_type())};
  for (const auto& dim : type.shape().dim()) {
    InputDim own{.symbol = name_of(dim.dim_param())};
    // Some exporters write an open dimension as 0 or -1.
    if (dim.has_dim_value() && dim.dim_value() > 0) own.extent = dim.dim_value();
    if (own.extent && *own.extent > kMaxDimension) {
      throw Error::input(
          "the input '" + input.name + "' has an extent of " + std::to_string(*own.extent),
          "at most " + std::to_string(kMaxDimension));
    }
    input.dims.push_back(std::move(own));
  }
  return input;
}

// Of the nodes those that the outputs need. The order of a file is that of computing.
std::vector<Node> needed(std::vector<Node> nodes, const std::vector<std::string>& outputs) {
  std::set<std::string> wanted(outputs.begin(), outputs.end());
  std::vector<Node> kept;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const bool used = std::any_of(
        node->outputs.begin(), node->outputs.end(),
        [&](const std::string& name) { return !name.empty() && wanted.contains(name); });
    if (!used) continue;
    wanted.insert(node->inputs.begin(), node->inputs.end());
    kept.push_back(std::move(*node));
  }
  std::reverse(kept.begin(), kept.end());
  return kept;
}

Graph graph_of(const ::onnx::GraphProto& proto) {
  Graph graph;
  for (const TensorProto& initializer : proto.initializer()) {
    Tensor tensor = tensor_of(initializer);
    graph.initializers.insert_or_assign(tensor.name, std::move(tensor));
  }
  for (const auto& input : proto.input()) {
    if (graph.initializers.contains(name_of(input.name()))) continue;
    graph.inputs.push_back(input_of(input));
  }
  for (const auto& output : proto.output()) graph.outputs.push_back(name_of(output.name()));
  if (proto.node_size() > kMaxLayers) {
    throw Error::input("the graph has more than " + std::to_string(kMaxLayers) + " nodes");
  }
  std::vector<Node> nodes;
  for (const auto& node : proto.node()) nodes.push_back(node_of(node));
  graph.nodes = needed(std::move(nodes), graph.outputs);
  return graph;
}

// Says nothing itself: the library would print its troubles.
bool parse(std::ifstream& file, ::onnx::ModelProto& model) {
  const google::protobuf::LogSilencer silence;
  google::protobuf::io::IstreamInputStream stream(&file);
  return model.ParseFromZeroCopyStream(&stream);
}

}  // namespace

Graph read_graph(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error::input("cannot be opened", std::strerror(errno)).at(path, "");
  ::onnx::ModelProto model;
  if (!parse(file, model) || !model.has_graph() || model.graph().node_size() == 0) {
    throw Error::input("this is no ONNX file, or a part of it is missing",
                       "no graph of operators can be read from it",
                       "write it anew; weights above 2 GB belong in a file beside it")
        .at(path, "");
  }
  try {
    return graph_of(model.graph());
  } catch (const Error& error) {
    throw error.at(path, "");
  }
}

}  // namespace rehearse::onnx_import
