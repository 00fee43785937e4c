#include "kernels/models/importers/onnx.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/printable.h"
#include "kernels/models/importers/onnx/network.h"

namespace rehearse {
namespace {

using onnx_import::Graph;

// All at once, so that nobody mends one only to meet the next.
void expect_known_operators(const Graph& graph) {
  constexpr std::size_t kMostNamed = 20;
  std::map<std::string, int> unknown;
  for (const onnx_import::Node& node : graph.nodes) {
    if (!onnx_import::folds(node.op) && !onnx_import::has_rule(node.op)) ++unknown[node.op];
  }
  if (unknown.empty()) return;
  std::string words;
  std::size_t named = 0;
  for (const auto& [op, count] : unknown) {
    if (named++ == kMostNamed) {
      words += " and " + std::to_string(unknown.size() - kMostNamed) + " others";
      break;
    }
    words += (words.empty() ? "" : ", ") + op + " (" + std::to_string(count) + ")";
  }
  throw Error::input("it holds operators that are not read: " + words, "",
                     "docs/formats.md lists those that are read");
}

}  // namespace

Model read_onnx(const std::string& path, const OnnxOptions& options) {
  const Graph graph = onnx_import::read_graph(path);
  try {
    expect_known_operators(graph);
    const std::string name = printable(std::filesystem::path(path).stem().string());
    onnx_import::Network network(graph, name, options);
    for (const onnx_import::Node& node : graph.nodes) network.take(node);
    return std::move(network).finish();
  } catch (const Error& error) {
    throw error.at(path, "");
  }
}

std::vector<std::string> onnx_operators() {
  std::vector<std::string> names = onnx_import::rule_names();
  for (std::string& op : onnx_import::folding_operators()) names.push_back(std::move(op));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

}  // namespace rehearse
