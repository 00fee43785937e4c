#include "kernels/cuda/attention_graph.h"

#include <cmath>
#include <limits>

#include "base/contract.h"

namespace rehearse::cuda {
namespace {

constexpr std::int64_t kMostFeatures = 256, kFeatures = 8;

// Batch, head, row, column of a tensor batch x steps x stride.
Arrangement rows(const AttentionProblem& p, std::int64_t heads, std::int64_t features,
                 std::int64_t stride) {
  return {{p.batch, heads, p.steps, features}, {p.steps * stride, features, stride, 1}};
}

Arrangement transposed(const Arrangement& at) {
  const auto& [e, s] = at;
  return {{e[0], e[1], e[3], e[2]}, {s[0], s[1], s[3], s[2]}};
}

// Packed, head by head.
Arrangement packed(const AttentionProblem& p, std::int64_t heads, std::int64_t columns) {
  return {{p.batch, heads, p.steps, columns},
          {heads * p.steps * columns, p.steps * columns, columns, 1}};
}

Arrangement scores(const AttentionProblem& p) { return packed(p, p.heads, p.steps); }

Arrangement of_rows(const AttentionProblem& p) {
  return {{p.batch, p.heads, p.steps, 1}, {p.heads * p.steps, p.steps, 1, 1}};
}

float scale_of(const AttentionProblem& p) { return 1 / std::sqrt(static_cast<float>(p.head_dim)); }

class Builder {
 public:
  Builder(Graph& graph, const AttentionProblem& problem) : graph_(graph), p_(problem) {}

  // Scaled and masked scores; `keys` transposed.
  TensorId masked_scores(TensorId queries, TensorId keys, TensorId scale) {
    const TensorId raw = graph_.between(scores(p_));
    graph_.product(queries, keys, raw);
    const TensorId last = graph_.then(Pointwise::multiply, {raw, scale});
    if (!p_.causal) return last;
    const TensorId row = index(last, 2), column = index(last, 3);
    return select(last, Pointwise::at_least, row, column);
  }

  // The least number where the key is before the window: a query i sees those after i - window.
  TensorId in_window(TensorId values) {
    if (p_.window == 0) return values;
    const TensorId end = graph_.then(
        Pointwise::add,
        {index(values, 3, GraphType::float32), graph_.constant(static_cast<float>(p_.window))});
    return select(values, Pointwise::exceeds, end, index(values, 2, GraphType::float32));
  }

 private:
  TensorId index(TensorId like, std::int64_t axis, GraphType type = GraphType::int32) {
    const TensorId result = graph_.between(scores(p_), type);
    graph_.index(like, axis, result);
    return result;
  }

  // The values where the comparison holds, elsewhere the least number.
  TensorId select(TensorId values, Pointwise comparison, TensorId first, TensorId second) {
    const TensorId mask = graph_.between(scores(p_), GraphType::boolean);
    graph_.pointwise(comparison, {first, second}, mask, GraphType::boolean);
    return graph_.then(Pointwise::select,
                       {values, graph_.constant(std::numeric_limits<float>::lowest()), mask});
  }

