#include "kernels/models/importers/onnx/constants.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/error.h"
#include "kernels/models/importers/onnx/constant_arithmetic.h"

namespace rehearse::onnx_import {
namespace {

const Constant* optional(const Inputs& inputs, std::size_t which) {
  return which < inputs.size() ? inputs[which] : nullptr;
}

// The same elements with other extents.
Constant viewed(const Constant& in, Dims dims) {
  if (elements_of(dims) != elements_of(in.dims)) {
    throw Error::input("it makes " + to_text(dims) + " of " + to_text(in.dims));
  }
  const auto rows = [](const Dims& of) {
    return Dims(of.end() - static_cast<std::ptrdiff_t>(std::min<std::size_t>(2, of.size())),
                of.end());
  };
  Constant out = in;
  out.repeats_rows = in.repeats_rows && rows(dims) == rows(in.dims);
  out.dims = std::move(dims);
  return out;
}

Constant expanded(const Constant& in, const Dims& wanted) {
  Constant out = made(broadcast(in.dims, wanted), in.integer);
  out.weight = in.weight;
  out.tables = in.tables;
  out.repeats_rows = !in.varies_by_row();
  if (in.values && elements_of(out.dims) <= kMostValues) out.values = spread(in, out.dims);
  return out;
}

// The elements at `index` along an axis, in this order.
Constant taken(const Constant& in, std::size_t axis, const std::vector<std::int64_t>& index,
               Dims dims) {
  Constant out = made(std::move(dims), in.integer);
  if (!in.values || elements_of(out.dims) > kMostValues) return out;
  std::int64_t inner = 1, outer = 1;
  for (std::size_t i = 0; i < in.dims.size(); ++i) (i < axis ? outer : inner) *= in.dims[i];
  const std::int64_t extent = in.dims[axis];
  if (extent > 0) inner /= extent;
  std::vector<double> values;
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t at : index) {
      for (std::int64_t i = 0; i < inner; ++i) {
        values.push_back(in.values->at(static_cast<std::size_t>((o * extent + at) * inner + i)));
      }
    }
  }
  out.values = std::move(values);
  return out;
}

Constant rows(const Constant& in, const Range& range) {
  std::vector<std::int64_t> index;
  const std::int64_t count = range.end - range.begin;
  if (in.values) {
    for (std::int64_t i = range.begin; i < range.end; ++i) index.push_back(i);
  }
  Dims dims = in.dims;
  dims[range.axis] = count;
  Constant out = taken(in, range.axis, index, std::move(dims));
  out.tables = in.tables;
  // A part of the rows of a table of positions is still that table.
  if (!in.weight.empty() && in.dims.size() > 1) out.weight = in.weight;
  return out;
}

Constant sliced(const Node& node, const Inputs& inputs) {
  Constant out = required(inputs, 0);
  for (const Range& range : slices(node, out.dims, inputs)) {
    if (range.end - range.begin != out.dims[range.axis]) out = rows(out, range);
  }
  return out;
}

std::vector<Constant> split(const Node& node, const Inputs& inputs) {
  const Constant& in = required(inputs, 0);
  const std::size_t axis = axis_of(node.integer("axis", 0), in.dims.size());
  std::vector<Constant> parts;
  std::int64_t begin = 0;
  for (const std::int64_t part : split_parts(node, in.dims[axis], optional(inputs, 1))) {
    parts.push_back(rows(in, {axis, begin, begin + part}));
    begin += part;
  }
  return parts;
}

Constant gathered(const Node& node, const Inputs& inputs) {
  const Constant &in = required(inputs, 0), &index = required(inputs, 1);
  const std::size_t axis = axis_of(node.integer("axis", 0), in.dims.size());
  Dims dims(in.dims.begin(), in.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), index.dims.begin(), index.dims.end());
  dims.insert(dims.end(), in.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, in.dims.end());
  Constant out = made(dims, in.integer);
  if (!in.weight.empty() && axis == 0 && in.dims.size() == 2 && !index.is_number()) {
    out.tables = {{in.weight, in.dims[0], in.dims[1]}};
    return out;
  }
  if (!in.values || !index.values) return out;
  std::vector<std::int64_t> places = whole_numbers(&index, "an index");
  for (std::int64_t& place : places) {
    if (place < 0) place += in.dims[axis];
    if (place < 0 || place >= in.dims[axis]) throw Error::input("its index is out of range");
  }
  return taken(in, axis, places, std::move(dims));
}

