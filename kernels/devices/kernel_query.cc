#include "kernels/devices/kernel_query.h"

#include <cmath>
#include <string>

#include "base/contract.h"
#include "base/error.h"

namespace rehearse {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};

bool is_backward_total(const KernelQuery& query) {
  return query.direction == KernelDirection::backward_total;
}

// Memory passes over the numbers of a row kernel, in elements for each number, as PyTorch makes
// them: the backward pass of a product writes two gradients, that of dropout makes numbers of its
// mask, multiplies and scales, one kernel each.
double row_passes(const RowShape& rows, KernelDirection direction) {
  const bool forward = direction == KernelDirection::forward;
  if (rows.kind != KernelKind::elementwise) return forward ? 2 : 3;
  switch (rows.op) {
    case ElementwiseOp::function:
    case ElementwiseOp::power_scalar:
      return forward ? 2 : 3;
    case ElementwiseOp::scalar:
      return 2;
    case ElementwiseOp::binary:
      return forward ? 3 : 5;
    case ElementwiseOp::dropout:
      break;
  }
  return forward ? 2 : 6;
}

// The mask of dropout holds a byte for each number.
double mask_bytes(const RowShape& rows) {
  return rows.kind == KernelKind::elementwise && rows.op == ElementwiseOp::dropout ? 1 : 0;
}

constexpr std::size_t kProductNumbers = 5, kConvolutionNumbers = 14, kAttentionNumbers = 7;

}  // namespace

KernelKind KernelQuery::kind() const {
  return std::visit(Overloaded{[](const ProductShape&) { return KernelKind::gemm; },
                               [](const ConvolutionShape&) { return KernelKind::convolution; },
                               [](const AttentionKernel&) { return KernelKind::attention; },
                               [](const RowShape& rows) { return rows.kind; }},
                    shape);
}

Flops flops(const KernelQuery& query) {
  const double times = is_backward_total(query) ? 2 : 1;
  return Flops(std::visit(
      Overloaded{[&](const ProductShape& x) { return 2 * x.m * x.n * x.k * x.batch_count * times; },
                 [&](const ConvolutionShape& x) {
                   return 2 * x.n * x.k * x.p * x.q * x.c / x.groups * x.r * x.s * times;
                 },
                 [&](const AttentionKernel& x) {
                   const double pairs = x.seq * (x.causal ? x.seq + 1 : 2 * x.seq) / 2;
                   // The backward pass computes the scores again: five products instead of two.
                   const double products = is_backward_total(query) ? 2.5 : 1;
                   return 2 * x.batch * x.heads * pairs * (x.head_dim + x.v_head_dim) * products;
                 },
                 [](const RowShape& x) { return x.rows * x.cols; }},
      query.shape));
}

Bytes traffic(const KernelQuery& query, Precision precision) {
  const double in = element_size(precision).value();
  const double out = std::max(in, 2.0);
  const double times = is_backward_total(query) ? 2 : 1;
  return Bytes(std::visit(
      Overloaded{[&](const ProductShape& x) {
                   return times * x.batch_count * (in * (x.m + x.n) * x.k + out * x.m * x.n);
                 },
                 [&](const ConvolutionShape& x) {
                   const double images = x.n * x.c * x.h * x.w;
                   const double filters = x.k * x.c / x.groups * x.r * x.s;
                   return times * in * (images + filters + x.n * x.k * x.p * x.q);
                 },
                 [&](const AttentionKernel& x) {
                   const double one = x.heads * (x.head_dim + x.v_head_dim) +
                                      x.kv_heads * (x.head_dim + x.v_head_dim);
                   return times * in * x.batch * x.seq * one;
                 },
                 [&](const RowShape& x) {
                   return x.rows * x.cols * (in * row_passes(x, query.direction) + mask_bytes(x));
                 }},
      query.shape));
}

std::vector<std::int64_t> to_numbers(const KernelQuery& query) {
  std::vector<std::int64_t> numbers{static_cast<std::int64_t>(query.direction)};
  const auto add = [&](std::initializer_list<double> values) {
    for (const double value : values) numbers.push_back(std::llround(value));
  };
  std::visit(Overloaded{[&](const ProductShape& x) {
                          add({x.m, x.n, x.k, x.batch_count, static_cast<double>(x.layout)});
                        },
                        [&](const ConvolutionShape& x) {
                          add({x.n, x.c, x.h, x.w, x.k, x.r, x.s, x.pad_h, x.pad_w, x.stride_h,
                               x.stride_w, x.p, x.q, x.groups});
                        },
                        [&](const AttentionKernel& x) {
                          add({x.batch, x.seq, x.heads, x.kv_heads, x.head_dim, x.v_head_dim,
                               x.causal ? 1.0 : 0.0});
                        },
                        [](const RowShape&) { EXPECTS(!"rows have no list of residuals"); }},
             query.shape);
  return numbers;
}

std::size_t numbers_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::gemm:
      return 1 + kProductNumbers;
    case KernelKind::convolution:
      return 1 + kConvolutionNumbers;
    case KernelKind::attention:
      return 1 + kAttentionNumbers;
    default:
      break;
  }
  throw Error::input("kernels of the kind " + std::string(kKernelKindNames.text(kind)) +
                     " have no list of residuals");
}

KernelQuery from_numbers(KernelKind kind, const std::vector<std::int64_t>& numbers) {
  if (numbers.size() != numbers_of(kind)) {
    throw Error::input("a shape of " + std::to_string(numbers.size()) + " numbers",
                       std::string(kKernelKindNames.text(kind)) + " has " +
                           std::to_string(numbers_of(kind)) + ", the direction included");
  }
  const auto small = [&](std::size_t at, std::int64_t most) {
    if (numbers[at] < 0 || numbers[at] > most) {
      throw Error::input("number " + std::to_string(at + 1) + " of a shape is not in 0 to " +
                         std::to_string(most));
    }
    return numbers[at];
  };
  for (std::size_t at = 0; at < numbers.size(); ++at) small(at, std::int64_t{1} << 40);
  const auto x = [&](std::size_t at) { return static_cast<double>(numbers[at]); };
  const auto size = [&](std::size_t at) {
    if (numbers[at] == 0) {
      throw Error::input("number " + std::to_string(at + 1) + " of a shape is 0");
    }
    return x(at);
  };
  KernelQuery query;
  query.direction = static_cast<KernelDirection>(small(0, kKernelDirections - 1));
  if (kind == KernelKind::gemm) {
    query.shape =
        ProductShape{size(1), size(2), size(3), size(4), static_cast<ProductLayout>(small(5, 5))};
  } else if (kind == KernelKind::convolution) {
    query.shape =
        ConvolutionShape{size(1), size(2), size(3),  size(4),  size(5),  size(6),  size(7),
                         x(8),    x(9),    size(10), size(11), size(12), size(13), size(14)};
  } else {
    query.shape =
        AttentionKernel{size(1), size(2), size(3), size(4), size(5), size(6), small(7, 1) == 1};
  }
  return query;
}

}  // namespace rehearse
