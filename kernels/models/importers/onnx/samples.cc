#include "kernels/models/importers/onnx/samples.h"

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/json_reader.h"

namespace rehearse::onnx_import {
namespace {

// What a name is another view of.
std::string origin(const Graph& graph, std::string name) {
  for (auto node = graph.nodes.rbegin(); node != graph.nodes.rend(); ++node) {
    const bool view = node->op == "Cast" || node->op == "Identity" || node->op == "Reshape" ||
                      node->op == "Squeeze" || node->op == "Unsqueeze";
    if (view && !node->outputs.empty() && node->outputs[0] == name && node->gives(0)) {
      name = node->inputs[0];
    }
  }
  return name;
}

const GraphInput* find_input(const Graph& graph, const std::string& name) {
  const auto found = std::find_if(graph.inputs.begin(), graph.inputs.end(),
                                  [&](const GraphInput& input) { return input.name == name; });
  return found == graph.inputs.end() ? nullptr : &*found;
}

const GraphInput* find_tokens(const Graph& graph) {
  const GraphInput* best = nullptr;
  std::int64_t most = 0;
  for (const Node& node : graph.nodes) {
    if (node.op != "Gather" || !node.gives(0) || !node.gives(1)) continue;
    const auto table = graph.initializers.find(origin(graph, node.inputs[0]));
    if (table == graph.initializers.end() || table->second.dims.size() != 2) continue;
    const GraphInput* input = find_input(graph, origin(graph, node.inputs[1]));
    if (input == nullptr || !input->integer || table->second.dims[0] <= most) continue;
    best = input;
    most = table->second.dims[0];
  }
  return best;
}

const GraphInput& find_numbers(const Graph& graph) {
  std::vector<std::string> names;
  const GraphInput* found = nullptr;
  for (const GraphInput& input : graph.inputs) {
    if (input.integer || input.dims.size() < 2) continue;
    names.push_back("'" + input.name + "'");
    found = &input;
  }
  if (names.size() == 1) return *found;
  if (names.empty()) {
    throw Error::input("the graph has no input of samples",
                       "it reads neither tokens by a table nor floating numbers");
  }
  throw Error::input("the graph has " + std::to_string(names.size()) + " inputs of samples",
                     list_of(names), "export a network that reads one of them");
}

const Node* first_reader(const Graph& graph, const std::string& name) {
  for (const Node& node : graph.nodes) {
    if (node.gives(0) && node.inputs[0] == name) return &node;
  }
  return nullptr;
}

std::size_t batch_axis(const GraphInput& input, const Node* reader) {
  for (std::size_t i = 0; i < input.dims.size(); ++i) {
    std::string symbol = input.dims[i].symbol;
    for (char& c : symbol) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (symbol.find("batch") != std::string::npos) return i;
  }
  const bool recurrent =
      reader != nullptr && reader->op == "LSTM" && reader->integer("layout", 0) == 0;
  return recurrent && input.dims.size() > 1 ? 1 : 0;
}

// Of the axes beside the batch.
std::vector<Role> roles_of(const GraphInput& input, bool tokens, const Node* reader) {
  const std::size_t rank = input.dims.size();
  if (tokens && rank == 2) return {Role::step};
  if (!tokens) {
    switch (rank) {
      case 2:
        return {Role::channel};
      case 3:
        if (reader != nullptr && reader->op == "Conv") return {Role::channel, Role::width};
        return {Role::step, Role::channel};
      case 4:
        return {Role::channel, Role::height, Role::width};
      case 5:
        return {Role::channel, Role::depth, Role::height, Role::width};
      default:
        break;
    }
  }
  throw Error::input("the input '" + input.name + "' has " + std::to_string(rank) + " dimensions",
                     tokens ? "tokens have those of samples and steps" : "2 to 5 are read");
}

// The roles of all axes. A network that begins with a permutation of images reads them with the
// channels last.
std::vector<Role> all_roles(const GraphInput& input, bool tokens, const Node* reader) {
  std::vector<Role> roles = roles_of(input, tokens, reader);
  const std::size_t batch = batch_axis(input, reader);
  roles.insert(roles.begin() + static_cast<std::ptrdiff_t>(batch), Role::batch);
  if (roles.size() < 4 || batch != 0 || reader == nullptr || reader->op != "Transpose")
    return roles;
  const std::vector<std::int64_t> order = reader->integers("perm");
  if (order.size() != roles.size() || order[0] != 0) return roles;
  std::vector<Role> moved(roles.size(), Role::batch);
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] < 0 || order[i] >= static_cast<std::int64_t>(roles.size())) return roles;
    moved[static_cast<std::size_t>(order[i])] = roles[i];
  }
  return moved;
}

std::int64_t open_extent(const std::string& where, Role role, const OnnxOptions& options) {
  switch (role) {
    case Role::batch:
      return 1;
    case Role::step:
      if (options.sequence) return *options.sequence;
      throw Error::input(where + " is open", "it counts the steps of a sample",
                         "give the steps: data.sequence in a scenario, --sequence N to 'model'");
    case Role::height:
    case Role::width:
    case Role::depth:
      if (options.image_size) return *options.image_size;
      throw Error::input(where + " is open", "it counts the pixels of a side",
                         "give 'image_size' beside 'onnx'");
    default:
      throw Error::input(where + " is open", "it counts the features of a sample",
                         "export the network with this dimension fixed");
  }
}

std::int64_t extent(const GraphInput& input, std::size_t axis, Role role,
                    const OnnxOptions& options) {
  const InputDim& dim = input.dims[axis];
  const std::string where =
      "dimension " + std::to_string(axis) + " of the input '" + input.name + "'";
  if (!dim.extent) return open_extent(where, role, options);
  if (role == Role::step && options.sequence && *options.sequence != *dim.extent) {
    throw Error::input(where + " has " + std::to_string(*dim.extent) + " steps",
                       "the job has " + std::to_string(*options.sequence),
                       "make them equal, or export the network with this dimension open");
  }
  return *dim.extent;
}

std::int64_t& extent_in(Shape& shape, Role role) {
  switch (role) {
    case Role::step:
      return shape.sequence;
    case Role::depth:
      return shape.depth;
    case Role::height:
      return shape.height;
    case Role::width:
      return shape.width;
    default:
      return shape.channels;
  }
}

}  // namespace

Samples find_samples(const Graph& graph, const OnnxOptions& options) {
  const GraphInput* tokens = find_tokens(graph);
  const GraphInput& input = tokens != nullptr ? *tokens : find_numbers(graph);
  const Node* reader = first_reader(graph, input.name);
  Samples samples{.input = input.name, .tokens = tokens != nullptr};
  const std::vector<Role> roles = all_roles(input, samples.tokens, reader);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    const std::int64_t own = extent(input, i, roles[i], options);
    if (roles[i] == Role::batch) {
      samples.batch = own;
    } else {
      extent_in(samples.shape, roles[i]) = own;
    }
    samples.axes.push_back(merged({{roles[i], own, 1}}));
    if (!input.dims[i].symbol.empty()) samples.open[input.dims[i].symbol] = own;
  }
  return samples;
}

Dims extents_of(const GraphInput& input, const Samples& samples) {
  Dims dims;
  for (const InputDim& dim : input.dims) {
    if (dim.extent) {
      dims.push_back(*dim.extent);
    } else if (const auto told = samples.open.find(dim.symbol); told != samples.open.end()) {
      dims.push_back(told->second);
    } else {
      dims.push_back(dims.empty() ? samples.batch : samples.shape.sequence);
    }
  }
  return dims;
}

}  // namespace rehearse::onnx_import