  Graph& graph_;
  const AttentionProblem& p_;
};

}  // namespace

bool may_fuse(const AttentionProblem& p) {
  const auto fits = [](std::int64_t features) {
    return features <= kMostFeatures && features % kFeatures == 0;
  };
  const bool small = p.type == GraphType::bfloat16 || p.type == GraphType::float16;
  return small && fits(p.head_dim) && fits(p.value_dim) && (p.window == 0 || p.causal) &&
         p.query_stride % kFeatures == 0 && p.key_stride % kFeatures == 0 &&
         p.value_stride % kFeatures == 0;
}

AttentionGraph attention_forward(const AttentionProblem& p) {
  AttentionGraph made;
  Graph& graph = made.graph;
  AttentionTensors& at = made.tensors;
  at.q = graph.tensor(rows(p, p.heads, p.head_dim, p.query_stride), p.type);
  at.k = graph.tensor(transposed(rows(p, p.kv_heads, p.head_dim, p.key_stride)), p.type);
  at.v = graph.tensor(rows(p, p.kv_heads, p.value_dim, p.value_stride), p.type);
  at.out = graph.tensor(rows(p, p.heads, p.value_dim, p.heads * p.value_dim), p.type);
  at.logarithms = graph.tensor(of_rows(p), GraphType::float32);

  Builder builder(graph, p);
  const TensorId last =
      builder.in_window(builder.masked_scores(at.q, at.k, graph.constant(scale_of(p))));
  const TensorId largest = graph.between(of_rows(p)), sum = graph.between(of_rows(p));
  graph.reduce(Reduction::largest, last, largest);
  const TensorId powers =
      graph.then(Pointwise::exponential, {graph.then(Pointwise::subtract, {last, largest})});
  graph.reduce(Reduction::sum, powers, sum);
  graph.pointwise(Pointwise::add, {largest, graph.then(Pointwise::logarithm, {sum})},
                  at.logarithms);
  const TensorId weights = graph.between(scores(p), p.type);
  graph.pointwise(Pointwise::divide, {powers, sum}, weights);
  graph.product(weights, at.v, at.out);
  return made;
}

AttentionGraph attention_backward(const AttentionProblem& p, bool deterministic) {
  AttentionGraph made;
  Graph& graph = made.graph;
  AttentionTensors& at = made.tensors;
  const Arrangement queries = rows(p, p.heads, p.head_dim, p.query_stride);
  const Arrangement keys = rows(p, p.kv_heads, p.head_dim, p.key_stride);
  const Arrangement values = rows(p, p.kv_heads, p.value_dim, p.value_stride);
  const Arrangement out = rows(p, p.heads, p.value_dim, p.heads * p.value_dim);
  at.q = graph.tensor(queries, p.type);
  at.k = graph.tensor(transposed(keys), p.type);
  at.v = graph.tensor(transposed(values), p.type);
  at.out = graph.tensor(out, p.type);
  at.logarithms = graph.tensor(of_rows(p), GraphType::float32);
  at.dout = graph.tensor(out, p.type);
  at.dq = graph.tensor(queries, p.type);
  at.dk = graph.tensor(keys, p.type);
  at.dv = graph.tensor(values, p.type);
  const TensorId scale = graph.constant(scale_of(p)), one = graph.constant(1);

  // D: the sums over features of the output times its gradient.
  const TensorId products = graph.between(packed(p, p.heads, p.value_dim));
  graph.pointwise(Pointwise::multiply, {at.dout, at.out}, products);
  const TensorId sum = graph.between(of_rows(p));
  graph.reduce(Reduction::sum, products, sum);
  const TensorId d = graph.then(Pointwise::multiply, {sum, one});

  // P, and dV = P^T dO.
  Builder builder(graph, p);
  const TensorId last = builder.masked_scores(at.q, at.k, scale);
  const TensorId weights =
      graph.then(Pointwise::exponential,
                 {builder.in_window(graph.then(Pointwise::subtract, {last, at.logarithms}))});
  const auto transpose = [&](TensorId of) {
    const TensorId result = graph.between(transposed(scores(p)), p.type);
    graph.reshape(of, result);
    return result;
  };
  // The product, summed over the queries' heads that share keys and values.
  const auto multiply_shared = [&](TensorId a, TensorId b, std::int64_t features, TensorId to) {
    if (p.heads == p.kv_heads) return graph.product(a, b, to);
    const TensorId each = graph.between(packed(p, p.heads, features), p.type);
    graph.product(a, b, each);
    graph.reduce(Reduction::sum, each, to);
  };
  multiply_shared(transpose(weights), at.dout, p.value_dim, at.dv);

  // dS = P (dP - D) scale with dP = dO V^T, dK = dS^T Q, dQ = dS K.
  const TensorId of_weights = graph.between(scores(p));
  graph.product(at.dout, at.v, of_weights);
  TensorId ds = graph.then(Pointwise::multiply, {of_weights, one});
  ds = graph.then(Pointwise::subtract, {ds, d});
  ds = graph.then(Pointwise::multiply, {ds, weights});
  ds = graph.then(Pointwise::multiply, {ds, scale});
  multiply_shared(transpose(ds), at.q, p.head_dim, at.dk);
  const TensorId k = graph.between(keys);
  graph.reshape(at.k, k);
  if (deterministic) {
    graph.product(ds, k, at.dq);
    return made;
  }
  at.sums = graph.sums(packed(p, p.heads, p.head_dim));
  graph.product(ds, k, at.sums);
  graph.pointwise(Pointwise::identity, {at.sums}, at.dq);
  return made;
}

}  // namespace rehearse::cuda
