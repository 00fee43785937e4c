#include "kernels/models/importers/onnx/constant_arithmetic.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"

namespace rehearse::onnx_import {
namespace {

// Where the element `index` of a tensor of `dims` lies in one of `of` that is broadcast to it.
std::size_t place_in(std::size_t index, const Dims& dims, const Dims& of) {
  std::size_t place = 0, stride = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::size_t axis = dims.size() - 1 - i;
    const auto extent = static_cast<std::size_t>(dims[axis]);
    const std::size_t at = index % extent;
    index /= extent;
    if (i >= of.size()) continue;
    const auto own = static_cast<std::size_t>(of[of.size() - 1 - i]);
    if (own > 1) place += at * stride;
    stride *= own;
  }
  return place;
}

using Binary = double (*)(double, double);

double quotient(double a, double b) { return b == 0 ? 0 : a / b; }

const std::map<std::string, Binary>& binaries() {
  static const std::map<std::string, Binary> kBinaries{
      {"Add", [](double a, double b) { return a + b; }},
      {"Sub", [](double a, double b) { return a - b; }},
      {"Mul", [](double a, double b) { return a * b; }},
      {"Div", quotient},
      {"Pow", [](double a, double b) { return std::pow(a, b); }},
      {"Mod", [](double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }},
      {"Min", [](double a, double b) { return std::min(a, b); }},
      {"Max", [](double a, double b) { return std::max(a, b); }},
      {"Equal", [](double a, double b) { return a == b ? 1.0 : 0.0; }},
      {"Less", [](double a, double b) { return a < b ? 1.0 : 0.0; }},
      {"LessOrEqual", [](double a, double b) { return a <= b ? 1.0 : 0.0; }},
      {"Greater", [](double a, double b) { return a > b ? 1.0 : 0.0; }},
      {"GreaterOrEqual", [](double a, double b) { return a >= b ? 1.0 : 0.0; }},
      {"And", [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }},
      {"Or", [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }},
  };
  return kBinaries;
}

const std::map<std::string, double (*)(double)>& unaries() {
  static const std::map<std::string, double (*)(double)> kUnaries{
      {"Neg", [](double x) { return -x; }},
      {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Round", [](double x) { return std::nearbyint(x); }},
      {"Reciprocal", [](double x) { return quotient(1, x); }},
      {"Sin", [](double x) { return std::sin(x); }},
      {"Cos", [](double x) { return std::cos(x); }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"IsNaN", [](double x) { return std::isnan(x) ? 1.0 : 0.0; }},
  };
  return kUnaries;
}

template <class Value>
std::vector<std::string> keys_of(const std::map<std::string, Value>& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

}  // namespace

const Constant& required(const Inputs& inputs, std::size_t which) {
  if (which < inputs.size() && inputs[which] != nullptr) return *inputs[which];
  throw Error::input("its input " + std::to_string(which) + " is missing");
}

// Values that are too many are not kept.
Constant made(Dims dims, bool integer, std::optional<std::vector<double>> values) {
  const std::int64_t elements = elements_of(dims);
  if (elements > kMostValues) values.reset();
  return {.dims = std::move(dims), .integer = integer, .values = std::move(values)};
}

std::vector<double> spread(const Constant& in, const Dims& dims) {
  std::vector<double> values(static_cast<std::size_t>(elements_of(dims)));
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = in.values->at(place_in(i, dims, in.dims));
  }
  return values;
}

std::vector<std::string> binary_operators() { return keys_of(binaries()); }
std::vector<std::string> unary_operators() { return keys_of(unaries()); }

Constant combined(const Node& node, const Inputs& inputs) {
  const Constant &a = required(inputs, 0), &b = required(inputs, 1);
  const bool integer = a.integer && b.integer;
  Constant out = made(broadcast(a.dims, b.dims), integer);
  out.repeats_rows = !a.varies_by_row() && !b.varies_by_row();
  if (node.op == "Add") {
    out.tables = a.tables;
    out.tables.insert(out.tables.end(), b.tables.begin(), b.tables.end());
  }
  if (!a.values || !b.values || elements_of(out.dims) > kMostValues) return out;
  std::vector<double> values = spread(a, out.dims);
  const std::vector<double> others = spread(b, out.dims);
  const Binary apply = binaries().at(node.op);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = apply(values[i], others[i]);
    if (node.op == "Div" && integer) values[i] = std::trunc(values[i]);
  }
  out.values = std::move(values);
  return out;
}

Constant mapped(const Node& node, const Inputs& inputs) {
  Constant out = made(required(inputs, 0).dims, inputs[0]->integer, inputs[0]->values);
  out.repeats_rows = inputs[0]->repeats_rows;
  if (out.values) {
    for (double& value : *out.values) value = unaries().at(node.op)(value);
  }
  return out;
}

Constant chosen(const Inputs& inputs) {
  const Constant &when = required(inputs, 0), &yes = required(inputs, 1), &no = required(inputs, 2);
  Constant out = made(broadcast(when.dims, broadcast(yes.dims, no.dims)), yes.integer);
  out.repeats_rows = !when.varies_by_row() && !yes.varies_by_row() && !no.varies_by_row();
  if (!when.values || !yes.values || !no.values || elements_of(out.dims) > kMostValues) return out;
  std::vector<double> values = spread(yes, out.dims);
  const std::vector<double> others = spread(no, out.dims), test = spread(when, out.dims);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (test[i] == 0) values[i] = others[i];
  }
  out.values = std::move(values);
  return out;
}

}  // namespace rehearse::onnx_import