Constant joined(const Node& node, const Inputs& inputs) {
  Dims dims = required(inputs, 0).dims;
  const std::size_t axis = axis_of(node.integer("axis", 0), dims.size());
  bool known = true;
  dims[axis] = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Constant& part = required(inputs, i);
    if (part.dims.size() != dims.size()) throw Error::input("its parts have other ranks");
    dims[axis] += part.dims[axis];
    known = known && part.values;
  }
  Constant out = made(dims, inputs[0]->integer);
  if (!known || dims.size() != 1 || elements_of(dims) > kMostValues) return out;
  out.values.emplace();
  for (const Constant* part : inputs) {
    out.values->insert(out.values->end(), part->values->begin(), part->values->end());
  }
  return out;
}

Constant transposed(const Node& node, const Inputs& inputs) {
  const Constant& in = required(inputs, 0);
  std::vector<std::int64_t> order = node.integers("perm");
  if (order.empty()) {
    for (std::size_t i = in.dims.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  }
  if (order.size() != in.dims.size()) throw Error::input("it permutes another number of axes");
  Constant out = in;
  for (std::size_t i = 0; i < order.size(); ++i) {
    out.dims[i] = in.dims[axis_of(order[i], in.dims.size())];
  }
  if (elements_of(out.dims) != elements_of(in.dims)) throw Error::input("it repeats an axis");
  if (in.dims.size() > 1) out.values.reset();
  out.repeats_rows = false;
  return out;
}

Constant range(const Inputs& inputs) {
  const Constant &from = required(inputs, 0), &to = required(inputs, 1), &by = required(inputs, 2);
  if (!from.values || !to.values || !by.values || !from.is_number() || !to.is_number() ||
      !by.is_number() || by.values->front() == 0) {
    throw Error::input("the extent of a range is not known before the network runs");
  }
  const double count = std::ceil((to.values->front() - from.values->front()) / by.values->front());
  if (!(count <= 1e9)) throw Error::input("a range is too long");
  Constant out = made({std::max<std::int64_t>(0, static_cast<std::int64_t>(count))}, from.integer);
  if (out.dims[0] > kMostValues) return out;
  out.values.emplace();
  for (std::int64_t i = 0; i < out.dims[0]; ++i) {
    out.values->push_back(from.values->front() + static_cast<double>(i) * by.values->front());
  }
  return out;
}

Constant filled(const Node& node, const Inputs& inputs) {
  Dims dims = whole_numbers(&required(inputs, 0), "a shape");
  const auto value = node.attributes.find("value");
  double number = 0;
  bool integer = false;
  if (value != node.attributes.end() && value->second.tensor) {
    const Tensor& tensor = *value->second.tensor;
    integer = tensor.integer;
    if (tensor.values && !tensor.values->empty()) number = tensor.values->front();
  }
  const std::int64_t elements = elements_of(dims);
  if (elements > kMostValues) return made(std::move(dims), integer);
  return made(std::move(dims), integer,
              std::vector<double>(static_cast<std::size_t>(elements), number));
}

Constant literal(const Node& node) {
  for (const auto& [name, attribute] : node.attributes) {
    if (attribute.tensor) return constant_of(*attribute.tensor, false);
    const bool list = name.ends_with("s");
    const std::vector<double> integers(attribute.integers.begin(), attribute.integers.end());
    const std::vector<double>& values = integers.empty() ? attribute.numbers : integers;
    if (values.empty()) continue;
    const Dims dims = list ? Dims{static_cast<std::int64_t>(values.size())} : Dims{};
    return made(dims, !integers.empty(), values);
  }
  throw Error::input("a constant has no value");
}

// The extents of an input, or those from one axis to another.
Constant shaped_as(const Node& node, const Constant& in) {
  const auto rank = static_cast<std::int64_t>(in.dims.size());
  const auto place = [&](std::int64_t axis) {
    return std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
  };
  const std::int64_t begin = place(node.integer("start", 0));
  const std::int64_t end = std::max(begin, place(node.integer("end", rank)));
  return made({end - begin}, true,
              std::vector<double>(in.dims.begin() + begin, in.dims.begin() + end));
}

using Rule = std::function<std::vector<Constant>(const Node&, const Inputs&)>;

std::map<std::string, Rule> make_rules() {
  std::map<std::string, Rule> rules;
  const auto one = [&](const char* op, auto rule) {
    rules[op] = [rule](const Node& node, const Inputs& inputs) {
      return std::vector<Constant>{rule(node, inputs)};
    };
  };
  for (const std::string& op : binary_operators()) one(op.c_str(), combined);
  for (const std::string& op : unary_operators()) one(op.c_str(), mapped);
  const auto same = [](const Node&, const Inputs& in) { return required(in, 0); };
  const auto extents_alone = [](const Node&, const Inputs& in) {
    return made(required(in, 0).dims, in[0]->integer);
  };
  one("Identity", same);
  one("Cast", [](const Node& node, const Inputs& in) {
    Constant out = required(in, 0);
    constexpr std::int64_t kInt32 = 6, kInt64 = 7;  // TensorProto.DataType
    const std::int64_t to = node.integer("to", 1);
    if (out.values && (to == kInt32 || to == kInt64)) {
      for (double& value : *out.values) value = std::trunc(value);
      out.integer = true;
    }
    return out;
  });
  one("Constant", [](const Node& node, const Inputs&) { return literal(node); });
  one("ConstantOfShape", filled);
  one("Shape", [](const Node& node, const Inputs& in) { return shaped_as(node, required(in, 0)); });
  one("Size", [](const Node&, const Inputs& in) {
    return made({}, true, std::vector{static_cast<double>(elements_of(required(in, 0).dims))});
  });
  one("Gather", gathered);
  one("Concat", joined);
  one("Slice", sliced);
  rules["Split"] = split;
  one("Transpose", transposed);
  one("Range", [](const Node&, const Inputs& in) { return range(in); });
  one("Where", [](const Node&, const Inputs& in) { return chosen(in); });
  one("Expand", [](const Node&, const Inputs& in) {
    return expanded(required(in, 0), whole_numbers(optional(in, 1), "a shape"));
  });
  one("Reshape", [](const Node& node, const Inputs& in) {
    const auto wanted =
        node.has("shape") ? node.integers("shape") : whole_numbers(optional(in, 1), "a shape");
    return viewed(required(in, 0),
                  reshaped(in[0]->dims, wanted, node.integer("allowzero", 0) != 0));
  });
  one("Squeeze", [](const Node& node, const Inputs& in) {
    return viewed(required(in, 0), squeezed(in[0]->dims, axes_of(node, optional(in, 1))));
  });
  one("Unsqueeze", [](const Node& node, const Inputs& in) {
    return viewed(required(in, 0),
                  unsqueezed(in[0]->dims,
                             axes_of(node, optional(in, 1)).value_or(std::vector<std::int64_t>{})));
  });
  for (const char* op :
       {"CumSum", "Trilu", "Softmax", "Tanh", "Erf", "Clip", "ScatterND", "Sigmoid"}) {
    one(op, extents_alone);
  }
  return rules;
}

const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> kRules = make_rules();
  return kRules;
}

}  // namespace

Constant constant_of(const Tensor& tensor, bool initializer) {
  Constant constant{.dims = tensor.dims, .integer = tensor.integer, .values = tensor.values};
  if (initializer && !tensor.integer) constant.weight = tensor.name;
  return constant;
}

bool folds(const std::string& op) { return rules().contains(op); }

std::vector<std::string> folding_operators() {
  std::vector<std::string> names;
  for (const auto& [op, rule] : rules()) names.push_back(op);
  return names;
}

std::vector<Constant> fold(const Node& node, const std::vector<const Constant*>& inputs) {
  std::vector<Constant> outputs = rules().at(node.op)(node, inputs);
  for (const Constant& output : outputs) (void)elements_of(output.dims);
  return outputs;
}

}  // namespace rehearse::onnx_import
