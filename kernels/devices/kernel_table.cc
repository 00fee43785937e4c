#include "kernels/devices/kernel_table.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/json_reader.h"
#include "base/suggestion.h"
#include "base/text_file.h"
#include "kernels/devices/csv_text.h"

namespace rehearse {
namespace {

using Words = std::vector<std::string>;

const Words& shape_columns(KernelKind kind) {
  static const Words kProduct{"m", "n", "k", "batch_count", "transA", "transB"};
  static const Words kConvolution{"n",     "c",     "h",        "w",        "k", "r", "s",
                                  "pad_h", "pad_w", "stride_h", "stride_w", "p", "q", "groups"};
  static const Words kAttention{"batch",    "seq",        "heads", "kv_heads",
                                "head_dim", "v_head_dim", "causal"};
  static const Words kRows{"rows", "cols", "op"};
  switch (kind) {
    case KernelKind::gemm:
      return kProduct;
    case KernelKind::convolution:
      return kConvolution;
    case KernelKind::attention:
      return kAttention;
    default:
      return kRows;
  }
}

// Columns by their names, and the row that is being read.
class Row {
 public:
  Row(const std::map<std::string, std::size_t>& columns, const CsvText& csv,
      const std::string& file)
      : columns_(columns), csv_(csv), file_(file) {}

  [[nodiscard]] std::string cell(const std::string& column) const {
    const auto found = columns_.find(column);
    return found == columns_.end() ? "" : csv_.cells()[found->second];
  }

  [[nodiscard]] Error error(const std::string& what, const std::string& why = "",
                            const std::string& remedy = "") const {
    const std::string line = "line " + std::to_string(csv_.line());
    return Error::input(what, why.empty() ? line : line + ", " + why, remedy).at(file_, "");
  }

  [[nodiscard]] std::optional<double> optional_number(const std::string& column) const {
    const std::string text = cell(column);
    if (text.empty()) return std::nullopt;
    double value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
      throw error("'" + text + "' in column " + column + " is not a number");
    }
    return value;
  }

  [[nodiscard]] double positive(const std::string& column) const {
    const auto value = optional_number(column);
    if (!value) throw error("column " + column + " is empty", "the kind of the row needs it");
    constexpr double kLargest = 1e12;
    if (*value > 0 && *value <= kLargest) return *value;
    throw error("'" + cell(column) + "' in column " + column + " is not in 0 to 1e12");
  }

  [[nodiscard]] double positive_or(const std::string& column, double otherwise) const {
    return cell(column).empty() ? otherwise : positive(column);
  }

  [[nodiscard]] double padding(const std::string& column) const {
    const double value = optional_number(column).value_or(0);
    if (value >= 0) return value;
    throw error("'" + cell(column) + "' in column " + column + " is less than 0");
  }

 private:
  const std::map<std::string, std::size_t>& columns_;
  const CsvText& csv_;
  const std::string& file_;
};

ProductLayout layout_of(const Row& row) {
  if (row.cell("op") == "grouped") return ProductLayout::grouped;
  const std::string text = row.cell("transA") + row.cell("transB");
  if (text == "NN") return ProductLayout::nn;
  if (text == "NT") return ProductLayout::nt;
  if (text == "TN") return ProductLayout::tn;
  if (text == "TT") return ProductLayout::tt;
  return ProductLayout::not_told;
}

ElementwiseOp op_of(const std::string& word) {
  static const std::set<std::string> kBinary{"add", "mul", "div", "sub", "pow"};
  static const std::set<std::string> kScalar{"add_scalar", "mul_scalar", "div_scalar"};
  if (kBinary.contains(word)) return ElementwiseOp::binary;
  if (kScalar.contains(word)) return ElementwiseOp::scalar;
  if (word == "pow_scalar") return ElementwiseOp::power_scalar;
  if (word == "dropout") return ElementwiseOp::dropout;
  return ElementwiseOp::function;
}

ConvolutionShape convolution_of(const Row& row) {
  return {.n = row.positive("n"),
          .c = row.positive("c"),
          .h = row.positive("h"),
          .w = row.positive("w"),
          .k = row.positive("k"),
          .r = row.positive("r"),
          .s = row.positive("s"),
          .pad_h = row.padding("pad_h"),
          .pad_w = row.padding("pad_w"),
          .stride_h = row.positive_or("stride_h", 1),
          .stride_w = row.positive_or("stride_w", 1),
          .p = row.positive("p"),
          .q = row.positive("q"),
          .groups = row.positive_or("groups", 1)};
}

AttentionKernel attention_of(const Row& row) {
  AttentionKernel shape{.batch = row.positive("batch"),
                        .seq = row.positive("seq"),
                        .heads = row.positive("heads"),
                        .kv_heads = 0,
                        .head_dim = row.positive("head_dim"),
                        .v_head_dim = 0,
                        .causal = true};
  shape.kv_heads = row.positive_or("kv_heads", shape.heads);
  shape.v_head_dim = row.positive_or("v_head_dim", shape.head_dim);
  const std::string causal = row.cell("causal");
  shape.causal = causal != "false" && causal != "False" && causal != "0";
  return shape;
}

KernelQuery query_of(const Row& row, KernelKind kind, KernelDirection direction) {
  KernelQuery query{.shape = {}, .direction = direction};
  if (kind == KernelKind::gemm) {
    query.shape = ProductShape{.m = row.positive("m"),
                               .n = row.positive("n"),
                               .k = row.positive("k"),
                               .batch_count = row.positive_or("batch_count", 1),
                               .layout = layout_of(row)};
  } else if (kind == KernelKind::convolution) {
    query.shape = convolution_of(row);
  } else if (kind == KernelKind::attention) {
    query.shape = attention_of(row);
  } else {
    query.shape = RowShape{kind, row.positive("rows"), row.positive("cols"), op_of(row.cell("op"))};
  }
  return query;
}

// Nothing for a precision without a law.
std::optional<Precision> precision_of(const std::string& word) {
  if (word == "fp16_tensor") return Precision::fp16;
  if (word.empty()) return std::nullopt;
  return kPrecisionNames.value(word);
}

std::map<std::string, std::size_t> columns_of(CsvText& csv, const std::string& name) {
  std::map<std::string, std::size_t> columns;
  if (!csv.next()) throw Error::input("the table is empty").at(name, "");
  for (std::size_t at = 0; at < csv.cells().size(); ++at) {
    if (!columns.emplace(csv.cells()[at], at).second && !csv.cells()[at].empty()) {
      throw Error::input("the column '" + csv.cells()[at] + "' stands twice", "line 1")
          .at(name, "");
    }
  }
  for (const char* needed : {"kind", "time_s"}) {
    if (columns.contains(needed)) continue;
    throw Error::input("the table has no column '" + std::string(needed) + "'", "line 1",
                       "name the columns as docs/formats.md does")
        .at(name, "");
  }
  return columns;
}

}  // namespace

