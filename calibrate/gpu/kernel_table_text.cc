#include "calibrate/gpu/kernel_table_text.h"

#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <string_view>
#include <variant>
#include <vector>

#include "base/quantity_text.h"

namespace rehearse {
namespace {

using Cells = std::map<std::string, std::string>;

// Those of published tables, then ours.
constexpr std::array kColumns{"id",
                              "device",
                              "precision",
                              "library",
                              "kind",
                              "direction",
                              "batch",
                              "shape",
                              "time_s",
                              "flop",
                              "utilisation",
                              "flag",
                              "notes",
                              "source",
                              "device_word",
                              "precision_word",
                              "library_word",
                              "m",
                              "n",
                              "k",
                              "batch_count",
                              "transA",
                              "transB",
                              "c",
                              "h",
                              "w",
                              "r",
                              "s",
                              "pad_h",
                              "pad_w",
                              "stride_h",
                              "stride_w",
                              "p",
                              "q",
                              "groups",
                              "seq",
                              "heads",
                              "kv_heads",
                              "head_dim",
                              "v_head_dim",
                              "causal",
                              "rows",
                              "cols",
                              "op",
                              "type",
                              "hidden",
                              "steps",
                              "bytes",
                              "cold_time_s",
                              "spread"};

std::string number(double value) { return significant(value, 6); }

void put_layout(ProductLayout layout, Cells& cells) {
  using enum ProductLayout;
  if (layout == not_told || layout == grouped) return;
  cells["transA"] = layout == tn || layout == tt ? "T" : "N";
  cells["transB"] = layout == nt || layout == tt ? "T" : "N";
}

std::string op_word(const RowShape& shape) {
  if (shape.kind != KernelKind::elementwise) return "";
  switch (shape.op) {
    case ElementwiseOp::function:
      return "gelu";
    case ElementwiseOp::scalar:
      return "mul_scalar";
    case ElementwiseOp::binary:
      return "add";
    case ElementwiseOp::power_scalar:
      return "pow_scalar";
    case ElementwiseOp::dropout:
      break;
  }
  return "dropout";
}

struct PutShape {
  Cells& cells;

  // Shapes are whole numbers.
  void put(const char* column, double value) const {
    cells[column] = std::to_string(static_cast<std::int64_t>(value));
  }

  void operator()(const ProductShape& shape) const {
    put("m", shape.m);
    put("n", shape.n);
    put("k", shape.k);
    put("batch_count", shape.batch_count);
    put_layout(shape.layout, cells);
  }
  void operator()(const ConvolutionShape& shape) const {
    put("n", shape.n);
    put("c", shape.c);
    put("h", shape.h);
    put("w", shape.w);
    put("k", shape.k);
    put("r", shape.r);
    put("s", shape.s);
    put("pad_h", shape.pad_h);
    put("pad_w", shape.pad_w);
    put("stride_h", shape.stride_h);
    put("stride_w", shape.stride_w);
    put("p", shape.p);
    put("q", shape.q);
    put("groups", shape.groups);
  }
  void operator()(const AttentionKernel& shape) const {
    put("batch", shape.batch);
    put("seq", shape.seq);
    put("heads", shape.heads);
    put("kv_heads", shape.kv_heads);
    put("head_dim", shape.head_dim);
    put("v_head_dim", shape.v_head_dim);
    cells["causal"] = shape.causal ? "true" : "false";
  }
  void operator()(const RowShape& shape) const {
    put("rows", shape.rows);
    put("cols", shape.cols);
    cells["op"] = op_word(shape);
  }
};

std::string quoted(const std::string& cell) {
  if (cell.find_first_of(",\"\n") == std::string::npos) return cell;
  std::string text = "\"";
  for (const char letter : cell) text += letter == '"' ? "\"\"" : std::string(1, letter);
  return text + "\"";
}

template <class Cell>
std::string line_of(const Cell& cell) {
  std::string line;
  for (const char* column : kColumns) {
    if (column != kColumns.front()) line += ",";
    line += cell(column);
  }
  return line + "\n";
}

Cells cells_of(const TimedRow& row, const GpuMeasurements& measured) {
  const KernelQuery& query = row.kernel.query;
  const std::string precision(to_text(row.kernel.precision));
  Cells cells{{"device", measured.device.name},
              {"precision", precision},
              {"library", measured.device.libraries},
              {"kind", std::string(kKernelKindNames.text(query.kind()))},
              {"direction", std::string(kKernelDirectionNames.text(query.direction))},
              {"time_s", number(row.times.warm.value())},
              {"flop", number(flops(query).value())},
              {"source", provenance_text(measured)},
              {"device_word", device_word(measured.device.name)},
              {"precision_word", precision},
              {"library_word", row.library},
              {"cold_time_s", number(row.times.cold.value())},
              {"spread", number(row.times.spread)}};
  std::visit(PutShape{cells}, query.shape);
  return cells;
}

}  // namespace

std::string device_word(const std::string& name) {
  constexpr std::string_view kVendor = "NVIDIA ";
  std::string word = name.starts_with(kVendor) ? name.substr(kVendor.size()) : name;
  for (char& letter : word) {
    const auto code = static_cast<unsigned char>(letter);
    letter = std::isalnum(code) != 0 ? static_cast<char>(std::tolower(code)) : '-';
  }
  return word;
}

std::string provenance_text(const GpuMeasurements& measured) {
  std::string text = measured.device.name + ", " + measured.device.libraries;
  if (measured.sustained) {
    text +=
        ", driver " + measured.sustained->driver + "; under load " + to_text(*measured.sustained);
  }
  return text;
}

std::string kernel_table_text(const GpuMeasurements& measured) {
  std::string text = line_of([](const char* column) { return std::string(column); });
  int id = 0;
  for (const TimedRow& row : measured.rows) {
    Cells cells = cells_of(row, measured);
    cells["id"] = device_word(measured.device.name) + "-" + std::to_string(++id);
    text += line_of([&](const char* column) { return quoted(cells[column]); });
  }
  return text;
}

}  // namespace rehearse
