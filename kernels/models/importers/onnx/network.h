// The layers that are made of a graph, and what its names stand for.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "kernels/models/importers/onnx.h"
#include "kernels/models/importers/onnx/samples.h"
#include "kernels/models/importers/onnx/value.h"
#include "kernels/models/model.h"

namespace rehearse::onnx_import {

class Network {
 public:
  // Throws Error::input for samples that are not told. REQUIRES: `graph` outlives it.
  Network(const Graph& graph, const std::string& name, const OnnxOptions& options);

  // Makes constants, views or layers of a node; throws Error::input that names it.
  void take(const Node& node);

  // The outputs get their losses, the first of them the last.
  Model finish() &&;

  // What follows serves the rules of operators. All throw Error::input for inputs that are left
  // out or of another form.
  [[nodiscard]] const OnnxOptions& options() const { return options_; }
  [[nodiscard]] std::int64_t batch() const { return samples_.batch; }
  [[nodiscard]] const Shape& shape(std::size_t layer) const { return build_.shape(layer); }
  [[nodiscard]] const std::vector<Layer>& layers() const { return build_.layers(); }

  [[nodiscard]] const Value& value(const Node& node, std::size_t input) const;
  // Null where it is no constant or left out.
  [[nodiscard]] const Constant* constant(const Node& node, std::size_t input) const;
  [[nodiscard]] const Constant* constant(const std::string& name) const;
  [[nodiscard]] bool is_tokens(const Value& value) const;

  // An activation: as it is; with its positions added; with what was computed from it made a layer;
  // the same, of all channels of its layer.
  Activation& open(const Node& node, std::size_t input);
  const Activation& based(const Node& node, std::size_t input);
  const Activation& settled(const Node& node, std::size_t input);
  const Activation& whole(const Node& node, std::size_t input);
  void expect_whole(const Activation& activation) const;
  // Makes steps of the positions of an image.
  void to_sequence(Activation& activation);

  // Adds a layer, whose name is made of that of `weight` or of the node.
  std::size_t add(const Node& node, LayerSpec spec, const std::string& weight = "");
  // Notes the weights of a layer; throws Error::input where they are another layer's.
  void own(const std::string& weight, std::size_t layer);
  // The layer whose weights these are.
  [[nodiscard]] std::optional<std::size_t> owner(const std::string& weight) const;

  void set(const Node& node, std::size_t output, Value value);
  void set(const Node& node, Activation activation);  // the first output
  void set(const Node& node, Constant constant);
  void set(const Node& node, Scores scores);

  [[nodiscard]] const std::vector<const Node*>& readers(const std::string& name) const;
  [[nodiscard]] bool is_output(const std::string& name) const;
  void skip(const Node& node) { skipped_.insert(&node); }  // what it makes is there already

 private:
  // The inputs of a node that makes constants of constants.
  [[nodiscard]] std::optional<std::vector<std::optional<Constant>>> constants(
      const Node& node) const;
  [[nodiscard]] std::string unique_name(const Node& node, const std::string& weight);

  const Graph& graph_;
  const OnnxOptions options_;
  ModelBuilder build_;
  const Samples samples_;
  std::map<std::string, Value> values_;
  std::map<std::string, std::vector<const Node*>> readers_;
  std::map<std::string, std::size_t> owners_;     // of weights
  std::map<std::size_t, std::size_t> sequences_;  // of images
  std::set<std::string> names_;
  std::set<const Node*> skipped_;
};

// Takes a node of which an input is an activation or the scores of an attention.
void apply_rule(Network& network, const Node& node);
bool has_rule(const std::string& op);
std::vector<std::string> rule_names();

}  // namespace rehearse::onnx_import