bool is_held_out(const std::string& kind, const std::string& direction, const std::string& shape) {
  const std::string text = kind + "|" + direction + "|" + shape;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) {
    throw Error::environment("SHA-256 of OpenSSL failed");
  }
  return digest[0] % 3 == 0;
}

bool is_kernel_table(const std::string& text) {
  const std::string line = "," + text.substr(0, text.find_first_of("\r\n")) + ",";
  return line.find(",kind,") != std::string::npos && line.find(",time_s,") != std::string::npos;
}

KernelTable parse_kernel_table(const std::string& text, const std::string& name) {
  CsvText csv(text, name);
  const std::map<std::string, std::size_t> columns = columns_of(csv, name);
  KernelTable table{.name = name, .rows = {}};
  while (csv.next()) {
    const Row row(columns, csv, name);
    if (csv.cells().size() != columns.size()) {
      throw row.error("a row of " + std::to_string(csv.cells().size()) + " cells",
                      "the table has " + std::to_string(columns.size()) + " columns");
    }
    const auto kind = kKernelKindNames.value(row.cell("kind"));
    const auto precision = precision_of(row.cell("precision_word"));
    const bool unusable = row.cell("flag").find("do not use") != std::string::npos;
    if (!kind || !precision || unusable || row.cell("op") == "fma") {
      ++table.left_out;
      continue;
    }
    const std::string direction = row.cell("direction").empty() ? "forward" : row.cell("direction");
    const auto way = kKernelDirectionNames.value(direction);
    if (!way) {
      throw row.error("'" + direction + "' is not a direction",
                      "known are " + list_of(kKernelDirectionNames.words()),
                      suggestion(direction, kKernelDirectionNames.words()));
    }
    KernelRow kernel;
    kernel.device = row.cell("device_word");
    kernel.library = row.cell("library_word").empty() ? "other" : row.cell("library_word");
    kernel.precision = *precision;
    kernel.tensor_cores = row.cell("precision_word") == "fp16_tensor";
    kernel.query = query_of(row, *kind, *way);
    kernel.time = Duration(row.positive("time_s"));
    std::string shape;
    for (const std::string& column : shape_columns(*kind)) {
      shape +=
          (shape.empty() && column == shape_columns(*kind).front() ? "" : ",") + row.cell(column);
    }
    kernel.held_out = is_held_out(row.cell("kind"), row.cell("direction"), shape);
    kernel.source = row.cell("source");
    table.rows.push_back(std::move(kernel));
  }
  return table;
}

KernelTable read_kernel_table(const std::string& path) {
  return parse_kernel_table(read_text_file(path), path);
}

std::vector<KernelRow> KernelTable::of(const std::string& device) const {
  std::vector<KernelRow> found;
  std::copy_if(rows.begin(), rows.end(), std::back_inserter(found),
               [&](const KernelRow& row) { return row.device == device; });
  return found;
}

std::vector<std::string> KernelTable::devices() const {
  std::set<std::string> words;
  for (const KernelRow& row : rows) words.insert(row.device);
  if (words.size() > 1) words.erase("");
  return {words.begin(), words.end()};
}

}  // namespace rehearse
