// Tables of measured kernels: CSV files with a row for each kernel.
//
//   const KernelTable table = read_kernel_table("kernels.csv");
//   const std::vector<KernelRow> rows = table.of("h100-sxm5-80gb");
//
// The first line names the columns, in any order; further columns are ignored. Needed are `kind`,
// `time_s` and the columns of the kind's shape:
//
//   gemm m n k batch_count transA transB;  convolution n c h w k r s pad_h pad_w stride_h stride_w
//   p q groups;  attention batch seq heads kv_heads head_dim v_head_dim causal;  layernorm,
//   softmax, elementwise rows cols op
//
// and they may have `direction` (forward if empty), `device_word`, `precision_word`,
// `library_word`, `flag`, `source`. A cell in quotes may hold commas, and "" stands for one quote
// in it. precision_word fp16_tensor is fp16. Rows whose flag says "do not use", and kinds and
// precisions without a law (recurrent, memcpy, fma, fp64), are counted and left out.
//
// A third of the shapes is held out of every fit, so that a law can be judged by kernels that it
// has not seen: those whose first byte of SHA-256(kind|direction|shape) is divisible by 3, where
// `shape` are the cells of the shape's columns as the file has them, joined by commas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.h"
#include "kernels/devices/kernel_query.h"

namespace rehearse {

struct KernelRow {
  std::string device, library;
  Precision precision = Precision::fp32;
  bool tensor_cores = false;  // the row says so: fp16_tensor
  KernelQuery query;
  Duration time;
  bool held_out = false;
  std::string source;
};

struct KernelTable {
  std::string name;  // of the file
  std::vector<KernelRow> rows;
  std::int64_t left_out = 0;

  [[nodiscard]] std::vector<KernelRow> of(const std::string& device) const;
  // In the order of the alphabet; "" only where no row tells any.
  [[nodiscard]] std::vector<std::string> devices() const;
};

// Whether the first line of a text has the columns of a kernel table.
bool is_kernel_table(const std::string& text);

// Throws Error::input, which names the file and the line, for what is no table: columns that are
// missing, quotes that do not close, rows of another length, numbers that are none.
KernelTable parse_kernel_table(const std::string& text, const std::string& name);
KernelTable read_kernel_table(const std::string& path);

// The rule above; `shape`: the cells of the shape, joined by commas.
bool is_held_out(const std::string& kind, const std::string& direction, const std::string& shape);

}  // namespace rehearse
