#include "kernels/models/ops/attention_core.h"

#include "kernels/models/ops/gemms.h"

namespace rehearse {
namespace {

double square(std::int64_t x) { return static_cast<double>(x) * static_cast<double>(x); }

// Pairs of a query and a key of one head.
double pairs_of_sequence(const AttentionShape& attention, std::int64_t steps) {
  const bool windowed = attention.window > 0 && attention.window < steps;
  if (windowed && attention.causal) {
    return static_cast<double>(steps) * static_cast<double>(attention.window) -
           square(attention.window) / 2;
  }
  if (windowed) return static_cast<double>(steps) * static_cast<double>(attention.window);
  return attention.causal ? square(steps) / 2 : square(steps);
}

// Multiply-adds of one pair of all heads.
double of_pair(const AttentionShape& attention) {
  return static_cast<double>(attention.heads * (attention.head_dim + attention.value_dim));
}

// Queries, keys and values, and the output.
double operands(const AttentionShape& attention, std::int64_t steps) {
  return static_cast<double>(steps) *
         static_cast<double>(attention.packed() + attention.heads * attention.value_dim);
}

KernelWork flash(const AttentionShape& attention, std::int64_t steps, double products,
                 double passes) {
  return {.work = {products * 2 * attention_multiply_adds(attention, steps),
                   passes * operands(attention, steps), 0},
          .attends = true};
}

// Of every head: rows x depth by depth x columns.
KernelWork product(const AttentionShape& attention, std::int64_t rows, std::int64_t depth,
                   std::int64_t columns) {
  const auto heads = static_cast<double>(attention.heads);
  const auto m = static_cast<double>(rows), k = static_cast<double>(depth),
             n = static_cast<double>(columns);
  return {.work = {2 * heads * m * k * n, heads * (m * k + k * n + m * n), 0},
          .reduction = k,
          .features = n,
          .groups = attention.heads,
          .each_sample = true};
}

// Passes over the scores of all heads.
KernelWork scores(const AttentionShape& attention, std::int64_t steps, double passes) {
  return stream(passes * static_cast<double>(attention.heads * attention.context) * square(steps));
}

}  // namespace

double attention_pairs(const AttentionShape& attention, std::int64_t steps) {
  // Those of a sequence that several ranks share are shared out evenly.
  const std::int64_t all = attention.context * steps;
  return pairs_of_sequence(attention, all) / static_cast<double>(attention.context);
}

double attention_multiply_adds(const AttentionShape& attention, std::int64_t steps) {
  return attention_pairs(attention, steps) * of_pair(attention);
}

std::vector<KernelWork> attention_forward(const AttentionShape& attention, std::int64_t steps) {
  if (attention.flash) return {flash(attention, steps, 1, 1)};
  std::vector<KernelWork> list{
      product(attention, steps, attention.head_dim, attention.context * steps),
      scores(attention, steps, 2), scores(attention, steps, 2),
      scores(attention, steps, 2)};  // scale, mask, softmax
  if (attention.dropout_rate > 0) list.push_back(scores(attention, steps, 2));
  list.push_back(product(attention, steps, attention.context * steps, attention.value_dim));
  return list;
}

std::vector<KernelWork> attention_backward(const AttentionShape& attention, std::int64_t steps) {
  if (attention.flash) return {flash(attention, steps, 2.5, 2)};
  std::vector<KernelWork> list{
      product(attention, steps, attention.context * steps, attention.value_dim),
      product(attention, steps, attention.value_dim, attention.context * steps)};
  if (attention.dropout_rate > 0) list.push_back(scores(attention, steps, 2));
  // The gradients of softmax, mask and scale.
  for (const double passes : {3, 2, 2}) list.push_back(scores(attention, steps, passes));
  list.push_back(product(attention, steps, attention.context * steps, attention.head_dim));
  list.push_back(product(attention, steps, attention.context * steps, attention.head_dim));
  return list;
}

std::int64_t attention_kept_elements(const AttentionShape& attention, std::int64_t steps) {
  if (attention.flash) return 0;
  return (attention.dropout_rate > 0 ? 2 : 1) * attention.heads * steps * steps * attention.context;
}

std::int64_t attention_kept_bytes(const AttentionShape& attention, std::int64_t steps) {
  constexpr std::int64_t kLogarithm = 4;
  if (attention.flash) return kLogarithm * attention.heads * steps;
  return attention.dropout_rate > 0 ? attention.heads * steps * steps * attention.context : 0;
}

}  // namespace rehearse
