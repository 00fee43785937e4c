#include "kernels/models/ops/attention_core.h"

namespace rehearse {
namespace {

double square(std::int64_t x) { return static_cast<double>(x) * static_cast<double>(x); }

// Multiply-adds of one pair of all heads.
double of_pair(const AttentionShape& attention) {
  return static_cast<double>(attention.heads * (attention.head_dim + attention.value_dim));
}

double executed_pairs(const AttentionShape& attention, std::int64_t steps) {
  return attention.flash ? attention_pairs(attention, steps) : square(steps);
}

// Queries, keys and values, and the output.
double operands(const AttentionShape& attention, std::int64_t steps) {
  return static_cast<double>(steps) *
         static_cast<double>(attention.packed() + attention.heads * attention.value_dim);
}

// Passes over the scores, or the weights, of all heads where these are in memory: forward one
// writes them, a softmax reads and writes, a product reads; dropout reads and writes.
double passes(const AttentionShape& attention, std::int64_t steps, double count) {
  if (attention.flash) return 0;
  return (count + (attention.dropout_rate > 0 ? 2 : 0)) * square(steps) *
         static_cast<double>(attention.heads);
}

}  // namespace

double attention_pairs(const AttentionShape& attention, std::int64_t steps) {
  const bool windowed = attention.window > 0 && attention.window < steps;
  if (windowed && attention.causal) {
    return static_cast<double>(steps) * static_cast<double>(attention.window) -
           square(attention.window) / 2;
  }
  if (windowed) return static_cast<double>(steps) * static_cast<double>(attention.window);
  return attention.causal ? square(steps) / 2 : square(steps);
}

double attention_multiply_adds(const AttentionShape& attention, std::int64_t steps) {
  return attention_pairs(attention, steps) * of_pair(attention);
}

KernelWork attention_forward(const AttentionShape& attention, std::int64_t steps) {
  constexpr double kPasses = 4;
  return {.work = {2 * executed_pairs(attention, steps) * of_pair(attention),
                   operands(attention, steps) + passes(attention, steps, kPasses), 0},
          .attends = true};
}

KernelWork attention_backward(const AttentionShape& attention, std::int64_t steps) {
  constexpr double kPasses = 6;
  const double products = attention.flash ? 2.5 : 2;
  return {.work = {products * 2 * executed_pairs(attention, steps) * of_pair(attention),
                   2 * operands(attention, steps) + passes(attention, steps, kPasses), 0},
          .attends = true};
}

std::int64_t attention_kept_elements(const AttentionShape& attention, std::int64_t steps) {
  if (attention.flash) return 0;
  return (attention.dropout_rate > 0 ? 2 : 1) * attention.heads * steps * steps;
}

std::int64_t attention_kept_bytes(const AttentionShape& attention, std::int64_t steps) {
  constexpr std::int64_t kLogarithm = 4;
  if (attention.flash) return kLogarithm * attention.heads * steps;
  return attention.dropout_rate > 0 ? attention.heads * steps * steps : 0;
}

}  // namespace rehearse
