#include "kernels/models/importers/onnx/rules.h"

#include <map>

#include "base/error.h"
#include "kernels/models/importers/onnx/expression.h"

namespace rehearse::onnx_import {
namespace {

using Rule = void (*)(Network&, const Node&);

const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> kRules{
      {"Conv", take_convolution},
      {"ConvTranspose", take_transposed_convolution},
      {"MaxPool", take_pool},
      {"AveragePool", take_pool},
      {"GlobalAveragePool", take_global_pool},
      {"Resize", take_resize},
      {"Upsample", take_resize},
      {"MatMul", take_product},
      {"Gemm", take_gemm},
      {"Gather", take_gather},
      {"LSTM", take_lstm},
      {"Identity", take_view},
      {"Cast", take_view},
      {"Reshape", take_view},
      {"Flatten", take_view},
      {"Transpose", take_view},
      {"Squeeze", take_view},
      {"Unsqueeze", take_view},
      {"Expand", take_view},
      {"Slice", take_slice},
      {"Split", take_split},
      {"Concat", take_concat},
      {"Add", take_sum_or_product},
      {"Sub", take_sum_or_product},
      {"Mul", take_sum_or_product},
      {"Div", take_sum_or_product},
      {"Pow", take_function},
      {"Erf", take_function},
      {"Sqrt", take_function},
      {"Tanh", take_function},
      {"Sigmoid", take_function},
      {"Neg", take_function},
      {"Reciprocal", take_function},
      {"ReduceMean", take_mean},
      {"Relu", take_simple},
      {"LeakyRelu", take_simple},
      {"Clip", take_simple},
      {"Gelu", take_simple},
      {"FastGelu", take_simple},
      {"LRN", take_simple},
      {"BatchNormalization", take_normalisation},
      {"LayerNormalization", take_normalisation},
      {"RMSNormalization", take_normalisation},
      {"SimplifiedLayerNormalization", take_normalisation},
      {"Dropout", take_dropout},
      {"Softmax", take_softmax},
      {"LogSoftmax", take_softmax},
  };
  return kRules;
}

}  // namespace

bool has_rule(const std::string& op) { return rules().contains(op); }

std::vector<std::string> rule_names() {
  std::vector<std::string> names;
  for (const auto& [op, rule] : rules()) names.push_back(op);
  return names;
}

void apply_rule(Network& network, const Node& node) {
  if (node.outputs.empty()) throw Error::input("it has no output");
  if (takes_scores(network, node)) return take_scores(network, node);
  const auto rule = rules().find(node.op);
  if (rule == rules().end()) throw Error::input("it is read of constants only");
  rule->second(network, node);
}

}  // namespace rehearse::onnx_import
